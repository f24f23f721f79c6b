/** A program: makes two steps of a training that its argument describes, and prints the largest resident set, bytes. */
import { adaptation } from "../../model/method.ts"
import { trainer } from "../../model/trainer.ts"
import type { Method, ModelShape } from "../../schemas/model.ts"
import { stream } from "../../tensor/random.ts"
import { initialState } from "../model/methods.ts"

const { batchSize, method, model, sequenceLength } = JSON.parse(process.argv.at(-1)!) as {
  readonly model: ModelShape
  readonly method: Method
  readonly batchSize: number
  readonly sequenceLength: number
}
const numbers = stream(1, "memory")
const rows = Int32Array.from({ length: batchSize * (sequenceLength + 1) }, () => numbers.below(model.vocabulary))
const state = initialState(model, method)
const training = await trainer({
  shape: model,
  adaptation: adaptation(method),
  optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
  batchSize,
  sequenceLength,
  engine: "onnx",
  threads: 1
})
for (const step of [1, 2]) await training.step(state, rows, step, 1e-4)
await training.dispose()
console.log(process.resourceUsage().maxRSS * 1024)
