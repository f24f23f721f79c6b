/** Causal attention with grouped heads, twice: as primitive operations, and cut along queries with its own gradient. */
import { anew } from "../tensor/differentiate.ts"
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

/** Queries from, …, to − 1. */
type Run = readonly [from: number, to: number]

/**
 * The same function in runs of C queries, each against the keys up to its last query: the triangle above the diagonal
 * is skipped and a run's scores stay in cache. No probabilities are kept for the gradient, which makes them anew from queries
 * and keys (as Dao et al., arXiv 2205.14135, do). Masks of equal shape are shared through `masks`.
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
  const runs = Array.from({ length: Math.ceil(T / chunk) }, (_, i): Run => [i * chunk, Math.min(T, (i + 1) * chunk)])
  const byHead = (x: Node) => graph.transpose(graph.reshape(x, [B, T, V, G, x.shape[2]! / heads]), [0, 2, 3, 1, 4])
  const cut = (x: Node, [from, to]: Run) =>
    graph.reshape(graph.slice(x, 3, from, to), [B, V, G * (to - from), x.shape[4]!]) // (B, V, G, T, E) → (B, V, G·C, E)
  const join = (parts: ReadonlyArray<Node>) => {
    const whole = graph.concat(parts.map((part) => graph.reshape(part, [B, V, G, part.shape[2]! / G, K])), 3)
    return graph.reshape(graph.transpose(whole, [0, 3, 1, 2, 4]), [B, T, D])
  }
  const shared = (name: string, make: () => Node) => {
    const known = masks.get(name) ?? make()
    masks.set(name, known)
    return known
  }
  const probabilitiesOf = (queries: Node, keys: Node, [from, to]: Run) => {
    const scores = graph.matmul(queries, keys, { transposeB: true, alpha: scale }) // (B, V, G·C, S)
    const mask = shared(`mask ${from} ${to}`, () => causalMask(graph, from, to - from, to))
    const masked = graph.add(graph.reshape(scores, [B, heads, to - from, to]), mask)
    return graph.reshape(graph.softmax(masked), scores.shape)
  }

  return graph.custom([q, k, v], () => {
    const allQueries = byHead(q) // (B, V, G, T, K)
    const split = (x: Node) => graph.transpose(graph.reshape(x, [B, T, V, K]), [0, 2, 1, 3]) // (B, V, T, K)
    const allKeys = split(k)
    const allValues = split(v)
    const until = (x: Node, [, to]: Run) => graph.slice(x, 2, 0, to)

    const output = join(
      runs.map((run) =>
        graph.matmul(probabilitiesOf(cut(allQueries, run), until(allKeys, run), run), until(allValues, run))
      )
    )

    const pullback = (cotangent: Node) => {
      const again = (x: Node) => anew(graph, x, cotangent)
      const queriesAgain = again(allQueries)
      const keysAgain = again(allKeys)
      // dS = P ∘ (dO Vᵀ − rowsum(dO ∘ O)): the row term rides along as one more column of the product.
      const along = graph.reduceSum(graph.reshape(graph.mul(cotangent, output), [B, T, heads, K]), [-1])
      const allCotangents = byHead(cotangent) // (B, V, G, T, K)
      const wide = graph.concat([allCotangents, byHead(graph.neg(graph.reshape(along, [B, T, heads])))], 4)
      const ones = shared("ones", () => graph.constant(new Float32Array(B * V * T).fill(1), [B, V, T, 1]))
      const valuesAndOnes = graph.concat([allValues, ones], 3)
      // The longest run first: later ones fit where it was.
      const parts = runs.toReversed().map((run) => {
        const queries = cut(queriesAgain, run)
        const keys = until(keysAgain, run)
        const probabilities = probabilitiesOf(queries, keys, run) // (B, V, G·C, S)
        const pulled = graph.matmul(cut(wide, run), until(valuesAndOnes, run), { transposeB: true })
        const dScores = graph.mul(probabilities, pulled) // (B, V, G·C, S)
        // Keys' and values' gradients come out transposed: the wide axis is then the product's last, which is faster.
        return {
          dQueries: graph.matmul(dScores, keys, { alpha: scale }), // (B, V, G·C, K)
          dKeys: graph.matmul(queries, dScores, { transposeA: true, alpha: scale }), // (B, V, K, S)
          dValues: graph.matmul(cut(allCotangents, run), probabilities, { transposeA: true }) // (B, V, K, S)
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
    return { output, pullback }
  })
}
