import { describe, expect, it } from "vitest"
import { floor } from "./rounding-floor.ts"

// A product of rank 16 has an infinite condition number and a PER of 16/min(rows, columns) at most. In bfloat16 its
// rounding errors give it full rank, and the published condition numbers of updates (arXiv 2509.12960) are those
// errors': 5.1e3 for the tiny w_2, 4.0e3 for v_proj, 7.8e5 for o_proj, at the end of training.
describe("the rounding floor of rank-16 products in the tiny model", () => {
  it.each([
    { component: "w_2", rows: 96, columns: 384, per: 0.1666, conditionNumber: 4.7e3, within: 1.2 },
    { component: "v_proj", rows: 32, columns: 96, per: 0.4565, conditionNumber: 3.1e3, within: 1.4 },
    // square, so the least singular value varies much from draw to draw
    { component: "o_proj", rows: 96, columns: 96, per: 0.1613, conditionNumber: 5.1e5, within: 4 }
  ])("$component $rows×$columns", ({ columns, conditionNumber, per, rows, within }) => {
    const bf16 = floor("bf16", rows, columns, 6)
    // rounding raises every singular value from 0, and none above its floor
    expect(bf16.numericalRanks.every((found) => found === 16)).toBe(true)
    expect(Math.abs(bf16.per - per)).toBeLessThan(0.005)
    expect(bf16.conditionNumber).toBeGreaterThan(conditionNumber / within)
    expect(bf16.conditionNumber).toBeLessThan(conditionNumber * within)
    const float32 = floor("float32", rows, columns, 2)
    expect(float32.numericalRanks).toEqual([16, 16])
    expect(float32.per).toBeLessThan(16 / Math.min(rows, columns))
    expect(float32.conditionNumber).toBeGreaterThan(1e4 * bf16.conditionNumber)
    // Of the product itself: both factors are thin and Gaussian, hence well conditioned
    for (const exact of [...bf16.byFactors, ...float32.byFactors]) expect(exact).toBeLessThan(rows < 96 ? 20 : 10)
    expect(bf16.byFactors.slice(0, 2)).toEqual(float32.byFactors)
  })
})
