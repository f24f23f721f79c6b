import { describe, expect, it } from "vitest"
import { adaptation, cutsOf, rateFactor, settingsAt } from "../../../model/method.ts"
import { nameA, nameB } from "../../../model/methods/pair.ts"
import { tensorOf, type TrainingState } from "../../../model/state.ts"
import type { Method } from "../../../schemas/model.ts"
import { Arm } from "../../../schemas/study.ts"
import { singularValues } from "../../../tensor/kernels/singular-values.ts"
import { bareState, weightOf } from "../methods.ts"
import { micro } from "../shapes.ts"
import { train } from "./training.ts"

type SdLora = Extract<Method, { kind: "sd-lora" }>
const sdLora = (changes: Partial<SdLora> = {}): SdLora => ({
  kind: "sd-lora",
  rank: 3,
  norm: "product",
  atStage: "continue",
  magnitudes: "layer",
  magnitude: 0.8,
  initA: "kaiming",
  targets: ["attention", "swiglu"],
  seed: 7,
  ...changes
})
const layer = "layers.1.swiglu.w_1"
const [out, into] = [24, 16]
const norm = (values: ArrayLike<number>) => Math.hypot(...Array.from(values))
const magnitudes = (state: TrainingState) => Array.from(tensorOf(state, `${layer}.magnitudes`).values)

/** Some steps, and what the next stage of ranks 3 and 2 makes of them. */
const twoStages = async (changes: Partial<SdLora> = {}) => {
  const first = sdLora(changes), second = sdLora({ ...changes, ranks: [2] })
  const { state } = await train(first, { last: 3 })
  const before = weightOf(first, state, layer).effective.slice()
  const [a, b] = [nameA(layer), nameB(layer)].map((name) => tensorOf(state, name).values.slice()) as [
    Float32Array,
    Float32Array
  ]
  const earlier = magnitudes(state)
  const event = adaptation(second).attach(state, micro)
  return { second, state, before, earlier, a, b, event }
}

/** B·A of a stage that has ended. */
const direction = (state: TrainingState) => {
  const [a, b] = [nameA(`${layer}.1`), nameB(`${layer}.1`)].map((name) => tensorOf(state, name).values)
  return Float64Array.from({ length: out * into }, (_, at) => {
    let sum = 0
    for (let k = 0; k < 3; k++) sum += b![Math.floor(at / into) * 3 + k]! * a![k * into + at % into]!
    return sum
  })
}

describe("sd-lora", () => {
  it("is lora with its first magnitude as scale, before any stage has ended", async () => {
    const state = (await train(sdLora(), { last: 1, rate: 0 })).state
    const lora: Method = {
      kind: "lora",
      rank: 3,
      alpha: 3 * 0.8,
      dropout: 0,
      targets: ["attention", "swiglu"],
      initA: "kaiming",
      seed: 7
    }
    const other = (await train(lora, { last: 1, rate: 0 })).state
    expect(tensorOf(state, nameA(layer)).values).toEqual(tensorOf(other, nameA(layer)).values)
    const [mine, theirs] = [await train(sdLora(), { last: 1 }), await train(lora, { last: 1 })]
    expect(mine.losses).toEqual(theirs.losses)
    // Its magnitude has no gradient while B is zero, and so the first update is the same.
    const [b, ofLora] = [mine, theirs].map(({ state }) => tensorOf(state, nameB(layer)).values) as [
      Float32Array,
      Float32Array
    ]
    expect(norm(b.map((value, at) => value - ofLora[at]!)) / norm(b)).toBeLessThan(1e-5)
  })

  it("leaves directions of norm 1, and the weight as it was", async () => {
    const { a, before, earlier, event, second, state } = await twoStages()
    expect(event).toBe("stage")
    expect(norm(direction(state))).toBeCloseTo(1, 5)
    const [kept, fresh] = magnitudes(state)
    expect(kept! / earlier[0]!).toBeGreaterThan(0)
    expect(fresh).toBeCloseTo(0.8, 6)
    const after = weightOf(second, state, layer).effective
    expect(norm(after.map((value, at) => value - before[at]!)) / norm(before)).toBeLessThan(1e-6)
    expect(tensorOf(state, nameB(layer)).values.every((value) => value === 0)).toBe(true)
    expect(tensorOf(state, nameA(layer)).shape).toEqual([2, into])
    expect(tensorOf(state, nameA(layer)).values.slice(0, into)).not.toEqual(a.slice(0, into))
  })

  it("divides by the norms of both factors as the official code does, or by nothing", async () => {
    const separate = await twoStages({ norm: "separate" })
    const [ofA, ofB] = [nameA(`${layer}.1`), nameB(`${layer}.1`)].map((name) =>
      norm(tensorOf(separate.state, name).values)
    )
    expect(ofA! * ofB!).toBeCloseTo(1, 5)
    const none = await twoStages({ norm: "none" })
    expect(tensorOf(none.state, nameB(`${layer}.1`)).values).toEqual(none.b)
    expect(magnitudes(none.state)[0]).toBe(none.earlier[0])
  })

  it("begins all magnitudes anew as published, and the weight jumps", async () => {
    const { before, second, state } = await twoStages({ atStage: "restart" })
    expect(magnitudes(state)).toEqual([Math.fround(0.8), Math.fround(0.8)])
    const after = weightOf(second, state, layer).effective
    expect(norm(after.map((value, at) => value - before[at]!)) / norm(before)).toBeGreaterThan(1e-3)
  })

  it("trains old magnitudes, and old directions not at all", async () => {
    const { second, state } = await twoStages()
    const [kept] = magnitudes(state)
    const old = direction(state)
    await train(second, { state, first: 3, last: 6 })
    expect(direction(state)).toEqual(old)
    expect(magnitudes(state)[0]).not.toBe(kept)
    const drawn = tensorOf(bareState(micro), layer).values
    const moved = singularValues(
      Float64Array.from(weightOf(second, state, layer).effective, (value, at) => value - drawn[at]!),
      out,
      into
    )
    expect(moved.filter((value) => value > 1e-5 * moved[0]!).length).toBe(3 + 2)
  })

  it("moves magnitudes of all layers alike where they are shared", async () => {
    const { state } = await train(sdLora({ magnitudes: "shared", atStage: "restart" }), { last: 4 })
    const all = [...state].flatMap(([name, { values }]) => name.endsWith(".magnitudes") ? [values[0]] : [])
    expect(new Set(all).size).toBe(1)
    expect(all.length).toBeGreaterThan(1)
    expect(all[0]).not.toBe(Math.fround(0.8))
  })

  it("ends stages where the study says, of the ranks it says, with a rate that climbs back", () => {
    const arm = Arm.parse({ method: "sd-lora", rank: 3, stageAt: [10, 20], ranks: [2, 1], rewarmSteps: 4 }) as Extract<
      Arm,
      { method: "sd-lora" }
    >
    expect(cutsOf(arm)).toEqual([10, 20])
    const ranks = (step: number) => (settingsAt(sdLora(), arm, step) as SdLora).ranks
    expect([1, 10, 11, 20, 21].map(ranks)).toEqual([undefined, undefined, [2], [2], [2, 1]])
    expect([9, 10, 12, 14, 21].map((t) => rateFactor(arm, t))).toEqual([1, 0, 0.5, 1, 0.25])
  })
})
