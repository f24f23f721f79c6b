/** Full-rank training: every tensor of the model is trained as it is. */
import type { Adaptation } from "../adaptation.ts"
import { parameters } from "../parameters.ts"
import { tensorOf } from "../state.ts"

export const fullRank: Adaptation = {
  tensors: (shape) => parameters(shape).map((parameter) => ({ ...parameter, trained: true })),
  masks: () => [],
  // y = x Wᵀ
  linear: (graph, { name }, x, { tensor }) => graph.matmul(x, tensor(name), { transposeB: true }),
  attach: (state, shape) => {
    const before = new Map(state)
    state.clear()
    for (const { name } of parameters(shape)) state.set(name, tensorOf(before, name))
    const surplus = [...before.keys()].find((name) => !state.has(name))
    if (surplus !== undefined) {
      throw new Error(`full-rank training of a state that holds ${surplus}: merge adapters first`)
    }
    return false
  },
  merge: (_, step) => {
    throw new Error(`step ${step}: full-rank training has nothing to merge; leave merges empty`)
  }
}
