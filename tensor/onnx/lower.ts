/** From graph to ONNX: every operation as operators of opset 18 and of onnxruntime's own domain. */
import { live } from "../live.ts"
import type { Node, NodeOf, Operation } from "../node.ts"
import { sameShape, size } from "../shape.ts"
import type { Model } from "./messages.ts"
import { product } from "./product.ts"
import {
  elementType,
  float,
  inputName,
  integer,
  integers,
  microsoft,
  outputName,
  Program,
  tensor,
  text
} from "./program.ts"
import { rowsOf } from "./rows.ts"

/**
 * A model whose inputs are named `in:<name>` and whose outputs `out:<name>`, so that no two names can collide.
 * It is for the processor's kernels alone, and then takes rows of inputs as inputs of their own, or `portable` to those of any
 * provider.
 */
export const lower = (
  outputs: Readonly<Record<string, Node>>,
  { portable = false }: { readonly portable?: boolean } = {}
): Model => {
  const table = portable ? { ...lowering, ...portableLowering } : lowering
  const program = new Program()
  const nodes = live(Object.values(outputs))
  const values = new Map<Node, string>()
  for (const node of nodes) {
    program.at(node)
    const write = table[node.op] as Lowering<Operation>
    const name = write(program, node, node.inputs.map((input) => values.get(input)!))
    values.set(node, name)
  }
  for (const [name, node] of Object.entries(outputs)) {
    program.at(node)
    program.output(outputName(name), values.get(node)!, node.dtype, node.shape)
  }
  return program.model()
}

/** Writes an operation's operators; returns the name of its value. */
type Lowering<O extends Operation> = (program: Program, node: NodeOf<O>, inputs: readonly string[]) => string

/** An operator of the same inputs and no attributes. */
const plain = (operator: string): Lowering<Operation> => (program, _node, inputs) => program.value(operator, inputs)

const reduction =
  (operator: string): Lowering<"reduceSum" | "reduceMean" | "reduceMax"> =>
  (program, { attributes: { axes, keep } }, [x]) =>
    program.value(operator, [x!, program.integers(axes)], { attributes: [integer("keepdims", keep)] })

const slice: Lowering<"slice"> = (program, { attributes: { axis, start, end } }, [x]) =>
  program.value("Slice", [x!, program.integers([start]), program.integers([end]), program.integers([axis])])

const lowering: { readonly [O in Operation]: Lowering<O> } = {
  input: (program, { attributes: { name }, dtype, shape }) => {
    program.input(inputName(name), dtype, shape)
    return inputName(name)
  },
  constant: (program, { attributes: { data }, dtype, shape }) => program.constant(data, dtype, shape),
  scalar: (program, { attributes: { value } }) => program.scalar(value),

  matmul: product,

  add: plain("Add"),
  sub: plain("Sub"),
  mul: plain("Mul"),
  div: plain("Div"),
  equal: plain("Equal"),
  addN: plain("Sum"),
  where: plain("Where"),
  neg: plain("Neg"),
  exp: plain("Exp"),
  log: plain("Log"),
  sqrt: plain("Sqrt"),
  sigmoid: plain("Sigmoid"),
  silu: (program, _node, inputs) =>
    program.value("QuickGelu", inputs, { domain: microsoft, attributes: [float("alpha", 1)] }),
  cast: (program, { dtype }, inputs) =>
    program.value("Cast", inputs, { attributes: [integer("to", elementType[dtype])] }),

  reduceSum: reduction("ReduceSum"),
  reduceMean: reduction("ReduceMean"),
  reduceMax: reduction("ReduceMax"),
  softmax: (program, _node, inputs) => program.value("Softmax", inputs, { attributes: [integer("axis", -1)] }),

  expand: (program, { shape }, [x]) => program.value("Expand", [x!, program.integers(shape)]),
  reshape: (program, { shape }, [x]) => program.value("Reshape", [x!, program.integers(shape)]),
  transpose: (program, { attributes: { permutation } }, inputs) =>
    program.value("Transpose", inputs, { attributes: [integers("perm", permutation)] }),
  slice: (program, node, inputs) => {
    const rows = rowsOf(node)
    if (!rows) return slice(program, node, inputs)
    return program.once(rows.name, () => {
      program.input(rows.name, node.dtype, node.shape)
      return rows.name
    })
  },
  pad: (program, { shape, attributes: { axis, before, after } }, [x]) => {
    const zeros = shape.map(() => 0)
    return program.value("Pad", [x!, program.integers([...zeros.with(axis, before), ...zeros.with(axis, after)])])
  },
  concat: (program, { attributes: { axis } }, inputs) =>
    program.value("Concat", inputs, { attributes: [integer("axis", axis)] }),

  gather: (program, _node, inputs) => program.value("Gather", inputs, { attributes: [integer("axis", 0)] }),
  scatterAdd: (program, { shape, inputs: [indexNode, updatesNode] }, [indices, updates, base]) => {
    const count = size(indexNode!.shape)
    const width = size(shape.slice(1))
    // Values of the right shape are taken as they are: a result that is an output is then written where it belongs at once.
    const reshaped = (value: string, from: readonly number[], to: readonly number[]) =>
      sameShape(from, to) ? value : program.value("Reshape", [value, program.integers(to)])
    const rows = reshaped(updates!, updatesNode!.shape, [count, width])
    // ScatterElements wants an index for each element; it adds one after the other, whatever the threads.
    const wide = program.value("Cast", [indices!], { attributes: [integer("to", elementType.int64)] })
    const column = program.value("Reshape", [wide, program.integers([count, 1])])
    const index = program.value("Expand", [column, program.integers([count, width])])
    const flat = [shape[0]!, width]
    const start = base === undefined
      ? program.value("ConstantOfShape", [program.integers(flat)], {
        attributes: [tensor("value", { dims: [1], dataType: elementType.float32, rawData: new Uint8Array(4) })]
      })
      : reshaped(base, shape, flat)
    const sum = program.value("ScatterElements", [start, index, rows], {
      attributes: [integer("axis", 0), text("reduction", "add")]
    })
    return reshaped(sum, flat, shape)
  },

  rmsNorm: (program, { id, attributes: { epsilon } }, inputs) => {
    program.call("SimplifiedLayerNormalization", inputs, [normalized(id), inverse(id)], {
      attributes: [integer("axis", -1), float("epsilon", epsilon), integer("stash_type", 1)]
    })
    return normalized(id)
  },
  rmsNormInverse: (_program, { inputs: [, norm] }) => inverse(norm!.id),
  rope: (program, { attributes: { heads, interleaved, inverse } }, [x, cosine, sine]) => {
    const angle = inverse ? program.once(`minus ${sine!}`, () => program.value("Neg", [sine!])) : sine!
    const firstPosition = program.integers([0])
    return program.value("RotaryEmbedding", [x!, firstPosition, cosine!, angle], {
      domain: microsoft,
      attributes: [integer("interleaved", interleaved), integer("num_heads", heads)]
    })
  }
}

/**
 * Where providers differ. The second result of the norm's kernel is right on the processor and not on WebGPU (seen in
 * onnxruntime 1.30.0), so elsewhere 1 / √(mean(x²) + epsilon) is computed again. What is fed to another device is copied there, so
 * that rows of an input are cut off there.
 */
const portableLowering: { readonly [O in "slice" | "rmsNorm" | "rmsNormInverse"]: Lowering<O> } = {
  slice,
  rmsNorm: (program, { attributes: { epsilon } }, inputs) =>
    program.value("SimplifiedLayerNormalization", inputs, {
      attributes: [integer("axis", -1), float("epsilon", epsilon), integer("stash_type", 1)]
    }),
  rmsNormInverse: (program, { attributes: { epsilon } }, [x]) => {
    const squares = program.value("Mul", [x!, x!])
    const mean = program.value("ReduceMean", [squares, program.integers([-1])], {
      attributes: [integer("keepdims", 1)]
    })
    const root = program.value("Sqrt", [program.value("Add", [mean, program.scalar(epsilon)])])
    return program.value("Div", [program.scalar(1), root])
  }
}

const normalized = (id: number): string => `norm:${id}`
const inverse = (id: number): string => `norm:${id}:inverse`
