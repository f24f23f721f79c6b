/**
 * ResLoRA (Shi et al., arXiv 2402.18039; code microsoft/LMOps): LoRA with shortcuts from the adapted layers of the same kind before it,
 * l−1 … l−k, whose inputs are x_{l−j}.
 *
 *     input:   y = x_l Wᵀ + s·B_l A_l(x_l + x_{l−1}), of the first layer 2·x_l
 *     block:   y = x_l Wᵀ + s·Σ_{j=0…k} B_{l−j} A_{l−j} x_l
 *     middle:  y = x_l Wᵀ + s·B_l(A_l x_l + Σ_{j=1…k} A_{l−j} x_{l−j})
 *
 * Of blocks the effective weight is W + s·Σ B_{l−j} A_{l−j}. The others read what went into other layers, and no matrix does the same:
 * their effective weight, by which they are evaluated, is that of a merge which puts a_j·x_l for x_{l−j}. The source's rule by weights:
 * a_1 = ‖W*_{l−2}‖ / ‖W*_{l−1}‖ of merged weights, 1 where there is none. For more layers ours goes on so, a_j = ‖W*_{l−j−1}‖ / ‖W*_{l−1}‖.
 */
import type { Method, Shown } from "../../schemas/model.ts"
import type { Graph } from "../../tensor/graph.ts"
import type { Node } from "../../tensor/node.ts"
import type { Adaptation, Parts } from "../adaptation.ts"
import { parameters } from "../parameters.ts"
import { tensorOf, type TrainingState } from "../state.ts"
import { type Matrix, plusProduct } from "./adapter-product.ts"
import { nameA, nameB, pairOf, pairs, plainParts, stacked, targeted } from "./pair.ts"
import { squaresOf } from "./projected-gradient.ts"

type Settings = Omit<Extract<Shown, { kind: "reslora" }>, "kind">

/** Adapted layers of a layer's kind before it, nearest first. */
export const before = ({ previous, targets }: Pick<Settings, "previous" | "targets">, layer: string) => {
  const [, depth, kind] = /^layers\.(\d+)\.(.*)$/.exec(layer)!
  return Array.from({ length: Number(depth) }, (_, j) => `layers.${Number(depth) - 1 - j}.${kind}`)
    .filter((name) => targets.some((target) => name.includes(target)))
    .slice(0, previous === "all" ? undefined : previous)
}

/** The pair whose product is a layer's change: its own with what it is joined to in it. `sizeOf` gives norms of merged weights. */
const joinedPair = (
  shown: Settings,
  state: TrainingState,
  layer: string,
  sizeOf: (layer: string) => number
): readonly [a: Matrix, b: Matrix] => {
  const [a, b] = pairOf(state, layer)!
  const others = before(shown, layer)
  if (shown.shortcut === "block") {
    const all = [[a, b] as const, ...others.map((name) => pairOf(state, name)!)]
    return stacked(all, all.map(() => 1))
  }
  const chain = before({ ...shown, previous: "all" }, layer)
  const values = a.values.slice()
  const add = (from: Float32Array, factor: number) => {
    for (let i = 0; i < values.length; i++) values[i]! += factor * from[i]!
  }
  if (shown.shortcut === "input" && others.length === 0) add(a.values, 1)
  for (const [j, name] of others.entries()) {
    const further = chain[j + 1]
    const factor = further === undefined ? 1 : sizeOf(further) / sizeOf(chain[0]!)
    add(shown.shortcut === "input" ? a.values : pairOf(state, name)![0].values, factor)
  }
  return [{ shape: a.shape, values }, b] as const
}

/** W + s·B·A of the pair with its shortcuts in it. */
export const parts = (shown: Settings, state: TrainingState, name: string): Parts => {
  if (!pairOf(state, name)) return plainParts(state, name)
  const sizes = new Map<string, number>()
  const sizeOf = (layer: string): number => {
    const size = sizes.get(layer) ?? Math.sqrt(squaresOf(partsOf(layer).effective))
    sizes.set(layer, size)
    return size
  }
  const partsOf = (layer: string) => {
    const { shape, values } = tensorOf(state, layer)
    const pair = joinedPair(shown, state, layer, sizeOf)
    return { shape, effective: plusProduct(values, ...pair, shown.alpha / shown.rank), base: values, pair }
  }
  return partsOf(name)
}

export const adapt = (method: Extract<Method, { kind: "reslora" }>): Adaptation => {
  const { alpha, dropout, rank, shortcut, targets } = method
  const hasAdapter = targeted(targets)
  /** What each layer's A has given in a graph, for the layers after it. */
  const given = new WeakMap<Graph, Map<string, Node>>()
  return {
    ...pairs(method),
    joined: true,
    linear: (graph, layer, x, { entered, mask, tensor }) => {
      const { name } = layer
      const frozen = graph.matmul(x, tensor(name), { transposeB: true }) // (N, out)
      if (!hasAdapter(layer)) return frozen
      const others = before(method, name)
      const inner = (of: string, from: Node) => {
        const kept = dropout === 0 ? from : graph.mul(from, mask(`${name}.dropout`, from.shape)) // (N, in)
        return graph.matmul(kept, tensor(nameA(of)), { transposeB: true }) // (N, R)
      }
      const outer = (of: string, from: Node) =>
        graph.matmul(from, tensor(nameB(of)), { transposeB: true, alpha: alpha / rank / (1 - dropout) }) // (N, out)
      switch (shortcut) {
        case "input": {
          const joined = graph.add(x, others[0] === undefined ? x : entered(others[0]))
          return graph.add(frozen, outer(name, inner(name, joined)))
        }
        case "middle": {
          const known = given.get(graph) ?? new Map<string, Node>()
          given.set(graph, known)
          const own = inner(name, x)
          known.set(name, own)
          return graph.add(frozen, outer(name, graph.addN([own, ...others.map((of) => known.get(of)!)])))
        }
        case "block":
          return graph.addN([frozen, ...[name, ...others].map((of) => outer(of, inner(of, x)))])
      }
    },
    parts: (state, name) => parts(method, state, name),
    /** Of pairs that are gone through once more for a layer after theirs. */
    operations: (shape, tokens) => {
      if (shortcut !== "block") return 0
      const again = parameters(shape).filter(hasAdapter).reduce(
        (sum, { name, shape: [out, into] }) => sum + before(method, name).length * (out + into),
        0
      )
      return 6 * tokens * rank * again
    }
  }
}
