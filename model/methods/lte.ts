/**
 * LTE, LoRA the explorer (Huh et al., arXiv 2402.16828; code minyoungg/LTE): H pairs beside each frozen layer, the heads. Row b of the
 * batch sees head h = b mod H alone, and every `mergeEvery` steps the heads' mean change goes into the weight.
 *
 *     row of head h:  y = x (W + s·(B_h A_h − B'_h A'_h))ᵀ,  s = alpha / rank,  A_h (R, in), B_h (out, R)
 *     merge:          W ← W + s/H · Σ_h (B_h A_h − B'_h A'_h),  B'_h ← B_h, A'_h ← A_h
 *
 * B'A' is what of a head was merged before, so that heads go on where they are; with `resetAtMerge` there is none, and heads begin
 * anew. The effective weight is that of a merge, W + s/H · Σ_h (…); right after one it is W, as published runs are evaluated. A head's
 * gradient is that of the mean loss of its own rows. Heads lie beside one another: A is (H·R, in), B (out, H·R).
 */
import type { Method, ModelShape, Shown } from "../../schemas/model.ts"
import type { Arm } from "../../schemas/study.ts"
import type { Graph } from "../../tensor/graph.ts"
import type { Node } from "../../tensor/node.ts"
import { stream } from "../../tensor/random.ts"
import type { Adaptation, Event, Inputs, Parts, Trainable } from "../adaptation.ts"
import { fit } from "../attach.ts"
import { elements } from "../parameters.ts"
import { eventsEvery } from "../schedule.ts"
import { tensorOf, type TrainingState } from "../state.ts"
import { adamw } from "../update.ts"
import { plusProduct } from "./adapter-product.ts"
import { orthogonal } from "./factored.ts"
import { drawA, layersOf, nameA, nameB, pairOf, pairs, plainParts, targeted } from "./pair.ts"

type Lte = Extract<Method, { kind: "lte" }>

const headsMask = "lte.heads"
/** What of a factor was merged. */
const merged = (factor: string) => `${factor}.merged`

export const events = (
  { mergeEvery, warmStartSteps }: Extract<Arm, { method: "lte" }>,
  first: number,
  last: number
): ReadonlyArray<Event> => eventsEvery("merge", { every: mergeEvery, from: warmStartSteps }, first, last)

/** base: W less what was merged of the heads, which is what it was before the first merge. */
export const parts = (
  { alpha, heads, rank }: Omit<Extract<Shown, { kind: "lte" }>, "kind">,
  state: TrainingState,
  name: string
): Parts => {
  const pair = pairOf(state, name)
  if (!pair) return plainParts(state, name)
  const { shape, values } = tensorOf(state, name)
  const scale = alpha / rank / heads
  const [oldA, oldB] = [state.get(merged(nameA(name))), state.get(merged(nameB(name)))]
  const base = oldA && oldB ? plusProduct(values, oldA, oldB, -scale) : values
  return { shape, effective: plusProduct(base, ...pair, scale), base: Float32Array.from(base), pair }
}

/** First values of the heads' A, as at a given step; step 0 is the attachment. */
const drawHeads = ({ heads, law, rank, seed }: Lte, layer: string, into: number, step: number): Float32Array => {
  if (law === "kaiming") return drawA(seed, layer, heads * rank, into, step)
  const values = new Float32Array(heads * rank * into)
  for (let head = 0; head < heads; head++) {
    const drawn = stream(seed, "adapter", nameA(layer), step, head).fillNormal(new Float32Array(rank * into))
    const { q } = orthogonal(Float64Array.from(drawn), rank, into)
    const size = Math.sqrt(into / rank)
    for (const [at, value] of q.entries()) values[head * rank * into + at] = size * value
  }
  return values
}

export const adapt = (method: Lte): Adaptation => {
  const { alpha, dropout, heads, rank, resetAtMerge, targets } = method
  const scale = alpha / rank
  const hasAdapter = targeted(targets)
  const base = pairs({ ...method, rank: heads * rank, initA: undefined })
  const tensors = (shape: ModelShape): ReadonlyArray<Trainable> =>
    base.tensors(shape).flatMap((tensor) =>
      /\.[AB]$/.test(tensor.name) && !resetAtMerge
        ? [tensor, { ...tensor, name: merged(tensor.name), trained: false }]
        : [tensor]
    )

  /** s·B(m ⊙ A x), m being 1 at the row's own head. */
  const outer = (graph: Graph, x: Node, a: Node, b: Node, { mask }: Inputs): Node => {
    const inner = graph.matmul(x, a, { transposeB: true }) // (N, H·R)
    const own = heads === 1 ? inner : graph.mul(inner, mask(headsMask, inner.shape))
    return graph.matmul(own, b, { transposeB: true, alpha: scale / (1 - dropout) })
  }

  return {
    ...base,
    tensors,
    masks: (shape) => [
      ...base.masks(shape),
      ...(heads === 1 ? [] : [{
        name: headsMask,
        width: heads * rank,
        fill: (out: Uint8Array, _step: number, microBatch: number, length: number) => {
          const ofRow = length * heads * rank
          const first = microBatch * out.length / ofRow
          for (let at = 0; at < out.length; at++) {
            const head = (first + Math.floor(at / ofRow)) % heads
            out[at] = Math.floor(at / rank) % heads === head ? 1 : 0
          }
        }
      }])
    ],
    linear: (graph, layer, x, inputs) => {
      const { name } = layer
      const { mask, tensor } = inputs
      const frozen = graph.matmul(x, tensor(name), { transposeB: true }) // (N, out)
      if (!hasAdapter(layer)) return frozen
      const kept = dropout === 0 ? x : graph.mul(x, mask(`${name}.dropout`, x.shape)) // (N, in)
      const now = graph.add(frozen, outer(graph, kept, tensor(nameA(name)), tensor(nameB(name)), inputs))
      if (resetAtMerge) return now
      const [oldA, oldB] = [tensor(merged(nameA(name))), tensor(merged(nameB(name)))]
      return graph.sub(now, outer(graph, kept, oldA, oldB, inputs))
    },
    attach: (state, shape) => {
      const made = fit(state, tensors(shape), ({ name, shape: of }) => {
        if (!/\.[AB](\.merged)?$/.test(name)) return undefined
        return name.endsWith(".A") ? drawHeads(method, name.slice(0, -2), of[1]!, 0) : new Float32Array(elements(of))
      }, method)
      return made ? "attach" : undefined
    },
    events: {
      /** Moments and counters are kept; zeroed where heads begin anew. */
      merge: (state, step) => {
        for (const layer of layersOf(state)) {
          const [a, b] = pairOf(state, layer)!
          tensorOf(state, layer).values = Float32Array.from(parts(method, state, layer).effective!)
          if (resetAtMerge) {
            a.values = drawHeads(method, layer, a.shape[1]!, step)
            b.values = new Float32Array(b.values.length)
            for (const factor of [a, b]) delete factor.moments
          } else {
            tensorOf(state, merged(nameA(layer))).values = a.values.slice()
            tensorOf(state, merged(nameB(layer))).values = b.values.slice()
          }
        }
      }
    },
    parts: (state, name) => parts(method, state, name),
    // The loss is the mean of all rows, of which a head has one in H.
    update: ({ gradients, learningRate, name, optimizer, state }) => {
      if (heads === 1 || !/\.[AB]$/.test(name)) return undefined
      const gradient = gradients.get(name)!.map((g) => heads * g)
      return adamw(tensorOf(state, name), gradient, learningRate, optimizer)
    }
  }
}
