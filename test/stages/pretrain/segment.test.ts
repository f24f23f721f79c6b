import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { adaptation } from "../../../model/method.ts"
import { parameters } from "../../../model/parameters.ts"
import { scorer } from "../../../model/score.ts"
import { floats, fromTensors, toTensors } from "../../../model/state.ts"
import type { Body } from "../../../pipeline/stage.ts"
import * as TableFile from "../../../pipeline/table-file.ts"
import type { Columns, Row } from "../../../schemas/table.ts"
import { toRows } from "../../../schemas/table.ts"
import { Events, Metrics, type Packed, Tensors } from "../../../schemas/tables.ts"
import { body as initialise } from "../../../stages/pretrain/initialise.ts"
import { body as segment } from "../../../stages/pretrain/segment.ts"
import type { initialise as Initialise, pretrain as Pretrain } from "../../../stages/pretrain/stage.ts"
import { stream } from "../../../tensor/random.ts"
import { relora } from "../../model/methods.ts"
import { micro } from "../../model/shapes.ts"

type Config = Body<typeof Pretrain>["config"]

const sequenceLength = 12
const rowLength = sequenceLength + 1

const folder = mkdtempSync(join(tmpdir(), "segment-"))
afterAll(() => rmSync(folder, { recursive: true }))

/** A corpus of 7 rows: 3 steps of 3 rows go round. */
const packed: Columns<typeof Packed> = (() => {
  const numbers = stream(4, "corpus")
  return {
    row: Int32Array.from({ length: 7 * rowLength }, (_, i) => Math.floor(i / rowLength)),
    token: Int32Array.from({ length: 7 * rowLength }, () => numbers.below(micro.vocabulary))
  }
})()

const saveNothing = { saved: async () => undefined, saveDue: () => false, save: async () => undefined }
const common = {
  files: {},
  acceptances: [],
  paths: {} as never,
  digests: {} as never,
  progress: () => undefined,
  threads: 1,
  engine: "onnx"
}

const draw = async (seed: number): Promise<Columns<typeof Tensors>> => {
  let state: Columns<typeof Tensors> | undefined
  const io: Body<typeof Initialise> = {
    ...common,
    config: { model: micro, seed },
    read: {},
    write: { state: async (columns) => void (state = columns) },
    signal: new AbortController().signal
  }
  await initialise(io)
  return state!
}

const train = async (
  previous: Columns<typeof Tensors>,
  config: Partial<Config> & { readonly learningRates: Config["learningRates"] },
  options: Partial<Body<typeof Pretrain>> = {}
) => {
  let state: Columns<typeof Tensors> | undefined
  let metrics: ReadonlyArray<Row<typeof Metrics>> = []
  let events: ReadonlyArray<Row<typeof Events>> = []
  await segment({
    ...common,
    ...saveNothing,
    config: {
      model: micro,
      method: { kind: "full-rank" },
      optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
      batchSize: 3,
      sequenceLength,
      firstStep: 0,
      events: [],
      ...config
    },
    read: { packed: async () => packed, previous: async () => previous },
    write: {
      // A store keeps bytes, not views of arrays in use.
      state: async (columns) => void (state = { ...columns, data: columns.data.map((bytes) => bytes.slice()) }),
      metrics: async (columns) => void (metrics = toRows(Metrics, columns)),
      events: async (columns) => void (events = toRows(Events, columns))
    },
    signal: new AbortController().signal,
    ...options
  } as Body<typeof Pretrain>)
  return { state: state!, metrics, events }
}

/** Merges after some steps. */
const at = (merges: ReadonlyArray<number>) => merges.map((step) => ({ step, event: "merge" }))

const rates = [0, 0.001, 0.002, 0.003, 0.002, 0.001]

describe("initialise", () => {
  it("writes weights alone, the same for every arm of a seed", async () => {
    const state = await draw(1)
    expect(await draw(1)).toEqual(state)
    expect(await draw(2)).not.toEqual(state)
    expect(state.name[0]).toBe("embedding_proj")
    expect(state.name.some((name) => /exp_avg|\.[AB]$/.test(name))).toBe(false)
  })
})

describe("a segment", () => {
  it.each([
    ["full-rank", { kind: "full-rank" } as const, [], {}],
    ["ReLoRA", relora({ dropout: 0.2 }), [3], {}],
    ["ReLoRA, row by row, recomputing", relora({ dropout: 0.2 }), [3], { microBatch: 1, recompute: true }],
    ["ReLoRA as published", relora({ initA: "zero", mergeScale: 1, reinitEffective: false, dropout: 0.1 }), [3], {}]
  ])("in two parts is the same, bit for bit, as in one (%s)", async (_, method, merges, memory) => {
    const start = await draw(1)
    const settings = { method, ...memory }
    const whole = await train(start, { ...settings, events: at(merges), learningRates: rates })
    const first = await train(start, { ...settings, events: at(merges), learningRates: rates.slice(0, 3) })
    const second = await train(first.state, { ...settings, events: [], firstStep: 3, learningRates: rates.slice(3) })
    expect(second.state).toEqual(whole.state)
    expect([...first.metrics, ...second.metrics]).toEqual(whole.metrics)
  })

  it.each([
    ["full-rank", { kind: "full-rank" } as const],
    ["ReLoRA", relora({ dropout: 0.2 })],
    ["ReLoRA as published", relora({ initA: "zero", mergeScale: 1, reinitEffective: false, dropout: 0.1 })]
  ])("goes on from its Parquet file as if it had not stopped, before, at and after a merge (%s)", async (_, method) => {
    const events = (first: number, last: number) =>
      at(method.kind === "relora" ? [2, 4].filter((step) => step > first && step <= last) : [])
    const start = await draw(1)
    const whole = await train(start, { method, events: events(0, 6), learningRates: rates })
    for (const stop of [1, 2, 3, 4, 5]) {
      const path = join(folder, `${stop}.parquet`)
      const first = await train(start, { method, events: events(0, stop), learningRates: rates.slice(0, stop) })
      await TableFile.write(path, Tensors, first.state)
      const second = await train(await TableFile.read(path, Tensors), {
        method,
        events: events(stop, 6),
        firstStep: stop,
        learningRates: rates.slice(stop)
      })
      expect(TableFile.digest(Tensors, second.state), `stopped after step ${stop}`).toBe(
        TableFile.digest(Tensors, whole.state)
      )
      expect([...first.metrics, ...second.metrics]).toEqual(whole.metrics)
    }
  })

  it("tells each step: its rate, its loss, its event", async () => {
    const { metrics } = await train(await draw(1), { method: relora(), events: at([4]), learningRates: rates })
    expect(metrics.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6])
    expect(metrics.map(({ event }) => event)).toEqual(["attach", "", "", "merge", "", ""])
    expect(metrics.map(({ learning_rate }) => learning_rate)).toEqual(rates)
    expect(metrics[5]!.tokens).toBe(6 * 3 * sequenceLength)
    expect(metrics.every(({ gradient_norm, loss }) => loss > 0 && gradient_norm > 0)).toBe(true)
  })

  it("takes rows in order, a batch a step, going round: each step's loss is the model's of those rows", async () => {
    const start = await draw(1)
    const { metrics } = await train(start, { learningRates: [0, 0, 0] })
    const state = fromTensors(start)
    const weights = new Map(parameters(micro).map(({ name }) => [name, state.get(name)!.values]))
    const model = scorer(micro, weights, { engine: "onnx", threads: 1 })
    const rows = Array.from({ length: 7 }, (_, row) => packed.token.slice(row * rowLength, (row + 1) * rowLength))
    const scores = await model.logProbabilities(rows)
    await model.dispose()
    for (const [index, seen] of [[0, 1, 2], [3, 4, 5], [6, 0, 1]].entries()) {
      const nats = seen.flatMap((row) => [...scores[row]!]).reduce((sum, value) => sum - value, 0)
      expect(metrics[index]!.loss).toBeCloseTo(nats / (3 * sequenceLength), 5)
    }
  })

  it.each([[0, [0, 1, 2]], [1, [3, 4, 5]], [2, [0, 1, 6]]])(
    "after step %i sees the rows of the next step alone",
    async (firstStep, seen) => {
      // Row r holds token r only, so that the embeddings that get a gradient tell the rows.
      const token = Int32Array.from({ length: 7 * rowLength }, (_, i) => Math.floor(i / rowLength))
      const start = await draw(1)
      const { state } = await train(start, { firstStep, learningRates: [0.001] }, {
        read: { packed: async () => ({ ...packed, token }), previous: async () => start }
      })
      const gradient = floats(state.data[state.name.indexOf("embedding_proj.exp_avg")]!)
      const touched = Array.from({ length: micro.vocabulary }, (_, at) => at)
        .filter((at) => gradient.subarray(at * micro.width, (at + 1) * micro.width).some((value) => value !== 0))
      expect(touched).toEqual(seen)
    }
  )

  it.each([true, false])("merges after the update of a merge's step (reinitEffective %s)", async (reinitEffective) => {
    const method = relora({ dropout: 0.1, optimizerPrune: 0.5, reinitEffective })
    const start = await draw(1)
    const learningRates = [0.01, 0.02, 0.03]
    const merged = await train(start, { method, events: at([3]), learningRates })
    const byHand = fromTensors((await train(start, { method, learningRates })).state)
    adaptation(method).events["merge"]!(byHand, 3)
    expect(merged.state).toEqual(toTensors(byHand))
  })

  it("starts a ReLoRA arm from a full-rank warm start", async () => {
    const warm = await train(await draw(1), { learningRates: rates.slice(0, 2) })
    const { metrics, state } = await train(warm.state, {
      method: relora(),
      firstStep: 2,
      learningRates: rates.slice(2)
    })
    expect(metrics[0]!.event).toBe("attach")
    const layer = "layers.0.attention.q_proj"
    const at = (name: string) => state.data[state.name.indexOf(name)]
    expect(at(layer)).toEqual(warm.state.data[warm.state.name.indexOf(layer)])
    expect(state.name).not.toContain(`${layer}.exp_avg`)
    const step = (name: string) => new Float64Array(at(`${name}.step`)!.slice().buffer)[0]
    expect([step("output_norm"), step(`${layer}.A`)]).toEqual([6, 4])
  })

  it("leaves the state it read as it was", async () => {
    const start = await draw(1)
    const copy = structuredClone(start)
    await train(start, { learningRates: rates })
    expect(start).toEqual(copy)
  })

  it("stops when it is asked to, and reports progress", async () => {
    const abort = new AbortController()
    const stopped = train(await draw(1), { learningRates: rates }, {
      signal: abort.signal,
      progress: () => undefined,
      read: {
        packed: async () => packed,
        previous: async () => {
          abort.abort(new Error("interrupted"))
          return draw(1)
        }
      }
    })
    await expect(stopped).rejects.toThrow("interrupted")
    const seen: Array<number> = []
    await train(await draw(1), { learningRates: rates }, { progress: ({ done }) => seen.push(done) })
    expect(seen.at(-1)).toBe(6)
  })

  it.each([
    ["full-rank", { kind: "full-rank" } as const, []],
    ["ReLoRA", relora({ dropout: 0.2 }), [3, 4]],
    ["ReLoRA as published", relora({ initA: "zero", mergeScale: 1, reinitEffective: false, dropout: 0.1 }), [3, 4]]
  ])("goes on from a state that it saved at any step as if nothing had been (%s)", async (_, method, merges) => {
    const start = await draw(1)
    const settings = { method, events: at(merges), learningRates: rates }
    const whole = await train(start, settings)
    const kept: Array<Awaited<ReturnType<NonNullable<Body<typeof Pretrain>["saved"]>>>> = []
    const reached: Array<number> = []
    const again = await train(start, settings, {
      saveDue: () => true,
      save: async ({ events, metrics, state }, { done }) => {
        kept.push({ events, metrics, state: { ...state, data: state.data.map((bytes) => bytes.slice()) } })
        reached.push(done)
      }
    })
    expect(again).toEqual(whole)
    expect(reached).toEqual([1, 2, 3, 4, 5])
    for (const saved of kept) expect(await train(start, settings, { saved: async () => saved })).toEqual(whole)
  })

  it("saves after its current step when it is to stop, and stops", async () => {
    const abort = new AbortController()
    const reached: Array<number> = []
    const stopped = train(await draw(1), { learningRates: rates }, {
      signal: abort.signal,
      saveDue: () => {
        if (reached.length === 0) abort.abort(new Error("interrupted"))
        return abort.signal.aborted
      },
      save: async (_, { done }) => void reached.push(done)
    })
    await expect(stopped).rejects.toThrow("interrupted")
    expect(reached).toEqual([1])
  })

  it("at a rate of 10⁶ ends with an error that names the step and the setting, and writes nothing", async () => {
    let written = 0
    const write = async () => void (written += 1)
    const start = await draw(1)
    const failed = train(start, { learningRates: [0, 0.001, 1e6, 1e6, 1e6, 1e6, 1e6, 1e6] }, {
      write: { state: write, metrics: write, events: write }
    })
    await expect(failed).rejects.toThrow(
      /^step [4-8]: (the loss is NaN|gradients explode|gradients are no numbers).*learningRate.*are kept$/
    )
    expect(written).toBe(0)
  })

  it("does not write a state that holds what is no number", async () => {
    // So large a rate overflows float32 in the very update, after loss and gradients were found good.
    await expect(train(await draw(1), { learningRates: [1e39] })).rejects.toThrow(
      /step 1: .* holds -?Infinity after its update.*learningRate/
    )
  })

  it("refuses tokens beyond the vocabulary", async () => {
    const token = Int32Array.from(packed.token)
    token[20] = micro.vocabulary
    const failed = train(await draw(1), { learningRates: rates }, {
      read: { packed: async () => ({ ...packed, token }), previous: () => draw(1) }
    })
    await expect(failed).rejects.toThrow(/token id 32, .*rows 0 to 31: raise tokenizer.vocabulary/)
  })

  it("refuses rows of another length", async () => {
    await expect(train(await draw(1), { sequenceLength: 9, learningRates: rates })).rejects.toThrow("whole rows of 10")
  })
})
