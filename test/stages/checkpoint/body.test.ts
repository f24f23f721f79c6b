import { describe, expect, it } from "vitest"
import { adaptation } from "../../../model/method.ts"
import { floats, shapeOf, toTensors, type TrainingState } from "../../../model/state.ts"
import type { Method } from "../../../schemas/model.ts"
import { toRows } from "../../../schemas/table.ts"
import { Checkpoint } from "../../../schemas/tables.ts"
import { body } from "../../../stages/checkpoint/body.ts"
import { checkpoint, shownOf } from "../../../stages/checkpoint/stage.ts"
import { stream } from "../../../tensor/random.ts"
import { runBody } from "../run-body.ts"

const relora: Method = {
  kind: "relora",
  rank: 2,
  alpha: 6,
  dropout: 0,
  targets: ["attention"],
  initA: "kaiming",
  mergeScale: "alpha/rank",
  reinitEffective: true,
  optimizerPrune: 0.999,
  seed: 1
}
const fullRank: Method = { kind: "full-rank" }

/** A state of two matrices, an embedding and a norm; the attention's matrix may carry a pair. */
const stateOf = (seed: number, pair: "none" | "zero" | "random"): TrainingState => {
  const draw = (name: string, ...shape: Array<number>) => ({
    shape,
    values: stream(seed, name).fillUniform(new Float32Array(shape.reduce((product, size) => product * size, 1)), -1, 1)
  })
  const state: TrainingState = new Map()
  state.set("embedding_proj", draw("embedding", 11, 4))
  state.set("layers.0.attention_norm", draw("norm", 4))
  state.set("layers.0.attention.v_proj", draw("v", 3, 4))
  if (pair !== "none") {
    state.set("layers.0.attention.v_proj.A", draw("A", 2, 4))
    const b = draw("B", 3, 2)
    if (pair === "zero") b.values.fill(0)
    state.set("layers.0.attention.v_proj.B", {
      ...b,
      moments: { expAvg: new Float32Array(6), expAvgSq: new Float32Array(6), step: 3 }
    })
  }
  state.set("layers.0.swiglu.w_2", draw("w_2", 4, 5))
  return state
}

const run = async (method: Method | null, state: TrainingState, previous?: TrainingState) => {
  const { outputs } = await runBody(checkpoint, body, { method: shownOf(method) }, {
    state: toTensors(state),
    previous: previous ? [{ labels: {}, value: toTensors(previous) }] : []
  })
  return toRows(Checkpoint, outputs.checkpoint).map(({ data, name, part, shape }) => ({
    key: `${name} ${part}`,
    shape: shapeOf(shape),
    values: floats(data)
  }))
}
const valuesOf = (rows: Awaited<ReturnType<typeof run>>, key: string): Float32Array =>
  rows.find((row) => row.key === key)!.values

/** B·A by its definition. */
const product = (state: TrainingState, name: string): Float64Array => {
  const { shape: [rank, into], values: a } = state.get(`${name}.A`)!
  const { shape: [out], values: b } = state.get(`${name}.B`)!
  return Float64Array.from({ length: out! * into! }, (_, at) => {
    const [i, j] = [Math.floor(at / into!), at % into!]
    let sum = 0
    for (let r = 0; r < rank!; r++) sum += b[i * rank! + r]! * a[r * into! + j]!
    return sum
  })
}
const v = "layers.0.attention.v_proj"

describe("a full-rank state", () => {
  it("has an effective row for each parameter, in the state's order, and no base: they are equal", async () => {
    const rows = await run(fullRank, stateOf(1, "none"))
    expect(rows.map(({ key }) => key)).toEqual([
      "embedding_proj effective",
      "layers.0.attention_norm effective",
      `${v} effective`,
      "layers.0.swiglu.w_2 effective"
    ])
    expect(rows[2]!.shape).toEqual([3, 4])
    expect(rows[2]!.values).toEqual(stateOf(1, "none").get(v)!.values)
  })

  it("has the change of layers' matrices, and of nothing else, when a previous state is given", async () => {
    const [now, before] = [stateOf(2, "none"), stateOf(1, "none")]
    const rows = await run(fullRank, now, before)
    expect(rows.filter(({ key }) => key.endsWith("realised")).map(({ key }) => key)).toEqual([
      `${v} realised`,
      "layers.0.swiglu.w_2 realised"
    ])
    expect(valuesOf(rows, `${v} realised`)).toEqual(
      now.get(v)!.values.map((value, at) => value - before.get(v)!.values[at]!)
    )
  })
})

describe("a state with adapters", () => {
  it("has effective W + alpha/rank·B·A, base W, adapter B·A unscaled, the pair, and no moments", async () => {
    const state = stateOf(1, "random")
    const rows = await run(relora, state)
    expect(rows.map(({ key }) => key)).toEqual([
      "embedding_proj effective",
      "layers.0.attention_norm effective",
      ...["effective", "base", "adapter", "A", "B"].map((part) => `${v} ${part}`),
      "layers.0.swiglu.w_2 effective"
    ])
    const exact = product(state, v), w = state.get(v)!.values
    expect(valuesOf(rows, `${v} adapter`)).toEqual(Float32Array.from(exact))
    const effective = valuesOf(rows, `${v} effective`)
    effective.forEach((value, at) => expect(value).toBeCloseTo(w[at]! + 3 * exact[at]!, 6))
    expect(valuesOf(rows, `${v} base`)).toEqual(w)
    expect(valuesOf(rows, `${v} A`)).toEqual(state.get(`${v}.A`)!.values)
    expect(valuesOf(rows, `${v} B`)).toEqual(state.get(`${v}.B`)!.values)
  })

  it("on the step of a merge has the kept pair, not the one that the next pass alone is shown", async () => {
    const method: Method = { ...relora, mergeScale: 1, reinitEffective: false }
    const state = stateOf(1, "random")
    const before = state.get(v)!.values, exact = product(state, v)
    adaptation(method).events["merge"]!(state, 101)
    expect(state.get(`${v}.B`)!.shown).toBeDefined()
    const rows = await run(method, state)
    // s is 3, and the merge has added one product.
    valuesOf(rows, `${v} effective`).forEach((value, at) => expect(value).toBeCloseTo(before[at]! + 4 * exact[at]!, 5))
    expect(valuesOf(rows, `${v} adapter`)).toEqual(Float32Array.from(exact))
    expect(valuesOf(rows, `${v} B`)).toEqual(state.get(`${v}.B`)!.values)
  })

  it("has no base while B is zero: effective and base are the same matrix", async () => {
    const rows = await run(relora, stateOf(1, "zero"))
    expect(rows.map(({ key }) => key)).not.toContain(`${v} base`)
    expect(valuesOf(rows, `${v} adapter`).every((value) => value === 0)).toBe(true)
  })

  it("measures its change from a state without adapters, and keeps digits that float32 matrices lose", async () => {
    const before = stateOf(1, "none"), now = stateOf(1, "random")
    const b = now.get(`${v}.B`)!
    b.values = b.values.map((value) => value * 1e-6)
    const rows = await run(relora, now, before)
    const exact = product(now, v)
    valuesOf(rows, `${v} realised`).forEach((value, at) => expect(value / (3 * exact[at]!)).toBeCloseTo(1, 6))
  })

  it("sees no change across a merge that keeps the function", async () => {
    const before = stateOf(1, "random"), after = stateOf(1, "zero")
    const merged = product(before, v)
    const w = after.get(v)!
    w.values = w.values.map((value, at) => value + 3 * merged[at]!)
    const rows = await run(relora, after, before)
    for (const value of valuesOf(rows, `${v} realised`)) expect(Math.abs(value)).toBeLessThan(3e-7)
  })
})

describe("states that do not fit", () => {
  it("names half a pair", async () => {
    const state = stateOf(1, "random")
    state.delete(`${v}.B`)
    await expect(run(relora, state)).rejects.toThrow(`${v} has only the A of its adapter`)
  })

  it("asks for the method of adapters", async () => {
    await expect(run(null, stateOf(1, "random"))).rejects.toThrow(`${v} carries an adapter`)
    await expect(run(fullRank, stateOf(1, "none"), stateOf(1, "random"))).rejects.toThrow(`${v} carries an adapter`)
  })

  it("names a parameter that the previous state lacks", async () => {
    const previous = stateOf(1, "none")
    previous.delete("layers.0.swiglu.w_2")
    await expect(run(fullRank, stateOf(1, "none"), previous)).rejects.toThrow("layers.0.swiglu.w_2 is missing")
  })

  it("refuses two previous states", async () => {
    const value = toTensors(stateOf(1, "none"))
    const previous = [{ labels: {}, value }, { labels: {}, value }]
    await expect(runBody(checkpoint, body, { method: null }, { state: value, previous })).rejects.toThrow("got 2")
  })
})
