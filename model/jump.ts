/** How far an event moves the weights by which a model multiplies. */
import type { ModelShape } from "../schemas/model.ts"
import type { Adaptation } from "./adaptation.ts"
import { isLinear, parameters } from "./parameters.ts"
import type { TrainingState } from "./state.ts"

/** Where a layer has no effective weight, there is nothing to compare. */
const none = new Float32Array([Number.NaN])

/**
 * ‖W_after − W_before‖_F / ‖W_before‖_F, where W is the effective matrices of all linear layers of the blocks together: 0 for
 * an event that keeps the function, up to rounding. NaN where a layer has no effective weight before the event or after it.
 */
export const jumpOf = <A>(
  state: TrainingState,
  shape: ModelShape,
  parts: Adaptation["parts"],
  event: () => A
): { readonly jump: number; readonly result: A } => {
  const layers = parameters(shape).filter(isLinear).filter(({ name }) => name.startsWith("layers."))
  const before = layers.map(({ name }) => parts(state, name).effective?.slice() ?? none)
  const result = event()
  let [change, size] = [0, 0]
  for (const [at, { name }] of layers.entries()) {
    const were = before[at]!, are = parts(state, name).effective ?? none
    for (let i = 0; i < were.length; i++) {
      change += (are[i]! - were[i]!) ** 2
      size += were[i]! ** 2
    }
  }
  return { result, jump: Math.sqrt(change) / Math.sqrt(size) }
}
