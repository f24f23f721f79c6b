/** A few steps of a method on a small model. */
import { createHash } from "node:crypto"
import { adaptation } from "../../../model/method.ts"
import { toTensors, type TrainingState } from "../../../model/state.ts"
import { trainer } from "../../../model/trainer.ts"
import type { Method, ModelShape } from "../../../schemas/model.ts"
import { stream } from "../../../tensor/random.ts"
import { initialState } from "../methods.ts"
import { micro } from "../shapes.ts"

const batchSize = 4, sequenceLength = 16
const numbers = stream(11, "batch")
const batch = Int32Array.from({ length: batchSize * (sequenceLength + 1) }, () => numbers.below(micro.vocabulary))

export const optimizer = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 }

/** Trains on one batch; events come after the updates that are listed. */
export const train = async (
  method: Method,
  {
    engine = "onnx",
    events = {},
    first = 0,
    last,
    microBatch = batchSize,
    rate = 0.02,
    shape = micro,
    state = initialState(shape, method),
    threads = 1,
    weightDecay = optimizer.weightDecay
  }: {
    readonly engine?: string
    readonly events?: Readonly<Record<number, string>>
    readonly first?: number
    readonly last: number
    readonly microBatch?: number
    readonly rate?: number
    readonly shape?: ModelShape
    readonly state?: TrainingState
    readonly threads?: number
    readonly weightDecay?: number
  }
) => {
  const adapted = adaptation(method)
  const training = await trainer({
    shape,
    adaptation: adapted,
    optimizer: { ...optimizer, weightDecay },
    batchSize,
    microBatch,
    sequenceLength,
    engine,
    threads
  })
  const losses: Array<number> = []
  try {
    for (let step = first + 1; step <= last; step++) {
      losses.push((await training.step(state, batch, step, rate)).loss)
      const event = events[step]
      if (event !== undefined) adapted.events[event]!(state, step)
    }
  } finally {
    await training.dispose()
  }
  return { losses, state }
}

/** All bits of a state, with the names of its rows. */
export const digest = (state: TrainingState): string => {
  const hash = createHash("sha256")
  const { data, name, shape } = toTensors(state)
  for (const [row, bytes] of data.entries()) hash.update(`${name[row]} ${shape[row]}\n`).update(bytes)
  return hash.digest("hex")
}
