/**
 * SLTrain (Han et al., arXiv 2406.02214; code andyjm3/SLTrain): a layer is a low-rank product and a sparse matrix on a random
 * support that never changes; both are trained, and there is no other weight.
 *
 *     y = x (s·B·A + S)ᵀ,  s = alpha / rank,  A (R, in), B (out, R), S: round(density·out·in) entries
 *
 * The support follows from the seed and is not stored.
 */
import type { Method, Shown } from "../../schemas/model.ts"
import { stream } from "../../tensor/random.ts"
import type { Adaptation, Parts } from "../adaptation.ts"
import { fit } from "../attach.ts"
import { linearBound, parameters } from "../parameters.ts"
import { tensorOf, type TrainingState } from "../state.ts"
import { plusProduct } from "./adapter-product.ts"
import { factorLayers } from "./factor-layers.ts"
import { drawA, nameA, nameB, pairOf, plainParts } from "./pair.ts"

const nameS = (layer: string) => `${layer}.S`

export const entriesOf = ([out, into]: readonly [number, number], density: number): number =>
  Math.max(1, Math.round(density * out * into))

const supports = new Map<string, Int32Array>()

/** Places of the sparse matrix's entries in a layer, row-major, ascending. */
export const supportOf = (
  layer: string,
  shape: readonly [number, number],
  { density, seed }: { readonly density: number; readonly seed: number }
): Int32Array => {
  const key = JSON.stringify([seed, layer, shape, density])
  const known = supports.get(key)
  if (known) return known
  const all = stream(seed, "support", layer).permutation(shape[0] * shape[1])
  const support = all.slice(0, entriesOf(shape, density)).sort()
  supports.set(key, support)
  return support
}

export const parts = (shown: Extract<Shown, { kind: "sltrain" }>, state: TrainingState, name: string): Parts => {
  const pair = pairOf(state, name)
  if (!pair) return plainParts(state, name)
  const [a, b] = pair
  const shape = [b.shape[0]!, a.shape[1]!] as const
  const base = new Float32Array(shape[0] * shape[1])
  const { values } = tensorOf(state, nameS(name))
  for (const [at, place] of supportOf(name, shape, shown).entries()) base[place] = values[at]!
  return { shape, effective: plusProduct(base, a, b, shown.alpha / shown.rank), base, pair }
}

export const adapt = (method: Extract<Method, { kind: "sltrain" }>): Adaptation => {
  const { alpha, density, rank, seed } = method
  const { isTarget, replaced, tensors } = factorLayers(method, ({ name, shape }) => [
    { name: nameS(name), kind: "linear", shape: [entriesOf(shape, density)], trained: true }
  ])
  return {
    tensors,
    masks: () => [],
    linear: (graph, layer, x, { tensor }) => {
      const { name, shape: [out, into] } = layer
      if (!isTarget(layer)) return graph.matmul(x, tensor(name), { transposeB: true })
      const product = graph.matmul(tensor(nameB(name)), tensor(nameA(name)), { alpha: alpha / rank }) // (out, in)
      const support = supportOf(name, [out, into], method)
      const places = graph.constant(support, [support.length], "int32")
      const flat = graph.scatterAdd(places, tensor(nameS(name)), [out * into], graph.reshape(product, [out * into]))
      return graph.matmul(x, graph.reshape(flat, [out, into]), { transposeB: true })
    },
    attach: (state, shape) => {
      const widths = new Map(parameters(shape).map((parameter) => [parameter.name, parameter.shape.at(-1)!]))
      const made = fit(state, tensors(shape), ({ name, shape: of }) => {
        const layer = name.replace(/\.[ABS]$/, "")
        if (name === layer) return undefined
        const into = widths.get(layer)!, bound = linearBound(into)
        if (name.endsWith(".A")) return drawA(seed, layer, rank, into, 0)
        if (name.endsWith(".B")) return new Float32Array(of[0]! * of[1]!)
        return stream(seed, "sparse", layer).fillUniform(new Float32Array(of[0]!), -bound, bound)
      }, { kind: method.kind, dropped: replaced(shape) })
      return made ? "attach" : undefined
    },
    events: {},
    parts: (state, name) => parts(method, state, name),
    // Tokens are multiplied by the whole matrix, whose gradient is made. In each step it is made of its factors, and theirs of it.
    operations: (shape, tokens, steps) =>
      parameters(shape).filter(isTarget).reduce((sum, { shape: [out, into] }) => {
        const held = rank * (out + into) + entriesOf([out, into], density)
        return sum + 6 * tokens * (out * into - held) + 6 * steps * rank * out * into
      }, 0)
  }
}
