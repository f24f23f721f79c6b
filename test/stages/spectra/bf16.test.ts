import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { roundToBf16 } from "../../../stages/spectra/bf16.ts"

const round = (value: number): number => roundToBf16(Float32Array.of(value))[0]!

describe("roundToBf16", () => {
  it("keeps eight significant bits", () => {
    expect(round(1 + 1 / 128)).toBe(1 + 1 / 128)
    expect(round(3.1)).toBe(3.09375)
    expect(round(-0.1)).toBe(-0.10009765625)
  })

  it("takes the even neighbour of a tie", () => {
    expect(round(1 + 1 / 256)).toBe(1)
    expect(round(1 + 3 / 256)).toBe(1 + 4 / 256)
    expect(round(1 + 1 / 256 + 1e-6)).toBe(1 + 1 / 128)
  })

  it("keeps zeros' signs, infinities and NaN, and overflows to infinity", () => {
    expect(round(-0)).toBe(-0)
    expect(round(Infinity)).toBe(Infinity)
    expect(round(NaN)).toBeNaN()
    expect(round(3.4028234e38)).toBe(Infinity)
    expect(round(3.3895313892515355e38)).toBe(3.3895313892515355e38)
  })

  it("is idempotent and moves nothing by more than 2⁻⁸ of its size", () => {
    fc.assert(
      fc.property(
        fc.float({ noNaN: true, noDefaultInfinity: true, max: Math.fround(1e38), min: -Math.fround(1e38) }),
        (value) => {
          const rounded = round(value)
          expect(round(rounded)).toBe(rounded)
          if (Math.abs(value) > 1e-37) expect(Math.abs(rounded - value)).toBeLessThanOrEqual(Math.abs(value) / 256)
        }
      ),
      { seed: 1 }
    )
  })
})
