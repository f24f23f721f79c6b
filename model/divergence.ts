/** Signs that a training has diverged, told at the step where they first show. */
import type { TrainingState } from "./state.ts"

/**
 * Norm of all gradients above which they have exploded. In trainings that learn it is of the order of 1, and AdamW does not
 * even feel the difference; a norm so large means that weights have grown until their products nearly overflow.
 */
export const explodingNorm = 1e6

/** A training whose numbers have left the range in which they mean something. */
export class Diverged extends Error {
  override readonly name = "Diverged"

  constructor(step: number, what: string, learningRate: number) {
    super(
      `step ${step}: ${what}. Training diverged (the rate of this step is ${learningRate}): lower the arm's learningRate ` +
        "or training.learningRate, or lengthen its schedule's warmupSteps. Checkpoints before this step are kept"
    )
  }
}

/** @throws {Diverged} when the loss is no number */
export const checkLoss = (loss: number, step: number, learningRate: number): void => {
  if (!Number.isFinite(loss)) throw new Diverged(step, `the loss is ${loss}`, learningRate)
}

/** @throws {Diverged} when the norm of all gradients is no number, or beyond `explodingNorm` */
export const checkGradient = (norm: number, step: number, learningRate: number): void => {
  if (norm <= explodingNorm) return
  const what = Number.isFinite(norm)
    ? `gradients explode: their norm is ${norm.toPrecision(3)}, above ${explodingNorm}`
    : `gradients are no numbers: their norm is ${norm}`
  throw new Diverged(step, what, learningRate)
}

const firstOdd = (values: Float32Array): number => values.findIndex((value) => !Number.isFinite(value))

/** @throws {Diverged} when a weight or a moment is no finite number: such a state must not become a checkpoint */
export const checkState = (state: TrainingState, step: number, learningRate: number): void => {
  for (const [name, { moments, values }] of state) {
    for (
      const [what, array] of [
        [name, values],
        [`${name}.exp_avg`, moments?.expAvg],
        [`${name}.exp_avg_sq`, moments?.expAvgSq]
      ] as const
    ) {
      if (!array) continue
      const at = firstOdd(array)
      if (at >= 0) throw new Diverged(step, `${what} holds ${array[at]} after its update`, learningRate)
    }
  }
}
