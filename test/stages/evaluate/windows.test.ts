import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { joined, windowsOf } from "../../../stages/evaluate/windows.ts"

const text = (length: number) => Int32Array.from({ length }, (_, at) => at)
const shown = (length: number, window: number, stride: number | null) =>
  windowsOf(text(length), window, stride).map(({ known, tokens }) => [tokens[0], tokens.at(-1), known])

describe("windows", () => {
  it("are the text's beginning without a stride", () => {
    expect(shown(10, 4, null)).toEqual([[0, 3, 0]])
    expect(shown(3, 4, null)).toEqual([[0, 2, 0]])
  })

  it("begin a stride apart until the text ends", () => {
    expect(shown(10, 4, 3)).toEqual([[0, 3, 0], [3, 6, 0], [6, 9, 0]])
    expect(shown(10, 4, 2)).toEqual([[0, 3, 0], [2, 5, 1], [4, 7, 1], [6, 9, 1]])
    expect(shown(9, 4, 2)).toEqual([[0, 3, 0], [2, 5, 1], [4, 7, 1], [6, 8, 1]])
    expect(shown(4, 4, 2)).toEqual([[0, 3, 0]])
  })

  it("score every token but the first once, with enough before it", () => {
    const sizes = fc.record({
      length: fc.integer({ min: 2, max: 200 }),
      window: fc.integer({ min: 2, max: 40 }),
      part: fc.double({ min: 0, max: 1, noNaN: true })
    })
    fc.assert(
      fc.property(sizes, ({ length, part, window }) => {
        const stride = 1 + Math.floor(part * (window - 2))
        const windows = windowsOf(text(length), window, stride)
        // As if the log-probability of a token were its place, and of how much it saw.
        const places = joined(windows, windows.map(({ tokens }) => Float32Array.from(tokens.subarray(1))))
        expect([...places]).toEqual([...text(length).subarray(1)])
        const seen = joined(
          windows,
          windows.map(({ tokens }) => Float32Array.from(tokens.subarray(1), (_, at) => at + 1))
        )
        seen.forEach((before, at) => expect(before).toBeGreaterThanOrEqual(Math.min(at + 1, window - stride)))
      }),
      { seed: 3 }
    )
  })

  it("that leave tokens out between them are refused", () => {
    expect(() => windowsOf(text(10), 4, 4)).toThrow("less than 4 tokens apart")
  })
})
