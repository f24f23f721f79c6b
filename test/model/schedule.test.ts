import { describe, expect, it } from "vitest"
import { learningRates, mergeSteps, multiplier, resolve } from "../../model/schedule.ts"
import { Arm, Schedule } from "../../schemas/study.ts"

/** The study's schedule of ReLoRA (arXiv 2509.12960): restarts every 2,000 steps of 200,000. */
const jagged = resolve(
  Schedule.parse({ kind: "jagged-cosine", warmupSteps: 2000, horizon: 200_000 }),
  Arm.parse({ method: "relora", resetEvery: 2000 }),
  { steps: 20_000 }
)
const cosine = (t: number) => 0.1 + 0.45 * (1 + Math.cos(Math.PI * (t - 2000) / 198_000))

describe("the jagged cosine", () => {
  it("warms up, restarts from 0 every 2,000 steps and is back on the cosine 100 steps later", () => {
    expect(multiplier(jagged, 0)).toBe(0)
    expect(multiplier(jagged, 1000)).toBe(0.5)
    for (let k = 1; k <= 9; k++) {
      expect(multiplier(jagged, 2000 * k)).toBe(0)
      expect(multiplier(jagged, 2000 * k + 50)).toBeCloseTo(0.5 * cosine(2000 * k + 100), 14)
      expect(multiplier(jagged, 2000 * k + 100)).toBeCloseTo(cosine(2000 * k + 100), 14)
      expect(multiplier(jagged, 2000 * k + 1999)).toBeCloseTo(cosine(2000 * k + 1999), 14)
    }
    expect(multiplier(jagged, 200_000 - 1)).toBeCloseTo(0.1, 6)
  })

  it("has the rate that the published run had at step 20,000", () => {
    expect(learningRates(jagged, 3e-4, 19_999, 20_000)[0]).toBeCloseTo(2.95e-4, 6)
  })

  it("meets each merge with an update of rate 0", () => {
    const rates = learningRates(jagged, 3e-4, 0, 20_000)
    const merges = mergeSteps({ resetEvery: 2000, warmStartSteps: 0 }, 0, 20_000)
    expect(merges).toEqual([2001, 4001, 6001, 8001, 10_001, 12_001, 14_001, 16_001, 18_001])
    for (const step of merges) expect(rates[step - 1]).toBe(0)
  })

  it("asks a full-rank arm for its period", () => {
    const schedule = Schedule.parse({ kind: "jagged-cosine", warmupSteps: 10 })
    expect(() => resolve(schedule, { method: "full-rank" }, { steps: 100 })).toThrow("restartEvery")
  })
})

describe("the linear schedule", () => {
  it("climbs to the peak and falls to 0 at the horizon", () => {
    const schedule = resolve(
      Schedule.parse({ kind: "linear", warmupSteps: 2500, horizon: 200_000 }),
      { method: "full-rank" },
      { steps: 20_000 }
    )
    expect(learningRates(schedule, 3e-4, 0, 3).map((rate) => rate / 3e-4 * 2500)).toEqual([0, 1, 2])
    expect(multiplier(schedule, 2500)).toBe(1)
    expect(learningRates(schedule, 3e-4, 20_000, 20_001)[0]).toBeCloseTo(2.73e-4, 6)
    expect(multiplier(schedule, 200_000)).toBe(0)
  })
})

it("the constant schedule stays at the peak", () => {
  const schedule = resolve(Schedule.parse({ kind: "constant" }), { method: "full-rank" }, { steps: 10 })
  expect(learningRates(schedule, 0.1, 3, 6)).toEqual([0.1, 0.1, 0.1])
})

it("merges count from the end of the warm start", () => {
  expect(mergeSteps({ resetEvery: 100, warmStartSteps: 200 }, 0, 600)).toEqual([301, 401, 501])
  expect(mergeSteps({ resetEvery: 100, warmStartSteps: 200 }, 301, 501)).toEqual([401, 501])
})

it("a rate does not depend on the segment that asks for it", () => {
  const whole = learningRates(jagged, 3e-4, 0, 5000)
  expect([...learningRates(jagged, 3e-4, 0, 1234), ...learningRates(jagged, 3e-4, 1234, 5000)]).toEqual(whole)
})
