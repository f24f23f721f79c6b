import { describe, expect, it } from "vitest"
import { meanOfCircuit, meanOfMatrix } from "./initial-spectra.ts"

describe("freshly drawn weights of the small model", () => {
  it("w_2, 384×1536: PER 0.9662, condition number 2.96", () => {
    const { conditionNumber, per } = meanOfMatrix(384, 1536)
    expect(Math.abs(per - 0.9662)).toBeLessThan(0.0002)
    expect(Math.abs(conditionNumber - 2.96)).toBeLessThan(0.03)
  })

  it("OV circuit, 32×384: PER 0.986, condition number 1.85", () => {
    const { conditionNumber, per } = meanOfCircuit(384)
    expect(Math.abs(per - 0.986)).toBeLessThan(0.001)
    expect(Math.abs(conditionNumber - 1.85)).toBeLessThan(0.05)
  })
})
