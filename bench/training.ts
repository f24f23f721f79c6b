/**
 * Speed of whole optimizer steps at the study's two shapes with a vocabulary of 4,096, as a share of the fastest matrix
 * product of the same run. Run as a program: node bench/training.ts [threads] [steps] [shape…]
 */
import { adaptation } from "../model/method.ts"
import { count, initialise, parameters } from "../model/parameters.ts"
import type { TrainingState } from "../model/state.ts"
import { trainer } from "../model/trainer.ts"
import { type Method, ModelShape } from "../schemas/model.ts"
import { stream } from "../tensor/random.ts"
import { matmulPeak } from "./matmul-peak.ts"

const batchSize = 4
const sequenceLength = 256

const common = { layers: 12, heads: 12, kvHeads: 4, vocabulary: 4096 }
const shapes: Record<string, ModelShape> = {
  tiny: ModelShape.parse({ ...common, width: 96, hidden: 384 }),
  small: ModelShape.parse({ ...common, width: 384, hidden: 1536 })
}

const methods: Record<string, Method> = {
  "full-rank": { kind: "full-rank" },
  relora: {
    kind: "relora",
    rank: 16,
    alpha: 32,
    dropout: 0.1,
    targets: ["attention", "swiglu"],
    initA: "kaiming",
    mergeScale: "alpha/rank",
    reinitEffective: true,
    optimizerPrune: 0.999,
    seed: 1
  }
}

/**
 * Useful operations of one full-rank step: 6 a parameter that multiplies and a token, and the half of attention below
 * the diagonal, forward and twice backward.
 */
export const stepFlops = (shape: ModelShape): number => {
  const tokens = batchSize * sequenceLength
  const multiplying = count(parameters(shape).filter(({ kind }) => kind === "linear"))
  return 6 * multiplying * tokens + 6 * shape.layers * shape.width * sequenceLength * tokens
}

export interface TrainingRate {
  readonly tokensPerSecond: number
  readonly gigaflops: number
  /** Best time of a step, ms. */
  readonly milliseconds: number
}

/** Best of some steps of one model and method. */
export const trainingRate = async (
  shape: ModelShape,
  method: Method,
  { steps, threads }: { readonly steps: number; readonly threads: number }
): Promise<TrainingRate> => {
  const adapted = adaptation(method)
  const weights = initialise(shape, 1)
  const state: TrainingState = new Map(
    parameters(shape).map(({ name, shape: of }) => [name, { shape: of, values: weights.get(name)! }])
  )
  adapted.attach(state, shape)
  const numbers = stream(1, "bench")
  const batch = Int32Array.from({ length: batchSize * (sequenceLength + 1) }, () => numbers.below(shape.vocabulary))
  const optimizer = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 }
  const training = await trainer({
    shape,
    adaptation: adapted,
    optimizer,
    batchSize,
    sequenceLength,
    engine: "onnx",
    threads
  })
  let best = Infinity
  for (let step = 1; step <= steps; step++) {
    const start = performance.now()
    await training.step(state, batch, step, 3e-4)
    best = Math.min(best, performance.now() - start)
  }
  await training.dispose()
  return {
    milliseconds: best,
    tokensPerSecond: batchSize * sequenceLength / best * 1000,
    gigaflops: stepFlops(shape) / best / 1e6
  }
}

if (import.meta.main) {
  const threads = Number(process.argv[2] ?? 1)
  const steps = Number(process.argv[3] ?? 8)
  const wanted = process.argv.length > 4 ? process.argv.slice(4) : Object.keys(shapes)
  const peak = await matmulPeak({ threads })
  console.log(`peak ${peak.gigaflops.toFixed(1)} GFLOP/s (${peak.shape.join(" × ")}) on ${threads} threads`)
  for (const size of wanted) {
    for (const [name, method] of Object.entries(methods)) {
      const rate = await trainingRate(shapes[size]!, method, { steps, threads })
      // Frozen matrices need no gradient of their own, so a ReLoRA step does less than the operations counted.
      const share = name === "full-rank" ? ` ${(100 * rate.gigaflops / peak.gigaflops).toFixed(0)} % of peak` : ""
      console.log(
        `${size.padEnd(6)} ${name.padEnd(10)} ${rate.milliseconds.toFixed(0).padStart(6)} ms a step ` +
          `${rate.tokensPerSecond.toFixed(0).padStart(6)} tokens/s${share}`
      )
    }
  }
}
