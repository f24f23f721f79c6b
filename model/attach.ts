/** Fitting a state to the tensors of a method. */
import type { Trainable } from "./adaptation.ts"
import { elements } from "./parameters.ts"
import { tensorOf, type TrainingState } from "./state.ts"

/**
 * Leaves in the state the tensors listed, in their order: those it has as they are, those it lacks by their first values,
 * which may look at the state as it was. Frozen ones lose their moments. Says whether some were made.
 *
 * @throws where the state lacks a tensor without first values, or holds one that is not listed and may not be `dropped`
 */
export const fit = (
  state: TrainingState,
  tensors: ReadonlyArray<Trainable>,
  first: (tensor: Trainable, before: TrainingState) => Float32Array | undefined,
  { dropped = () => false, method }: { readonly dropped?: (name: string) => boolean; readonly method: string }
): boolean => {
  const before: TrainingState = new Map(state)
  let made = false
  state.clear()
  for (const declared of tensors) {
    const { name, shape, trained } = declared
    let tensor = before.get(name)
    if (!tensor) {
      const values = first(declared, before)
      if (values === undefined) tensorOf(before, name)
      if (values?.length !== elements(shape)) {
        throw new Error(`${name}: ${values?.length} first values for ${elements(shape)}`)
      }
      tensor = { shape, values }
      made = true
    }
    if (!trained) delete tensor.moments
    state.set(name, tensor)
  }
  const surplus = [...before.keys()].find((name) => !state.has(name) && !dropped(name))
  if (surplus !== undefined) {
    throw new Error(`${method} training of a state that holds ${surplus}: merge adapters first`)
  }
  return made
}
