/** The gated part of SwiGLU, and the linear layer after it. */
import { cotangents } from "../tensor/differentiate.ts"
import type { Graph } from "../tensor/graph.ts"
import type { Node } from "../tensor/node.ts"

/**
 * A linear layer of silu(a) ∘ b, differentiated by a, b and the layer's `trained` tensors. Of all it makes only the result is
 * kept: a and b suffice for the gradient, and two passes over them cost less than the memory of two results more a layer.
 */
export const gatedLinear = (
  graph: Graph,
  a: Node,
  b: Node,
  trained: ReadonlyArray<Node>,
  linear: (x: Node) => Node
): Node =>
  graph.custom([a, b, ...trained], () => ({
    output: linear(graph.mul(graph.silu(a), b)),
    pullback: (cotangent, wanted) => {
      // Written unlike the forward pass, or an engine would keep that one's results for this.
      const sigmoid = graph.sigmoid(a)
      const gate = graph.mul(a, sigmoid)
      const hidden = graph.mul(gate, b)
      const asked = trained.filter((_, i) => wanted[2 + i])
      const [dHidden, ...found] = cotangents(graph, linear(hidden), cotangent, [hidden, ...asked], hidden.id) as [Node]
      // silu′ = σ + silu · (1 − σ)
      const slope = graph.add(sigmoid, graph.mul(gate, graph.sub(1, sigmoid)))
      return [
        graph.mul(graph.mul(dHidden, b), slope),
        graph.mul(dHidden, gate),
        ...trained.map((_, i) => wanted[2 + i] ? found.shift() : undefined)
      ]
    }
  }))
