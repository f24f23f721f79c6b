/** LTE: heads on rows of their own, and merges of their mean. */
import { expect, it } from "vitest"
import { adaptation } from "../../../model/method.ts"
import { plusProduct } from "../../../model/methods/adapter-product.ts"
import { tensorOf, type TrainingState } from "../../../model/state.ts"
import type { Method } from "../../../schemas/model.ts"
import { mistakesAcross } from "../../../schemas/study-mistakes.ts"
import { singularValues } from "../../../tensor/kernels/singular-values.ts"
import { bareState, initialState, weightOf } from "../methods.ts"
import { micro } from "../shapes.ts"
import { train } from "./training.ts"

const pair = { rank: 2, alpha: 4, dropout: 0, targets: ["attention", "swiglu"], seed: 7 }
const lte = (changes = {}): Extract<Method, { kind: "lte" }> => ({
  kind: "lte",
  ...pair,
  heads: 2,
  resetAtMerge: false,
  law: "orthogonal",
  ...changes
})
const layer = "layers.1.swiglu.w_1"
const valuesOf = (state: TrainingState, part: string) => tensorOf(state, `${layer}${part}`).values
const singular = (values: ArrayLike<number>) => singularValues(Float64Array.from(values), 24, 16)

it.each([true, false])("with one head and no merge trains as LoRA, to the bit (reset %s)", async (resetAtMerge) => {
  const one = await train(lte({ heads: 1, law: "kaiming", resetAtMerge }), { last: 5 })
  const lora = await train({ kind: "lora", ...pair, initA: "kaiming" }, { last: 5 })
  expect(one.losses).toEqual(lora.losses)
  for (const part of ["", ".A", ".B"]) expect(valuesOf(one.state, part)).toEqual(valuesOf(lora.state, part))
})

it("gives rows to heads in turn, however many are in memory at once", async () => {
  const { fill: draw } = adaptation(lte()).masks(micro)[0]!
  const all = new Uint8Array(4 * 3 * 4), half = new Uint8Array(2 * 3 * 4)
  draw(all, 1, 0, 3)
  expect([...all.slice(0, 4), ...all.slice(12, 16)]).toEqual([1, 1, 0, 0, 0, 0, 1, 1])
  draw(half, 1, 1, 3)
  expect(half).toEqual(all.slice(24))
  const whole = await train(lte(), { last: 3 }), parts = await train(lte(), { last: 3, microBatch: 1 })
  for (const [at, loss] of whole.losses.entries()) expect(parts.losses[at]).toBeCloseTo(loss, 4)
})

it("draws heads that differ, of orthogonal rows of length √(in / rank)", () => {
  const a = valuesOf(initialState(micro, lte()), ".A")
  const dot = (i: number, j: number) =>
    a.subarray(16 * i, 16 * i + 16).reduce((sum, x, at) => sum + x * a[16 * j + at]!, 0)
  for (const [i, j, expected] of [[0, 0, 8], [1, 1, 8], [0, 1, 0], [2, 3, 0]] as const) {
    expect(dot(i, j)).toBeCloseTo(expected, 4)
  }
  expect(Math.abs(dot(0, 2))).toBeGreaterThan(1e-3)
})

it("merges the mean of what its heads learnt", async () => {
  const { state } = await train(lte({ resetAtMerge: true }), { last: 3 })
  const before = tensorOf(bareState(micro), layer).values
  const heads = [0, 1].map((head) => {
    const a = { shape: [2, 16], values: valuesOf(state, ".A").slice(head * 32, head * 32 + 32) }
    const b = valuesOf(state, ".B").filter((_, at) => Math.floor(at % 4 / 2) === head)
    return plusProduct(undefined, a, { shape: [24, 2], values: b }, 2)
  })
  adaptation(lte({ resetAtMerge: true })).events["merge"]!(state, 3)
  for (const [at, value] of valuesOf(state, "").entries()) {
    expect(value).toBeCloseTo(before[at]! + (heads[0]![at]! + heads[1]![at]!) / 2, 5)
  }
  expect(valuesOf(state, ".B").every((value) => value === 0)).toBe(true)
  expect(tensorOf(state, `${layer}.A`).moments).toBeUndefined()
})

it("is W right after a merge, and gains no more rank than its heads have unless they begin anew", async () => {
  const before = tensorOf(bareState(micro), layer).values
  for (const resetAtMerge of [false, true]) {
    const method = lte({ resetAtMerge })
    const { state } = await train(method, { last: 6, events: { 2: "merge", 4: "merge", 6: "merge" } })
    const { effective } = weightOf(method, state, layer)
    for (const [at, value] of valuesOf(state, "").entries()) expect(value).toBeCloseTo(effective[at]!, 5)
    const sigma = singular(effective.map((value, at) => value - before[at]!))
    expect(sigma.filter((value) => value > 1e-4 * sigma[0]!).length).toBe(resetAtMerge ? 12 : 4)
  }
})

it("refuses a batch that its heads cannot share, by place and remedy", () => {
  const study = { arms: { lte: { method: "lte", heads: 3, mergeEvery: 5 } }, training: { steps: 10, batchSize: 16 } }
  expect(mistakesAcross(study)).toContainEqual({
    path: ["arms", "lte", "heads"],
    message: "expected a divisor of training.batchSize 16, so that every head has equally many rows"
  })
})
