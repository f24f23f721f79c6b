import { describe, expect, it } from "vitest"
import { noMoments, update } from "../../model/adamw.ts"

const settings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 }

describe("AdamW", () => {
  it("decays, then moves by the learning rate against the sign of the first gradient", () => {
    const values = Float32Array.of(1, -2, 0)
    const squares = update(values, Float32Array.of(0.5, -3, 1e-3), noMoments(3), 0.1, settings)
    // m̂ = g and v̂ = g², so the step is lr · g / |g|.
    expect(values[0]).toBeCloseTo(0.999 - 0.1, 6)
    expect(values[1]).toBeCloseTo(-2 * 0.999 + 0.1, 6)
    expect(values[2]).toBeCloseTo(-0.1, 5)
    expect(squares).toBeCloseTo(0.25 + 9 + 1e-6, 6)
  })

  it("follows the textbook recurrence over several steps", () => {
    const gradients = [0.3, -0.1, 0.7, 0.2]
    const values = Float32Array.of(0.5)
    const moments = noMoments(1)
    let [theta, m, v] = [0.5, 0, 0]
    for (const [i, g] of gradients.entries()) {
      update(values, Float32Array.of(g), moments, 0.01 * (i + 1), settings)
      theta -= 0.01 * (i + 1) * 0.01 * theta
      m = 0.9 * m + 0.1 * g
      v = 0.999 * v + 0.001 * g * g
      theta -= 0.01 * (i + 1) * (m / (1 - 0.9 ** (i + 1))) / (Math.sqrt(v / (1 - 0.999 ** (i + 1))) + 1e-8)
    }
    expect(values[0]).toBeCloseTo(theta, 6)
    expect(moments.step).toBe(4)
  })

  it("leaves a zero with a zero gradient at zero", () => {
    const values = new Float32Array(4)
    update(values, new Float32Array(4), noMoments(4), 0.1, settings)
    expect([...values]).toEqual([0, 0, 0, 0])
  })

  it("only remembers the gradient when the rate is 0", () => {
    const values = Float32Array.of(3)
    const moments = noMoments(1)
    update(values, Float32Array.of(1), moments, 0, settings)
    expect(values[0]).toBe(3)
    expect(moments.expAvg[0]).toBeCloseTo(0.1, 7)
  })
})
