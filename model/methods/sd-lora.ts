/**
 * SD-LoRA (arXiv 2501.13198; code WuYichen-97/SD-Lora-CL): LoRA in stages. Each leaves its pair behind, normalised and frozen; its
 * magnitude is trained on beside the pair of the stage.
 *
 *     y = x Wᵀ + Σ_{i<t} α_i B̂_i(Â_i x) + α_t B_t(A_t x),  B̂_i Â_i = B_i A_i / n_i
 *
 * n is ‖B·A‖_F, ‖B‖_F·‖A‖_F as the official code has it, or 1. When a stage ends α_t becomes α_t·n_t, so that the weight stays
 * what it was; or, as published, all magnitudes begin anew, and it jumps. A zero pair is left as it is. The current pair is never
 * normalised (as in the official code; B begins at zero). Magnitudes are not decayed. Moments and counters of pair and magnitudes
 * begin anew with each stage.
 */
import type { Method } from "../../schemas/model.ts"
import type { Arm } from "../../schemas/study.ts"
import type { Adaptation, Parts } from "../adaptation.ts"
import { fit } from "../attach.ts"
import { tensorOf, type TrainingState } from "../state.ts"
import { adamw } from "../update.ts"
import { plusProduct } from "./adapter-product.ts"
import {
  drawA,
  given,
  layersOf,
  nameA,
  nameB,
  pairOf,
  pairTensors,
  perLayer,
  plainParts,
  stacked,
  targeted
} from "./pair.ts"
import { squaresOf } from "./projected-gradient.ts"

type SdLora = Extract<Method, { kind: "sd-lora" }>
type SdLoraArm = Extract<Arm, { method: "sd-lora" }>

const nameMagnitudes = (layer: string) => `${layer}.magnitudes`
/** What a layer's pair of an earlier stage, from 1, is named after. */
const past = (layer: string, stage: number) => `${layer}.${stage}`

/** Steps at which training is cut into segments, since each stage has tensors of its own. */
export const cuts = ({ stageAt }: SdLoraArm): ReadonlyArray<number> => stageAt

/** Ranks of the pairs there are at the update ending at a step. */
export const settingsAt = (whole: SdLora, { ranks, stageAt }: SdLoraArm, step: number): SdLora => {
  const { ranks: all = ranks ?? stageAt.map(() => whole.rank), ...method } = whole
  const ended = stageAt.filter((at) => at < step).length
  return ended === 0 ? method : { ...method, ranks: all.slice(0, ended) }
}

/** Factor of the learning rate at scheduler step t: it climbs back after a stage's end. */
export const rateFactor = ({ rewarmSteps, stageAt }: SdLoraArm, t: number): number => {
  const since = t - (stageAt.findLast((at) => at <= t) ?? -Infinity)
  return since < rewarmSteps ? since / rewarmSteps : 1
}

/** W + Σ α_i B_i A_i; the pair is that of all stages, with magnitudes in B. */
export const parts = (_shown: unknown, state: TrainingState, name: string): Parts => {
  const current = pairOf(state, name)
  if (!current) return plainParts(state, name)
  const { shape, values } = tensorOf(state, name)
  const magnitudes = tensorOf(state, nameMagnitudes(name)).values
  const all = Array.from(
    magnitudes,
    (_, i) => i + 1 < magnitudes.length ? pairOf(state, past(name, i + 1))! : current
  )
  const pair = stacked(all, magnitudes)
  return { shape, effective: plusProduct(values, ...pair, 1), base: values, pair }
}

export const adapt = (method: SdLora): Adaptation => {
  const { atStage, initA, magnitude, magnitudes, norm, rank, seed, targets } = method
  const isTarget = targeted(targets)
  const ranks = [rank, ...method.ranks ?? []]
  const stages = ranks.length
  const tensors = perLayer(targets, (layer) => [
    { ...layer, trained: false },
    ...ranks.slice(0, -1).flatMap((own, i) => pairTensors({ ...layer, name: past(layer.name, i + 1) }, own, false)),
    ...pairTensors(layer, ranks.at(-1)!),
    { name: nameMagnitudes(layer.name), kind: "linear", shape: [stages], trained: true }
  ])

  /** Leaves the pair of a stage behind, and makes room for the next one's. */
  const end = (state: TrainingState, layer: string): void => {
    const [a, b] = pairOf(state, layer)!
    const before = tensorOf(state, nameMagnitudes(layer)).values
    const sizes = [a, b].map(({ values }) => Math.sqrt(squaresOf(values))) as [number, number]
    const whole = norm === "product"
      ? Math.sqrt(squaresOf(plusProduct(undefined, a, b, 1)))
      : norm === "separate"
      ? sizes[0] * sizes[1]
      : 1
    const size = whole === 0 ? 1 : whole
    // Each factor takes the share that makes both equally large.
    const share = (own: number, other: number) => norm === "none" || whole === 0 ? 1 : Math.sqrt(size * own / other)
    const [ofA, ofB] = [share(sizes[0], sizes[1]), share(sizes[1], sizes[0])]
    const stage = before.length
    state.set(nameA(past(layer, stage)), { shape: a.shape, values: a.values.map((value) => value / ofA) })
    state.set(nameB(past(layer, stage)), { shape: b.shape, values: b.values.map((value) => value / ofB) })
    const after = new Float32Array(stage + 1).fill(magnitude)
    if (atStage === "continue") {
      after.set(before)
      after[stage - 1] = before[stage - 1]! * size
    }
    state.set(nameMagnitudes(layer), { shape: [stage + 1], values: after })
    state.delete(nameA(layer))
    state.delete(nameB(layer))
  }

  return {
    tensors,
    masks: () => [],
    linear: (graph, layer, x, { tensor }) => {
      const { name } = layer
      const frozen = graph.matmul(x, tensor(name), { transposeB: true }) // (N, out)
      if (!isTarget(layer)) return frozen
      const owners = ranks.map((_, i) => i + 1 < stages ? past(name, i + 1) : name)
      const join = (names: ReadonlyArray<string>, axis: number) =>
        stages === 1 ? tensor(names[0]!) : graph.concat(names.map(tensor), axis)
      const [a, b] = [join(owners.map(nameA), 0), join(owners.map(nameB), 1)] // (R, in), (out, R) of all stages
      // Which stage each direction is of, (stages, R)
      const stageOf = ranks.flatMap((own, i) => Array.from({ length: own }, () => i))
      const belongs = Float32Array.from(
        { length: stages * stageOf.length },
        (_, at) => stageOf[at % stageOf.length] === Math.floor(at / stageOf.length) ? 1 : 0
      )
      const each = graph.matmul(
        graph.reshape(tensor(nameMagnitudes(name)), [1, stages]),
        graph.constant(belongs, [stages, stageOf.length])
      ) // (1, R)
      const inner = graph.mul(graph.matmul(x, a, { transposeB: true }), each) // (N, R)
      return graph.add(frozen, graph.matmul(inner, b, { transposeB: true }))
    },
    attach: (state, shape) => {
      const behind = layersOf(state).filter((layer) => tensorOf(state, nameMagnitudes(layer)).shape[0] === stages - 1)
      for (const layer of behind) end(state, layer)
      const made = fit(state, tensors(shape), ({ name, shape: of }) => {
        if (name.endsWith(".magnitudes")) return new Float32Array(of[0]!).fill(magnitude)
        const layer = /^(.*)\.[AB]$/.exec(name)?.[1]
        // Pairs of earlier stages are not made of nothing.
        if (layer === undefined || /\.\d+$/.test(layer)) return undefined
        return given(initA, "initA", "adapters are attached") === "kaiming" && name === nameA(layer)
          ? drawA(seed, layer, of[0]!, of[1]!, stages - 1)
          : new Float32Array(of[0]! * of[1]!)
      }, method)
      return behind.length > 0 ? "stage" : made ? "attach" : undefined
    },
    events: {},
    parts: (state, name) => parts(undefined, state, name),
    update: ({ gradients, learningRate, name, optimizer, state }) => {
      if (!name.endsWith(".magnitudes")) return undefined
      const own = gradients.get(name)!
      let gradient = own
      if (magnitudes === "shared") {
        // All layers' magnitudes are one: each takes the same step, by the gradient of them all.
        gradient = new Float32Array(stages)
        for (const [other, of] of gradients) {
          if (other.endsWith(".magnitudes")) of.forEach((value, i) => gradient[i]! += value)
        }
      }
      adamw(tensorOf(state, name), gradient, learningRate, { ...optimizer, weightDecay: 0 })
      return squaresOf(own)
    }
  }
}
