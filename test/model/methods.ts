import type { WeightParts } from "../../model/adaptation.ts"
import { adaptation } from "../../model/method.ts"
import { initialise, parameters } from "../../model/parameters.ts"
import type { TrainingState } from "../../model/state.ts"
import type { Method, ModelShape } from "../../schemas/model.ts"

/** ReLoRA as described, of rank 2, with some settings changed. */
export const relora = (
  settings: Partial<Extract<Method, { kind: "relora" }>> = {}
): Extract<Method, { kind: "relora" }> => ({
  kind: "relora",
  rank: 2,
  alpha: 4,
  dropout: 0,
  targets: ["attention", "swiglu"],
  initA: "kaiming",
  mergeScale: "alpha/rank",
  reinitEffective: true,
  optimizerPrune: 0.999,
  seed: 7,
  ...settings
})

/** Weights as drawn, without adapters and moments. */
export const bareState = (shape: ModelShape, seed = 1): TrainingState => {
  const weights = initialise(shape, seed)
  return new Map(parameters(shape).map(({ name, shape: of }) => [name, { shape: of, values: weights.get(name)! }]))
}

/** The state from which a method trains. */
export const initialState = (shape: ModelShape, method: Method, seed = 1): TrainingState => {
  const state = bareState(shape, seed)
  adaptation(method).attach(state, shape)
  return state
}

/** A layer's parts, where it has an effective weight. */
export const weightOf = (method: Method, state: TrainingState, layer: string): WeightParts => {
  const parts = adaptation(method).parts(state, layer)
  if (!parts.effective) throw new Error(`${layer} has no effective weight`)
  return parts
}
