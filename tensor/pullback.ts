/** The vector-Jacobian product of every operation: how a cotangent of the result goes back to the inputs. */
import { describe, type Graph } from "./graph.ts"
import type { Node, NodeOf, Operation } from "./node.ts"
import { type Shape, size } from "./shape.ts"

/** Cotangents of a node's inputs, in order; those that are not `wanted` are left out. */
export const pullback = (
  graph: Graph,
  node: Node,
  cotangent: Node,
  wanted: readonly boolean[]
): readonly (Node | undefined)[] => {
  const rule = rules[node.op] as Rule<Operation> | null
  if (!rule) throw new Error(`gradients: ${describe(node)} has no derivative`)
  return rule(graph, node, cotangent).map((make, position) => wanted[position] && make ? make() : undefined)
}

/** One maker of a cotangent for each input, so that what nobody wants is never built. */
type Rule<O extends Operation> = (graph: Graph, node: NodeOf<O>, d: Node) => readonly ((() => Node) | undefined)[]

const rules: { readonly [O in Operation]: Rule<O> | null } = {
  input: null,
  constant: null,
  scalar: null,
  equal: null,
  cast: null,

  matmul: (graph, { inputs, attributes: { transposeA, transposeB, alpha } }, d) => {
    const [a, b] = inputs as [Node, Node]
    // A batch times one matrix: the batch folds into the rows, so that the sum over it happens inside the product.
    if (b.shape.length === 2 && a.shape.length > 2 && !transposeA) {
      const flat = (x: Node) => graph.reshape(x, [size(x.shape.slice(0, -1)), x.shape.at(-1)!])
      return [
        () => graph.matmul(d, b, { transposeB: !transposeB, alpha }),
        () =>
          transposeB
            ? graph.matmul(flat(d), flat(a), { transposeA: true, alpha })
            : graph.matmul(flat(a), flat(d), { transposeA: true, alpha })
      ]
    }
    return [
      () =>
        sumTo(
          graph,
          transposeA
            ? graph.matmul(b, d, { transposeA: transposeB, transposeB: true, alpha })
            : graph.matmul(d, b, { transposeB: !transposeB, alpha }),
          a.shape
        ),
      () =>
        sumTo(
          graph,
          transposeB
            ? graph.matmul(d, a, { transposeA: true, transposeB: transposeA, alpha })
            : graph.matmul(a, d, { transposeA: !transposeA, alpha }),
          b.shape
        )
    ]
  },

  add: (graph, { inputs: [a, b] }, d) => [() => sumTo(graph, d, a!.shape), () => sumTo(graph, d, b!.shape)],
  sub: (graph, { inputs: [a, b] }, d) => [
    () => sumTo(graph, d, a!.shape),
    () => graph.neg(sumTo(graph, d, b!.shape))
  ],
  mul: (graph, { inputs: [a, b] }, d) => [
    () => sumTo(graph, graph.mul(d, b!), a!.shape),
    () => sumTo(graph, graph.mul(d, a!), b!.shape)
  ],
  div: (graph, node, d) => {
    const [a, b] = node.inputs as [Node, Node]
    return [
      () => sumTo(graph, graph.div(d, b), a.shape),
      // d(a / b) / db = -(a / b) / b
      () => graph.neg(sumTo(graph, graph.mul(d, graph.div(self(node), b)), b.shape))
    ]
  },
  addN: (_graph, { inputs }, d) => inputs.map(() => () => d),
  where: (graph, { inputs }, d) => {
    const [condition, a, b] = inputs as [Node, Node, Node]
    return [
      undefined,
      () => sumTo(graph, graph.where(condition, d, 0), a.shape),
      () => sumTo(graph, graph.where(condition, 0, d), b.shape)
    ]
  },

  neg: (graph, _node, d) => [() => graph.neg(d)],
  exp: (graph, node, d) => [() => graph.mul(d, self(node))],
  log: (graph, { inputs: [x] }, d) => [() => graph.div(d, x!)],
  sqrt: (graph, node, d) => [() => graph.div(d, graph.mul(self(node), 2))],
  sigmoid: (graph, node, d) => [() => graph.mul(d, graph.mul(self(node), graph.sub(1, self(node))))],
  silu: (graph, node, d) => {
    const [x] = node.inputs as [Node]
    return [() => {
      // (x σ)' = σ + x σ (1 - σ)
      const sigmoid = graph.sigmoid(x)
      return graph.mul(d, graph.add(sigmoid, graph.mul(self(node), graph.sub(1, sigmoid))))
    }]
  },

  reduceSum: (graph, node, d) => {
    const [x] = node.inputs as [Node]
    return [() => graph.expand(keepAxes(graph, node, d), x.shape)]
  },
  reduceMean: (graph, node, d) => {
    const [x] = node.inputs as [Node]
    return [() => graph.expand(graph.mul(keepAxes(graph, node, d), size(node.shape) / size(x.shape)), x.shape)]
  },
  reduceMax: (graph, node, d) => {
    const [x] = node.inputs as [Node]
    return [() => {
      const largest = graph.cast(graph.equal(x, keepAxes(graph, node, self(node))), "float32")
      const ties = graph.reduceSum(largest, node.attributes.axes)
      return graph.mul(largest, graph.div(keepAxes(graph, node, d), ties))
    }]
  },
  softmax: (graph, node, d) => [() => {
    const weighted = graph.mul(d, self(node))
    return graph.sub(weighted, graph.mul(self(node), graph.reduceSum(weighted, [-1])))
  }],

  expand: (graph, { inputs: [x] }, d) => [() => sumTo(graph, d, x!.shape)],
  reshape: (graph, { inputs: [x] }, d) => [() => graph.reshape(d, x!.shape)],
  transpose: (graph, { attributes: { permutation } }, d) => [() => {
    const inverse = new Array<number>(permutation.length)
    permutation.forEach((source, axis) => inverse[source] = axis)
    return graph.transpose(d, inverse)
  }],
  slice: (graph, { inputs: [x], attributes: { axis, start, end } }, d) => [
    () => graph.pad(d, axis, start, x!.shape[axis]! - end)
  ],
  pad: (graph, { inputs: [x], attributes: { axis, before } }, d) => [
    () => graph.slice(d, axis, before, before + x!.shape[axis]!)
  ],
  concat: (graph, { inputs, attributes: { axis } }, d) => {
    let offset = 0
    return inputs.map((part) => {
      const start = offset
      offset += part.shape[axis]!
      return () => graph.slice(d, axis, start, start + part.shape[axis]!)
    })
  },

  gather: (graph, { inputs }, d) => {
    const [table, indices] = inputs as [Node, Node]
    return [() => graph.scatterAdd(indices, d, table.shape), undefined]
  },
  scatterAdd: (graph, { inputs }, d) => {
    const [indices, , base] = inputs as [Node, Node, Node?]
    const rows = () => graph.gather(d, indices)
    return base ? [undefined, rows, () => d] : [undefined, rows]
  },

  // With r = 1 / √(mean(x²) + ε), x̂ = x r and h = d · weight:  dx = r (h - x̂ mean(h x̂)),  dweight = Σ d x̂.
  rmsNorm: (graph, node, d) => {
    const [x, weight] = node.inputs as [Node, Node]
    const inverse = graph.rmsNormInverse(self(node))
    const unit = graph.mul(x, inverse)
    return [
      () => {
        const scaled = graph.mul(d, weight)
        const along = graph.reduceMean(graph.mul(scaled, unit), [-1])
        return graph.mul(inverse, graph.sub(scaled, graph.mul(unit, along)))
      },
      () => sumTo(graph, graph.mul(d, unit), weight.shape)
    ]
  },
  // dr/dx = -r³ x / D
  rmsNormInverse: (graph, node, d) => {
    const [x] = node.inputs as [Node, Node]
    return [() => {
      const inverse = self(node)
      const slope = graph.mul(graph.mul(inverse, inverse), graph.mul(inverse, -1 / x.shape.at(-1)!))
      return graph.mul(x, graph.mul(d, slope))
    }, undefined]
  },
  // A rotation's transpose turns back.
  rope: (graph, { inputs: [, cosine, sine], attributes }, d) => [
    () => graph.rope(d, cosine!, sine!, { ...attributes, inverse: !attributes.inverse }),
    undefined,
    undefined
  ]
}

const self = <O extends Operation>(node: NodeOf<O>): Node => node as unknown as Node

/** Sums a cotangent over the axes along which a value of this shape was broadcast. */
const sumTo = (graph: Graph, cotangent: Node, shape: Shape): Node => {
  const added = cotangent.shape.length - shape.length
  const repeated = cotangent.shape.flatMap((extent, axis) =>
    axis < added || (shape[axis - added] === 1 && extent !== 1) ? [axis] : []
  )
  return graph.reshape(graph.reduceSum(cotangent, repeated), shape)
}

/** A reduction's result (or its cotangent) with the reduced axes back as axes of extent 1. */
const keepAxes = (graph: Graph, node: NodeOf<"reduceSum" | "reduceMean" | "reduceMax">, value: Node): Node => {
  const [x] = node.inputs as [Node]
  return graph.reshape(value, x.shape.map((extent, axis) => node.attributes.axes.includes(axis) ? 1 : extent))
}
