/** Causal attention with grouped heads, twice: as primitive operations, and cut along queries with its own gradient. */
import type { Graph } from "../tensor/graph.ts"
import type { Node } from "../tensor/node.ts"

export interface Heads {
  readonly heads: number
  /** Heads of keys and values; query head h uses head floor(h / (heads / kvHeads)). */
  readonly kvHeads: number
}

/** (rows, columns) with −10⁹ where query first + i must not see key j. */
const causalMask = (graph: Graph, first: number, rows: number, columns: number): Node => {
  const mask = new Float32Array(rows * columns)
  for (let i = 0; i < rows; i++) mask.fill(-1e9, i * columns + first + i + 1, (i + 1) * columns)
  return graph.constant(mask, [rows, columns])
}

/** softmax(q kᵀ / √K + mask) v, differentiated through. q (B, T, H·K), k and v (B, T, V·K) → (B, T, H·K). */
export const primitiveAttention = (graph: Graph, q: Node, k: Node, v: Node, { heads, kvHeads }: Heads): Node => {
  const [B, T, D] = q.shape as [number, number, number]
  const [V, G, K] = [kvHeads, heads / kvHeads, D / heads]
  const queries = graph.transpose(graph.reshape(q, [B, T, V, G, K]), [0, 2, 3, 1, 4]) // (B, V, G, T, K)
  const split = (x: Node) => graph.transpose(graph.reshape(x, [B, T, V, 1, K]), [0, 2, 3, 1, 4]) // (B, V, 1, T, K)
  const scores = graph.matmul(queries, split(k), { transposeB: true, alpha: 1 / Math.sqrt(K) }) // (B, V, G, T, T)
  const probabilities = graph.softmax(graph.add(scores, causalMask(graph, 0, T, T)))
  return graph.reshape(graph.transpose(graph.matmul(probabilities, split(v)), [0, 3, 1, 2, 4]), [B, T, D])
}

/** What the gradient needs of one run of queries. */
interface Run {
  readonly from: number
  readonly to: number
  readonly queries: Node // (B, V, G·C, K)
  readonly keys: Node // (B, V, to, K)
  readonly values: Node // (B, V, to, K)
  readonly probabilities: Node // (B, V, G·C, to)
  readonly result: Node // (B, V, G·C, K)
}

/**
 * The same function in runs of C queries, each against the keys up to its last query: the triangle above the diagonal
 * is skipped and a run's scores stay in cache. Masks of equal shape are shared through `masks`.
 */
export const chunkedAttention = (
  graph: Graph,
  q: Node,
  k: Node,
  v: Node,
  { heads, kvHeads }: Heads,
  { chunk, masks }: { readonly chunk: number; readonly masks: Map<string, Node> }
): Node => {
  const [B, T, D] = q.shape as [number, number, number]
  const [V, G, K] = [kvHeads, heads / kvHeads, D / heads]
  const scale = 1 / Math.sqrt(K)
  const byHead = (x: Node) => graph.transpose(graph.reshape(x, [B, T, V, G, K]), [0, 2, 3, 1, 4]) // (B, V, G, T, K)
  const cut = (x: Node, from: number, to: number) =>
    graph.reshape(graph.slice(x, 3, from, to), [B, V, G * (to - from), K]) // (B, V, G·C, K)
  const join = (parts: ReadonlyArray<Node>) => {
    const whole = graph.concat(parts.map((part) => graph.reshape(part, [B, V, G, part.shape[2]! / G, K])), 3)
    return graph.reshape(graph.transpose(whole, [0, 3, 1, 2, 4]), [B, T, D])
  }
  const shared = (name: string, make: () => Node) => {
    const known = masks.get(name) ?? make()
    masks.set(name, known)
    return known
  }

  return graph.custom([q, k, v], () => {
    const allQueries = byHead(q)
    const split = (x: Node) => graph.transpose(graph.reshape(x, [B, T, V, K]), [0, 2, 1, 3]) // (B, V, T, K)
    const allKeys = split(k)
    const allValues = split(v)

    const runs: Array<Run> = []
    for (let from = 0; from < T; from += chunk) {
      const to = Math.min(from + chunk, T)
      const [C, S] = [to - from, to]
      const queries = cut(allQueries, from, to)
      const keys = graph.slice(allKeys, 2, 0, to)
      const values = graph.slice(allValues, 2, 0, to)
      const scores = graph.matmul(queries, keys, { transposeB: true, alpha: scale }) // (B, V, G·C, S)
      const mask = shared(`mask ${from} ${to}`, () => causalMask(graph, from, C, S))
      const masked = graph.add(graph.reshape(scores, [B, heads, C, S]), mask)
      const probabilities = graph.reshape(graph.softmax(masked), [B, V, G * C, S])
      runs.push({ from, to, queries, keys, values, probabilities, result: graph.matmul(probabilities, values) })
    }

    const pullback = (cotangent: Node) => {
      const allCotangents = byHead(cotangent)
      const parts = runs.toReversed().map(({ from, keys, probabilities, queries, result, to, values }) => {
        const d = cut(allCotangents, from, to) // (B, V, G·C, K)
        const along = graph.reduceSum(graph.mul(d, result), [-1]) // (B, V, G·C, 1)
        // dS = P ∘ (dO Vᵀ − rowsum(dO ∘ O)): the row term rides along as one more column of the product.
        const ones = shared(`ones ${to}`, () => graph.constant(new Float32Array(B * V * to).fill(1), [B, V, to, 1]))
        const pulled = graph.matmul(graph.concat([d, graph.neg(along)], 3), graph.concat([values, ones], 3), {
          transposeB: true
        })
        const dScores = graph.mul(probabilities, pulled) // (B, V, G·C, S)
        // Keys' and values' gradients come out transposed: the wide axis is then the product's last, which is faster.
        return {
          dQueries: graph.matmul(dScores, keys, { alpha: scale }), // (B, V, G·C, K)
          dKeys: graph.matmul(queries, dScores, { transposeA: true, alpha: scale }), // (B, V, K, S)
          dValues: graph.matmul(d, probabilities, { transposeA: true }) // (B, V, K, S)
        }
      })
      const sum = (terms: ReadonlyArray<Node>) => {
        const whole = graph.addN(terms.map((term) => graph.pad(term, 3, 0, T - term.shape[3]!))) // (B, V, K, T)
        return graph.reshape(graph.transpose(whole, [0, 3, 1, 2]), [B, T, V * K])
      }
      return [
        join(parts.toReversed().map(({ dQueries }) => dQueries)),
        sum(parts.map(({ dKeys }) => dKeys)),
        sum(parts.map(({ dValues }) => dValues))
      ]
    }
    return { output: join(runs.map(({ result }) => result)), pullback }
  })
}
