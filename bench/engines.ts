/**
 * Whole optimizer steps on each engine that works here, in turns, one thread each: npx node bench/engines.ts [rounds] [width]
 * Names of engines may follow; default: onnx:cpu and tensorflow.
 */
import { adaptation } from "../model/method.ts"
import { initialise, parameters } from "../model/parameters.ts"
import type { TrainingState } from "../model/state.ts"
import { type Trainer, trainer } from "../model/trainer.ts"
import { type Method, ModelShape } from "../schemas/model.ts"
import { prove } from "../tensor/prove.ts"
import { stream } from "../tensor/random.ts"

const [rounds = "5", width = "96", ...names] = process.argv.slice(2)
const engines = names.length > 0 ? names : ["onnx:cpu", "tensorflow"]
const [batchSize, sequenceLength] = [4, 256]
const shape = ModelShape.parse({
  layers: 12,
  heads: 12,
  kvHeads: 4,
  vocabulary: 4096,
  width: Number(width),
  hidden: 4 * Number(width)
})
const method: Method = { kind: "full-rank" }
const optimizer = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 }
const numbers = stream(1, "bench")
const batch = Int32Array.from({ length: batchSize * (sequenceLength + 1) }, () => numbers.below(shape.vocabulary))

interface Contender {
  readonly name: string
  readonly training: Trainer
  readonly state: TrainingState
  readonly seconds: Array<number>
  readonly losses: Array<number>
}

const contenders: Array<Contender> = []
for (const engine of engines) {
  console.log(await prove(engine))
  const weights = initialise(shape, 1)
  const state: TrainingState = new Map(
    parameters(shape).map(({ name, shape: of }) => [name, { shape: of, values: weights.get(name)! }])
  )
  const training = await trainer({
    shape,
    adaptation: adaptation(method),
    optimizer,
    batchSize,
    sequenceLength,
    engine,
    threads: 1
  })
  contenders.push({ name: engine, training, state, seconds: [], losses: [] })
}
for (let round = 1; round <= Number(rounds); round++) {
  for (const { losses, seconds, state, training } of contenders) {
    const start = performance.now()
    const { loss } = await training.step(state, batch, round, 3e-4)
    seconds.push((performance.now() - start) / 1000)
    losses.push(loss)
  }
}
for (const { losses, name, seconds, training } of contenders) {
  await training.dispose()
  const best = Math.min(...seconds)
  console.log(
    `${name.padEnd(11)} ${(best * 1000).toFixed(0).padStart(6)} ms a step, ` +
      `${(batchSize * sequenceLength / best).toFixed(0).padStart(6)} tokens/s, ` +
      `${(best / Math.min(...contenders[0]!.seconds)).toFixed(2)} times ${contenders[0]!.name}; last loss ${
        losses.at(-1)!.toFixed(5)
      }`
  )
}
console.log(`peak memory of the process ${(process.resourceUsage().maxRSS / 1e6).toFixed(2)} GB`)
