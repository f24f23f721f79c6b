/** Every operation of the graph as operations of TensorFlow, run one at a time. */
import type { Node, NodeOf, Operation } from "../node.ts"
import type { Shape } from "../shape.ts"
import { type Calls, typeOf } from "./calls.ts"
import type { Tensor } from "./library.ts"

/** Computes a node from its inputs; the result is a tensor of its own. */
export type Step = (...inputs: Tensor[]) => Tensor

/** Prepares a node: what does not depend on inputs is made here, once. */
type Lowering<O extends Operation> = (calls: Calls, node: NodeOf<O>) => Step

/** The step of a node that is no leaf. */
export const step = (calls: Calls, node: Node): Step => (lowering[node.op] as Lowering<Operation>)(calls, node as never)

const inputType = (node: { readonly inputs: readonly Node[] }, which = 0) => typeOf(node.inputs[which]!.dtype)

/** An operation of the same inputs whose one attribute is their type. */
const plain = (operation: string): Lowering<Operation> => (calls, node) => {
  const attributes = [calls.type("T", inputType(node))]
  return (...inputs) => calls.call(operation, attributes, inputs)
}

const reduction = (operation: string): Lowering<"reduceSum" | "reduceMean" | "reduceMax"> =>
(
  calls,
  { attributes: { axes, keep } }
) => {
  const attributes = [calls.type("T", "float32"), calls.type("Tidx", "int32"), calls.flag("keep_dims", keep)]
  const along = calls.integers(axes)
  return (x) => calls.call(operation, attributes, [x!, along])
}

/** An operation whose second input is a list of whole numbers, e.g. a shape, of the type that an attribute names. */
const withIntegers = (
  calls: Calls,
  operation: string,
  node: Node | NodeOf<Operation>,
  typeOfIntegers: string,
  values: readonly number[],
  shape?: Shape
): Step => {
  const attributes = [calls.type("T", inputType(node)), calls.type(typeOfIntegers, "int32")]
  const integers = calls.integers(values, shape)
  return (x) => calls.call(operation, attributes, [x!, integers])
}

const leaf: Lowering<"input" | "constant" | "scalar"> = (_calls, { op }) => () => {
  throw new Error(`tensorflow: ${op} is a leaf, which no step computes`)
}

/** Indices counted from the front: negative ones count from the back. */
const fromFront = (calls: Calls, rows: number): Step => {
  const type = [calls.type("T", "int32")]
  const [zero, count] = [calls.integers([0], []), calls.integers([rows], [])]
  return (indices) =>
    calls.call("SelectV2", type, [
      calls.call("Less", type, [indices!, zero]),
      calls.call("AddV2", type, [indices!, count]),
      indices!
    ])
}

/** 1 / √(mean(x²) + epsilon) over the last axis, which stays with extent 1. */
const inverseRootMeanSquare = (calls: Calls, epsilon: number): Step => {
  const type = [calls.type("T", "float32")]
  const reduced = [...type, calls.type("Tidx", "int32"), calls.flag("keep_dims", true)]
  const [last, added] = [calls.integers([-1]), calls.scalar(epsilon)]
  return (x) => {
    const mean = calls.call("Mean", reduced, [calls.call("Square", type, [x!]), last])
    return calls.call("Rsqrt", type, [calls.call("AddV2", type, [mean, added])])
  }
}

const lowering: { readonly [O in Operation]: Lowering<O> } = {
  input: leaf as Lowering<"input">,
  constant: leaf as Lowering<"constant">,
  scalar: leaf as Lowering<"scalar">,

  matmul: (calls, { shape, inputs, attributes: { alpha, transposeA, transposeB } }) => {
    const type = calls.type("T", "float32")
    const flat = shape.length === 2 && inputs.every((input) => input.shape.length === 2)
    const [operation, ofA, ofB] = flat
      ? ["MatMul", "transpose_a", "transpose_b"] as const
      : ["BatchMatMulV2", "adj_x", "adj_y"] as const
    const attributes = [type, calls.flag(ofA, transposeA), calls.flag(ofB, transposeB)]
    if (alpha === 1) return (a, b) => calls.call(operation, attributes, [a!, b!])
    const factor = calls.scalar(alpha)
    return (a, b) => calls.call("Mul", [type], [calls.call(operation, attributes, [a!, b!]), factor])
  },

  add: plain("AddV2"),
  sub: plain("Sub"),
  mul: plain("Mul"),
  div: plain("RealDiv"),
  equal: plain("Equal"),
  addN: (calls, { inputs }) => {
    const attributes = [calls.type("T", "float32"), calls.count("N", inputs.length)]
    return (...terms) => calls.call("AddN", attributes, terms)
  },
  where: (calls) => {
    const attributes = [calls.type("T", "float32")]
    return (condition, a, b) => calls.call("SelectV2", attributes, [condition!, a!, b!])
  },
  neg: plain("Neg"),
  exp: plain("Exp"),
  log: plain("Log"),
  sqrt: plain("Sqrt"),
  sigmoid: plain("Sigmoid"),
  silu: (calls) => {
    const type = [calls.type("T", "float32")]
    return (x) => calls.call("Mul", type, [x!, calls.call("Sigmoid", type, [x!])])
  },
  cast: (calls, node) => {
    const [from, to] = [inputType(node), typeOf(node.dtype)]
    if (from === to) {
      const attributes = [calls.type("T", from)]
      return (x) => calls.call("Identity", attributes, [x!])
    }
    const attributes = [calls.type("SrcT", from), calls.type("DstT", to), calls.flag("Truncate", false)]
    return (x) => calls.call("Cast", attributes, [x!])
  },

  reduceSum: reduction("Sum"),
  reduceMean: reduction("Mean"),
  reduceMax: reduction("Max"),
  softmax: plain("Softmax"),

  expand: (calls, node) => withIntegers(calls, "BroadcastTo", node, "Tidx", node.shape),
  reshape: (calls, node) => withIntegers(calls, "Reshape", node, "Tshape", node.shape),
  transpose: (calls, node) => withIntegers(calls, "Transpose", node, "Tperm", node.attributes.permutation),
  slice: (calls, node) => {
    const { attributes: { axis, start }, shape } = node
    const attributes = [calls.type("T", inputType(node)), calls.type("Index", "int32")]
    const begin = calls.integers(shape.map((_, at) => at === axis ? start : 0))
    const extent = calls.integers(shape)
    return (x) => calls.call("Slice", attributes, [x!, begin, extent])
  },
  pad: (calls, node) => {
    const { attributes: { after, axis, before }, shape } = node
    const paddings = shape.flatMap((_, at) => at === axis ? [before, after] : [0, 0])
    return withIntegers(calls, "Pad", node, "Tpaddings", paddings, [shape.length, 2])
  },
  concat: (calls, node) => {
    const attributes = [
      calls.type("T", inputType(node)),
      calls.type("Tidx", "int32"),
      calls.count("N", node.inputs.length)
    ]
    const axis = calls.integers([node.attributes.axis], [])
    return (...parts) => calls.call("ConcatV2", attributes, [...parts, axis])
  },

  gather: (calls, node) => {
    const attributes = [
      calls.type("Tparams", inputType(node)),
      calls.type("Tindices", "int32"),
      calls.type("Taxis", "int32"),
      calls.count("batch_dims", 0)
    ]
    const rows = fromFront(calls, node.inputs[0]!.shape[0]!)
    const axis = calls.integers([0], [])
    return (table, indices) => calls.call("GatherV2", attributes, [table!, rows(indices!), axis])
  },
  scatterAdd: (calls, { inputs: [indices, , base], shape }) => {
    const attributes = [calls.type("T", "float32"), calls.type("Tindices", "int32")]
    const reshape = [calls.type("T", "int32"), calls.type("Tshape", "int32")]
    const rows = fromFront(calls, shape[0]!)
    const column = calls.integers([...indices!.shape, 1])
    const fill = [calls.type("T", "float32"), calls.type("index_type", "int32")]
    const [extents, zero] = [calls.integers(shape), calls.scalar(0)]
    return (indices, updates, given) => {
      const start = base === undefined ? calls.call("Fill", fill, [extents, zero]) : given!
      const places = calls.call("Reshape", reshape, [rows(indices!), column])
      return calls.call("TensorScatterAdd", attributes, [start, places, updates!])
    }
  },

  rmsNorm: (calls, { attributes: { epsilon } }) => {
    const type = [calls.type("T", "float32")]
    const inverse = inverseRootMeanSquare(calls, epsilon)
    return (x, weight) => calls.call("Mul", type, [calls.call("Mul", type, [x!, inverse(x!)]), weight!])
  },
  rmsNormInverse: (calls, { attributes: { epsilon } }) => inverseRootMeanSquare(calls, epsilon),
  rope: (calls, node) => {
    const { attributes: { heads, interleaved, inverse }, inputs: [, cosine, sine], shape } = node
    const [B, T, D] = shape as [number, number, number]
    const K = D / heads
    // A pair is the axis of extent 2: x ∘ cos + (x with its pairs swapped) ∘ (−sin, sin).
    const pairs = interleaved ? [K / 2, 2] : [2, K / 2]
    const pairAxis = interleaved ? 4 : 3
    const spread = (of: Node, first: number, second: number): Tensor => {
      const { data } = of.attributes as { readonly data: Float32Array }
      const values = Float32Array.from({ length: T * K }, (_, at) => {
        const [position, feature] = [Math.floor(at / K), at % K]
        const [pair, member] = interleaved
          ? [feature >> 1, feature & 1]
          : [feature % (K / 2), Math.floor(feature / (K / 2))]
        return data[position * (K / 2) + pair]! * (member === 0 ? first : second)
      })
      return calls.tensor(values, [T, 1, ...pairs], "float32")
    }
    const key = `${T} ${K} ${interleaved}`
    const sign = inverse ? -1 : 1
    const cos = calls.keep(`rope cosine ${cosine!.id} ${key}`, () => spread(cosine!, 1, 1))
    const sin = calls.keep(`rope sine ${sine!.id} ${key} ${sign}`, () => spread(sine!, -sign, sign))
    const type = [calls.type("T", "float32")]
    const reshape = [...type, calls.type("Tshape", "int32")]
    const reverse = [...type, calls.type("Tidx", "int32")]
    const [split, whole, axis] = [
      calls.integers([B, T, heads, ...pairs]),
      calls.integers(shape),
      calls.integers([pairAxis])
    ]
    return (x) => {
      const parts = calls.call("Reshape", reshape, [x!, split])
      const swapped = calls.call("ReverseV2", reverse, [parts, axis])
      const turned = calls.call("AddV2", type, [
        calls.call("Mul", type, [parts, cos]),
        calls.call("Mul", type, [swapped, sin])
      ])
      return calls.call("Reshape", reshape, [turned, whole])
    }
  }
}
