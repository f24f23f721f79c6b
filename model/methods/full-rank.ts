/** Full-rank training: every tensor of the model is trained as it is, y = x Wᵀ. */
import type { Adaptation, Parts } from "../adaptation.ts"
import { fit } from "../attach.ts"
import { parameters } from "../parameters.ts"
import { tensorOf, type TrainingState } from "../state.ts"

export const parts = (_: unknown, state: TrainingState, name: string): Parts => {
  const { shape, values } = tensorOf(state, name)
  if (state.has(`${name}.A`)) throw new Error(`${name} carries an adapter, but the method is full-rank`)
  return { shape, effective: values }
}

/** Takes no settings; callers that know any method give it theirs. */
export const adapt = (_method?: unknown): Adaptation => {
  const tensors: Adaptation["tensors"] = (shape) =>
    parameters(shape).map((parameter) => ({ ...parameter, trained: true }))
  return {
    tensors,
    masks: () => [],
    linear: (graph, { name }, x, { tensor }) => graph.matmul(x, tensor(name), { transposeB: true }),
    attach: (state, shape) => void fit(state, tensors(shape), () => undefined, { method: "full-rank" }),
    events: {},
    parts: (state, name) => parts(undefined, state, name)
  }
}
