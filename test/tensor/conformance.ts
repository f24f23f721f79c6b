/** What every engine must do as the reference does: every operation, chains of them, and a whole training run. */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { adaptation } from "../../model/method.ts"
import { trainer } from "../../model/trainer.ts"
import type { AdamW } from "../../schemas/model.ts"
import { stream } from "../../tensor/random.ts"
import { initialState, relora } from "../model/methods.ts"
import { micro } from "../model/shapes.ts"
import { agree, withGradients } from "./agreement.ts"
import { operations, steps, Trial } from "./operations.ts"
import { attempt } from "./present.ts"

/** Losses and gradient norms of a ReLoRA run of eight steps with two merges, dropout and micro-batches. */
const reloraRun = async (engine: string) => {
  const [batchSize, sequenceLength] = [4, 12]
  const adapted = adaptation(relora({ dropout: 0.2 }))
  const state = initialState(micro, relora({ dropout: 0.2 }))
  const optimizer: AdamW = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 }
  const training = await trainer({
    shape: micro,
    adaptation: adapted,
    optimizer,
    batchSize,
    microBatch: 2,
    sequenceLength,
    engine,
    threads: 1
  })
  const numbers = stream(3, "batches")
  const figures: Array<{ readonly loss: number; readonly gradientNorm: number }> = []
  for (let step = 1; step <= 8; step++) {
    const rows = Int32Array.from({ length: batchSize * (sequenceLength + 1) }, () => numbers.below(micro.vocabulary))
    figures.push(await training.step(state, rows, step, 0.01))
    if (step === 3 || step === 6) adapted.events["merge"]!(state, step)
  }
  await training.dispose()
  return { figures, state }
}

/** Defines the tests of one engine, so many trials each; of an absent one a skipped test that says why. */
export const conforms = async (name: string, trials = { operation: 8, chains: 60 }): Promise<void> => {
  const { engine, reason } = await attempt(name)
  if (!engine) {
    console.warn(`engine ${name} is not tested: ${reason}`)
    describe(name, () => it.skip(`is not tested: ${reason}`, () => {}))
    return
  }

  describe(`${name} agrees with the reference`, () => {
    it.each(operations)("on %s and its gradients", async (operation) => {
      await fc.assert(
        fc.asyncProperty(fc.gen(), async (choose) => {
          const trial = Trial.of(choose)
          await agree(engine, trial, withGradients(trial, steps[operation](trial, trial.tensor(trial.shape()))))
        }),
        { seed: 4, numRuns: trials.operation }
      )
    })

    it("on random chains of operations and their gradients", async () => {
      // A tie that one precision sees and the other does not would be a difference, so these two stay out.
      const chainable = operations.filter((operation) => operation !== "reduceMax" && operation !== "equal")
      await fc.assert(
        fc.asyncProperty(fc.gen(), async (choose) => {
          const trial = Trial.of(choose)
          const pool = [trial.tensor(trial.shape())]
          for (let length = trial.integer(3, 10); length > 0; length--) {
            const next = steps[trial.pick(chainable)](trial, trial.pick(pool.slice(-2)))
            pool.push(next.shape.length === 0 ? trial.graph.reshape(next, [1]) : next)
          }
          await agree(engine, trial, withGradients(trial, pool.at(-1)!))
        }),
        { seed: 5, numRuns: trials.chains }
      )
    }, 120_000)

    it("on a ReLoRA run through two merges", async () => {
      const [exact, found] = [await reloraRun("reference"), await reloraRun(name)]
      for (const [index, { gradientNorm, loss }] of exact.figures.entries()) {
        const own = found.figures[index]!
        expect(Math.abs(own.loss / loss - 1), `loss of step ${index + 1}`).toBeLessThan(1e-5)
        expect(Math.abs(own.gradientNorm / gradientNorm - 1), `gradient of step ${index + 1}`).toBeLessThan(1e-4)
      }
      // AdamW's update has the gradient's sign where moments are young, so an entry may differ by an update; few do.
      for (const [tensor, { values }] of exact.state) {
        const own = found.state.get(tensor)!.values
        const apart = values.reduce((count, value, at) => count + Number(Math.abs(value - own[at]!) > 1e-4), 0)
        expect(apart / values.length, tensor).toBeLessThan(0.01)
      }
    })
  })
}
