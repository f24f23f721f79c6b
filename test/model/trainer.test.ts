import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import type { Adaptation } from "../../model/adaptation.ts"
import { adaptation } from "../../model/method.ts"
import { scorer } from "../../model/score.ts"
import { tensorOf, toTensors, type TrainingState } from "../../model/state.ts"
import { microBatchRows, type StepResult, trainer } from "../../model/trainer.ts"
import type { AdamW, Method, ModelShape } from "../../schemas/model.ts"
import type { Engine } from "../../tensor/engine.ts"
import { engine } from "../../tensor/engines.ts"
import { stream } from "../../tensor/random.ts"
import { initialState, relora } from "./methods.ts"
import { micro, tiny } from "./shapes.ts"

const batchSize = 4
const sequenceLength = 16
const numbers = stream(11, "batch")
const batch = Int32Array.from({ length: batchSize * (sequenceLength + 1) }, () => numbers.below(micro.vocabulary))

const optimizer = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 }

/** Trains on one batch, merging after the steps listed. */
const train = async (
  method: Method,
  steps: number,
  options: {
    readonly adapted?: Adaptation
    readonly engine?: string | Engine
    readonly merges?: ReadonlyArray<number>
    readonly microBatch?: number
    readonly optimizer?: AdamW
    readonly rate?: number
    readonly recompute?: boolean
    readonly shape?: ModelShape
    readonly state?: TrainingState
    readonly threads?: number
  } = {}
) => {
  const { merges = [], microBatch = batchSize, rate = 0.02, shape = micro, threads = 1 } = options
  const { adapted = adaptation(method), state = initialState(shape, method) } = options
  const training = await trainer({
    shape,
    adaptation: adapted,
    optimizer: options.optimizer ?? optimizer,
    batchSize,
    microBatch,
    recompute: options.recompute ?? false,
    sequenceLength,
    engine: options.engine ?? "onnx",
    threads
  })
  const results: Array<StepResult> = []
  for (let step = 1; step <= steps; step++) {
    results.push(await training.step(state, batch, step, rate))
    if (merges.includes(step)) adapted.events["merge"]!(state, step)
  }
  await training.dispose()
  return { state, results, losses: results.map(({ loss }) => loss) }
}

/** All bits of a state in one string; comparing a million numbers one by one takes a test runner minutes. */
const digest = (state: TrainingState): string => {
  const hash = createHash("sha256")
  for (const bytes of toTensors(state).data) hash.update(bytes)
  return hash.digest("hex")
}

describe("training", () => {
  it("learns one batch by heart", async () => {
    const { losses } = await train({ kind: "full-rank" }, 40)
    expect(losses[0]).toBeGreaterThan(3)
    expect(losses.at(-1)).toBeLessThan(0.1)
  })

  it("learns with frozen matrices, which stay as they were and carry no moments", async () => {
    const method = relora({ dropout: 0.1 })
    const { losses, state } = await train(method, 30)
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2)
    const frozen = tensorOf(state, "layers.0.attention.k_proj")
    expect(frozen.values).toEqual(tensorOf(initialState(micro, method), "layers.0.attention.k_proj").values)
    expect(frozen.moments).toBeUndefined()
    expect(tensorOf(state, "layers.0.attention.k_proj.A").moments!.step).toBe(30)
  })

  it("has the same bits with one thread and with two", async () => {
    // Wide enough for products to be shared out among threads.
    const shape = { ...tiny, layers: 1, vocabulary: 1024 }
    const one = await train(relora({ dropout: 0.2 }), 3, { shape, threads: 1 })
    const two = await train(relora({ dropout: 0.2 }), 3, { shape, threads: 2 })
    expect(digest(two.state)).toBe(digest(one.state))
    expect(two.results).toEqual(one.results)
  })

  it("has the same bits with an engine that reads no memory shared by threads", async () => {
    const { readsShared: _, ...copying } = await engine("onnx")
    const shape = { ...tiny, layers: 1, vocabulary: 1024 }
    const shared = await train(relora({ dropout: 0.2 }), 3, { shape, threads: 2 })
    const copied = await train(relora({ dropout: 0.2 }), 3, { engine: copying, shape, threads: 2 })
    expect(tensorOf(copied.state, "output_norm").values.buffer).toBeInstanceOf(ArrayBuffer)
    expect(digest(copied.state)).toBe(digest(shared.state))
    expect(copied.results).toEqual(shared.results)
  })

  it("changes no state before what holds it is done", async () => {
    const method: Method = { kind: "full-rank" }
    const training = await trainer({
      shape: micro,
      adaptation: adaptation(method),
      optimizer,
      batchSize,
      sequenceLength,
      engine: "onnx",
      threads: 1
    })
    const state = initialState(micro, method)
    const before = digest(state)
    let release = () => {}
    const held = new Promise<void>((resolve) => release = resolve)
    const stepped = training.step(state, batch, 1, 0.02, held)
    // Long enough for a step of this size; what is seen too early is seen by chance, what is not changed is never seen.
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(digest(state)).toBe(before)
    release()
    await stepped
    expect(digest(state)).not.toBe(before)
    await training.dispose()
  })

  it("of two states in turns leaves each as if it had been trained alone", async () => {
    const method: Method = { kind: "full-rank" }
    const training = await trainer({
      shape: micro,
      adaptation: adaptation(method),
      optimizer,
      batchSize,
      sequenceLength,
      engine: "onnx",
      threads: 1
    })
    const [first, second] = [initialState(micro, method), initialState(micro, method)]
    for (const [state, rate] of [[first, 0.02], [second, 0.01], [first, 0.02], [second, 0.01]] as const) {
      await training.step(state, batch, 1, rate)
    }
    await training.dispose()
    expect(digest(first)).toBe(digest((await train(method, 2)).state))
    expect(digest(second)).toBe(digest((await train(method, 2, { rate: 0.01 })).state))
  })

  it("agrees between engines", async () => {
    const onnx = await train(relora({ dropout: 0.2 }), 2, { rate: 1e-3 })
    const reference = await train(relora({ dropout: 0.2 }), 2, { engine: "reference", rate: 1e-3 })
    for (const [i, loss] of reference.losses.entries()) expect(onnx.losses[i]).toBeCloseTo(loss, 5)
  })

  it("in two micro-batches gives the batch's loss and gradient", async () => {
    const whole = await train({ kind: "full-rank" }, 2, { rate: 1e-3 })
    const halves = await train({ kind: "full-rank" }, 2, { rate: 1e-3, microBatch: 2 })
    for (const [i, { gradientNorm, loss }] of whole.results.entries()) {
      expect(halves.results[i]!.loss).toBeCloseTo(loss, 5)
      expect(halves.results[i]!.gradientNorm).toBeCloseTo(gradientNorm, 5)
    }
  })

  it.each<Method>([{ kind: "full-rank" }, relora({ dropout: 0.2 })])(
    "with activations made anew gives the same state to the last bit ($kind)",
    async (method) => {
      const kept = await train(method, 3)
      const anew = await train(method, 3, { recompute: true })
      expect(anew.results).toEqual(kept.results)
      expect(digest(anew.state)).toBe(digest(kept.state))
    }
  )

  it.each([1, 2, 4])("has the loss of a scorer that predicts each next token (micro-batches of %i)", async (size) => {
    const state = initialState(micro, { kind: "full-rank" })
    const model = scorer(micro, new Map(Array.from(state, ([name, { values }]) => [name, values.slice()])), {
      engine: "onnx",
      threads: 1
    })
    const rowLength = sequenceLength + 1
    const rows = Array.from({ length: batchSize }, (_, row) => batch.slice(row * rowLength, (row + 1) * rowLength))
    const scores = (await model.logProbabilities(rows)).flatMap((row) => [...row])
    await model.dispose()
    const { losses } = await train({ kind: "full-rank" }, 1, { state, microBatch: size })
    expect(losses[0]).toBeCloseTo(-scores.reduce((sum, value) => sum + value, 0) / scores.length, 5)
  })

  it.each<Method>([{ kind: "full-rank" }, relora()])(
    "decays every trained tensor, norms too ($kind)",
    async (method) => {
      const state = movedState(method)
      const before = structuredClone(state)
      // So large an epsilon leaves of an update its decay alone, 1 − 0.1 · 0.5.
      await train(method, 1, { state, rate: 0.1, optimizer: { ...optimizer, epsilon: 1e15, weightDecay: 0.5 } })
      for (const { name, trained } of adaptation(method).tensors(micro)) {
        const factor = trained ? 0.95 : 1
        expect(tensorOf(state, name).values, name).toEqual(
          Float32Array.from(tensorOf(before, name).values, (value) => value * factor)
        )
      }
    }
  )

  it("asks for masks by step and micro-batch, and drops other inputs at the next step", async () => {
    const method = relora({ dropout: 0.5 })
    const asked = new Set<string>()
    const adapted: Adaptation = {
      ...adaptation(method),
      masks: (shape) =>
        adaptation(method).masks(shape).map((mask) => ({
          ...mask,
          fill: (out, step, microBatch, length) => {
            asked.add(`step ${step}, micro-batch ${microBatch}`)
            mask.fill(out, step, microBatch, length)
          }
        }))
    }
    const { losses } = await train(method, 2, { adapted, microBatch: 2, rate: 0, state: movedState(method) })
    // The first of a step to come is drawn while the last of the step before is computed.
    asked.delete("step 3, micro-batch 0")
    expect([...asked]).toEqual([1, 2].flatMap((step) => [0, 1].map((of) => `step ${step}, micro-batch ${of}`)))
    expect(Math.abs(losses[1]! - losses[0]!)).toBeGreaterThan(1e-4)
  })

  it("says where it diverged and what to do", async () => {
    const state = initialState(micro, { kind: "full-rank" })
    tensorOf(state, "output_norm").values.fill(Infinity)
    await expect(train({ kind: "full-rank" }, 1, { state })).rejects.toThrow(/step 1: the loss is NaN.*learningRate/)
  })

  it("stops where gradients explode though the loss is a number", async () => {
    const state = initialState(micro, { kind: "full-rank" })
    // The loss sees the embedding only through a norm, which divides by its size: so small a one has large gradients.
    tensorOf(state, "embedding_proj").values.fill(1e-9)
    const shape = { ...micro, normEpsilon: 1e-20 }
    await expect(train({ kind: "full-rank" }, 1, { state, shape })).rejects.toThrow(
      /step 1: gradients explode.*learningRate/
    )
  })
})

/** A state whose adapters are no longer zero. */
const movedState = (method: Method): TrainingState => {
  const state = initialState(micro, method)
  for (const [name, { values }] of state) if (name.endsWith(".B")) stream(1, name).fillUniform(values, -0.5, 0.5)
  return state
}

describe("a merge during training", () => {
  it("with the scale does not change the loss of the next step", async () => {
    const settings = { rate: 0, state: (await train(relora(), 5)).state }
    const { losses } = await train(relora(), 2, { ...settings, merges: [1] })
    expect(losses[1]).toBeCloseTo(losses[0]!, 5)
  })

  it("without the scale does", async () => {
    const method = relora({ mergeScale: 1 })
    const settings = { rate: 0, state: (await train(method, 5)).state }
    const { losses } = await train(method, 2, { ...settings, merges: [1] })
    expect(Math.abs(losses[1]! - losses[0]!)).toBeGreaterThan(1e-2)
  })

  it("as published shows the fresh pair to every micro-batch of the next step, and to no later one", async () => {
    const method = relora({ mergeScale: 1, reinitEffective: false })
    const state = movedState(method)
    adaptation(method).events["merge"]!(state, 1)
    const whole = await train(method, 2, { state: structuredClone(state), rate: 0 })
    const single = await train(method, 2, { state: structuredClone(state), rate: 0, microBatch: 1 })
    for (const [i, { gradientNorm, loss }] of whole.results.entries()) {
      expect(single.results[i]!.loss).toBeCloseTo(loss, 5)
      expect(single.results[i]!.gradientNorm).toBeCloseTo(gradientNorm, 5)
    }
    expect(Math.abs(whole.losses[1]! - whole.losses[0]!)).toBeGreaterThan(1e-2)
  })

  it("is what gives a pair that began at zero its first gradient", async () => {
    const method = relora({ initA: "zero", dropout: 0.1 })
    const gradients = (state: TrainingState) =>
      [...state].filter(([name]) => /\.[AB]$/.test(name)).map(([, { moments }]) => moments!.expAvgSq)
    const before = await train(method, 3)
    expect(gradients(before.state)).toHaveLength(28)
    for (const squares of gradients(before.state)) expect(squares.every((value) => value === 0)).toBe(true)
    const after = await train(method, 5, { merges: [3] })
    for (const squares of gradients(after.state)) expect(squares.some((value) => value > 0)).toBe(true)
  })

  it("brings a pair that began at zero to life, also where the re-initialisation is lost", async () => {
    for (const reinitEffective of [true, false]) {
      const method = relora({ initA: "zero", mergeScale: 1, reinitEffective })
      const moves = (state: TrainingState, part: string) =>
        tensorOf(state, `layers.0.attention.v_proj.${part}`).values.some((value) => value !== 0)
      const before = await train(method, 3)
      expect([moves(before.state, "A"), moves(before.state, "B")]).toEqual([false, false])
      const after = await train(method, 5, { merges: [3] })
      expect([moves(after.state, "A"), moves(after.state, "B")]).toEqual([true, true])
      expect([...after.state.values()].some(({ shown }) => shown)).toBe(false)
    }
  })
})

it("a run holds at most 2,048 tokens, or as many as told, by a divisor of the batch", () => {
  expect(microBatchRows(8, 256, 1024)).toBe(4)
  expect(microBatchRows(8, 256, 100)).toBe(1)
  expect(microBatchRows(4, 256)).toBe(4)
  expect(microBatchRows(1024, 2048)).toBe(1)
  expect(microBatchRows(12, 256)).toBe(6)
  expect(microBatchRows(7, 4096)).toBe(1)
})
