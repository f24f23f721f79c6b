/**
 * The pico decoder: token ids in, one normalised vector a token out.
 *
 * Shapes: B rows, T tokens a row, N = B·T, D width, H heads, V heads of keys and values, K width of a head, F hidden.
 */
import type { ModelShape } from "../schemas/model.ts"
import { recomputed } from "../tensor/differentiate.ts"
import type { Graph } from "../tensor/graph.ts"
import type { Node } from "../tensor/node.ts"
import { chunkedAttention, primitiveAttention } from "./attention.ts"
import { gatedLinear } from "./gated.ts"
import { headWidth, isLinear, type Linear, parameters } from "./parameters.ts"

/** Queries that attend at once: chosen by measurement among 32 … 256 on rows of 256 tokens. */
export const queryChunk = 64

/** What a decoder is made of. */
export interface Parts {
  /** A tensor by name, e.g. output_norm. */
  readonly tensor: (name: string) => Node
  /** A linear layer, x (N, in) → (N, out). */
  readonly linear: (layer: Linear, x: Node) => Node
  /** Without hand-written gradients; slow, for checking them. */
  readonly primitive?: boolean
  /**
   * The tensors that are trained and whose names begin with something, e.g. layers.0: in a graph that is differentiated by all of
   * them. What is cheap to make anew is then not kept for the backward pass.
   */
  readonly trained?: (prefix: string) => ReadonlyArray<Node>
  /**
   * With `trained`: a layer's activations are made anew in the backward pass instead of being kept, a third more work, memory
   * of one layer instead of all.
   */
  readonly recompute?: boolean
}

/** Cosines and sines of rotary embedding, (T, K/2): position · theta^(−2i/K). */
const rotations = (graph: Graph, T: number, K: number, theta: number): { cosine: Node; sine: Node } => {
  const half = K / 2
  const angles = Float64Array.from({ length: T * half }, (_, at) => {
    const position = Math.floor(at / half)
    return position * theta ** (-2 * (at % half) / K)
  })
  return {
    cosine: graph.constant(Float32Array.from(angles, Math.cos), [T, half]),
    sine: graph.constant(Float32Array.from(angles, Math.sin), [T, half])
  }
}

/** tokens (B, T) → output_norm of the last block (N, D). */
export const decoder = (
  graph: Graph,
  shape: ModelShape,
  tokens: Node,
  { linear, primitive = false, recompute = false, tensor, trained }: Parts
): Node => {
  const { heads, kvHeads, layers, normEpsilon, ropeTheta, width: D } = shape
  const [B, T] = tokens.shape as [number, number]
  const N = B * T
  const K = headWidth(shape)
  const { cosine, sine } = rotations(graph, T, K, ropeTheta)
  const masks = new Map<string, Node>()
  const byName = new Map(parameters(shape).filter(isLinear).map((layer) => [layer.name, layer]))

  const norm = (name: string, x: Node) => graph.rmsNorm(x, tensor(name), normEpsilon)
  const project = (name: string, x: Node) => linear(byName.get(name)!, x)
  const rope = (x: Node, count: number) => graph.rope(x, cosine, sine, { heads: count, interleaved: true })
  const rows = (x: Node) => graph.reshape(x, [B, T, x.shape[1]!]) // (N, E) → (B, T, E)

  const attention = (name: string, x: Node) => {
    const q = rope(rows(project(`${name}.q_proj`, x)), heads) // (B, T, H·K)
    const k = rope(rows(project(`${name}.k_proj`, x)), kvHeads) // (B, T, V·K)
    const v = rows(project(`${name}.v_proj`, x)) // (B, T, V·K)
    const mixed = primitive
      ? primitiveAttention(graph, q, k, v, { heads, kvHeads })
      : chunkedAttention(graph, q, k, v, { heads, kvHeads }, { chunk: queryChunk, masks })
    return project(`${name}.o_proj`, graph.reshape(mixed, [N, D]))
  }

  const swiglu = (name: string, x: Node) => {
    const [a, b] = [project(`${name}.w_0`, x), project(`${name}.w_1`, x)] // (N, F)
    const out = (gated: Node) => project(`${name}.w_2`, gated)
    return trained && !primitive
      ? gatedLinear(graph, a, b, trained(`${name}.w_2`), out)
      : out(graph.mul(graph.silu(a), b))
  }

  const block = (name: string, x: Node) => {
    const attended = graph.scope(
      `${name}.attention`,
      () => graph.add(x, attention(`${name}.attention`, norm(`${name}.attention_norm`, x)))
    )
    return graph.scope(
      `${name}.swiglu`,
      () => graph.add(attended, swiglu(`${name}.swiglu`, norm(`${name}.swiglu_norm`, attended)))
    )
  }

  let x = graph.reshape(graph.gather(tensor("embedding_proj"), tokens), [N, D])
  for (let layer = 0; layer < layers; layer++) {
    const name = `layers.${layer}`
    x = recompute && trained
      ? recomputed(graph, x, trained(`${name}.`), (from) => block(name, from))
      : block(name, x)
  }
  return norm("output_norm", x)
}
