import { describe, expect, it } from "vitest"
import { floor } from "./rounding-floor.ts"

describe("the rounding floor of rank-16 products in the small model", () => {
  it.each([
    { component: "w_2", rows: 384, columns: 1536, per: 0.0442, conditionNumber: 8.6e3, within: 1.2 },
    { component: "v_proj", rows: 128, columns: 384, per: 0.1252, conditionNumber: 6.1e3, within: 1.2 },
    { component: "o_proj", rows: 384, columns: 384, per: 0.0436, conditionNumber: 2e6, within: 10 }
  ])("$component $rows×$columns", ({ columns, conditionNumber, per, rows, within }) => {
    const bf16 = floor("bf16", rows, columns, 5)
    // rounding raises every singular value from 0, and none above its floor
    expect(bf16.numericalRanks.every((found) => found === 16)).toBe(true)
    expect(Math.abs(bf16.per - per)).toBeLessThan(0.002)
    // above the cap of 16/min(rows, columns) in w_2 and o_proj, as published: only rounding can do that
    if (rows === 384) expect(bf16.per).toBeGreaterThan(16 / 384)
    expect(bf16.conditionNumber).toBeGreaterThan(conditionNumber / within)
    expect(bf16.conditionNumber).toBeLessThan(conditionNumber * within)
  })
})
