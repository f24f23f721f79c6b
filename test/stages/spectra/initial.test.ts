import { describe, expect, it } from "vitest"
import { meanOfCircuit, meanOfMatrix } from "./initial-spectra.ts"

// Where the weights of the published runs start (arXiv 2509.12960, figures of PER and condition number at step 0).
describe("freshly drawn weights of the tiny model", () => {
  it("w_2, 96×384: PER 0.9662, condition number 2.89", () => {
    const { conditionNumber, per } = meanOfMatrix(96, 384)
    expect(Math.abs(per - 0.9662)).toBeLessThan(0.0005)
    expect(Math.abs(conditionNumber - 2.89)).toBeLessThan(0.05)
  })

  it("OV circuit, 8×96: PER 0.984 to 0.987, condition number 1.69 to 1.76", () => {
    const { conditionNumber, per } = meanOfCircuit(96)
    expect(Math.abs(per - 0.985)).toBeLessThan(0.004)
    expect(Math.abs(conditionNumber - 1.73)).toBeLessThan(0.12)
  })
})
