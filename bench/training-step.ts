/**
 * Times optimizer steps of this project's trainer: the other half of bench/training.ts, in a process of its own so that its peak of
 * memory is its own. One JSON object as argument (see `Cell`); then a number of steps a line on standard input, each answered by
 * a line of JSON (see `Answer`).
 */
import { createInterface } from "node:readline"
import { adaptation } from "../model/method.ts"
import { initialise, parameters } from "../model/parameters.ts"
import type { TrainingState } from "../model/state.ts"
import { trainer } from "../model/trainer.ts"
import type { Method, ModelShape } from "../schemas/model.ts"
import type { Engine } from "../tensor/engine.ts"
import { engine } from "../tensor/engines.ts"
import { stream } from "../tensor/random.ts"

/** What is timed. */
export interface Cell {
  readonly shape: ModelShape
  readonly method: Method
  readonly batchSize: number
  readonly sequenceLength: number
  readonly threads: number
}

/** What some steps took. */
export interface Answer {
  readonly milliseconds: ReadonlyArray<number>
  /** Processor time of all steps, of all threads, ms: what a busy machine leaves nearly alone. */
  readonly processor: number
  /** Loss of the last step. */
  readonly loss: number
  /** Share of the steps' time spent outside the engine, where it is known. */
  readonly outside?: number
  /** Largest resident memory of the process so far, bytes. */
  readonly memory: number
}

const { batchSize, method, sequenceLength, shape, threads } = JSON.parse(process.argv[2]!) as Cell
const adapted = adaptation(method)
const numbers = stream(1, "bench")
const batch = Int32Array.from({ length: batchSize * (sequenceLength + 1) }, () => numbers.below(shape.vocabulary))
const optimizer = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 }
/** Time spent in the engine so far, ms. */
let inEngine = 0
const onnx = await engine("onnx")
const timed: Engine = {
  ...onnx,
  compile: async (...given) => {
    const program = await onnx.compile(...given)
    return {
      ...program,
      run: async (...feeds) => {
        const start = performance.now()
        try {
          return await program.run(...feeds)
        } finally {
          inEngine += performance.now() - start
        }
      }
    }
  }
}

const training = await trainer({
  shape,
  adaptation: adapted,
  optimizer,
  batchSize,
  sequenceLength,
  engine: timed,
  threads
})
const weights = initialise(shape, 1)
const state: TrainingState = new Map(
  parameters(shape).map(({ name, shape: of }) => {
    const values = training.place(name, "values") ?? new Float32Array(weights.get(name)!.length)
    values.set(weights.get(name)!)
    return [name, { shape: of, values }]
  })
)
weights.clear()
adapted.attach(state, shape)
let step = 0
for await (const line of createInterface({ input: process.stdin })) {
  const milliseconds: Array<number> = []
  let loss = Number.NaN
  const before = process.cpuUsage()
  inEngine = 0
  for (let count = Number(line); count > 0; count--) {
    const start = performance.now()
    const result = await training.step(state, batch, ++step, 3e-4)
    milliseconds.push(performance.now() - start)
    loss = result.loss
  }
  const total = milliseconds.reduce((sum, value) => sum + value, 0)
  const { system, user } = process.cpuUsage(before)
  const answer: Answer = {
    milliseconds,
    processor: (system + user) / 1000,
    loss,
    outside: 1 - inEngine / total,
    memory: process.resourceUsage().maxRSS * 1024
  }
  console.log(JSON.stringify(answer))
}
await training.dispose()
