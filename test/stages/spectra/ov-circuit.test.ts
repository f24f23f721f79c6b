import { describe, expect, it } from "vitest"
import type { Matrix } from "../../../stages/spectra/matrix.ts"
import { ovChange, ovCircuit } from "../../../stages/spectra/ov-circuit.ts"
import { random } from "./random.ts"

const at = ({ columns, values }: Matrix, i: number, j: number): number => values[i * columns + j]!

describe("ovCircuit", () => {
  it("puts V of a head's key-value head times O of the head beside one another", () => {
    const heads = 6, kvHeads = 2, headWidth = 4, width = heads * headWidth
    const v = random("v", kvHeads * headWidth, width), o = random("o", width, width)
    const circuit = ovCircuit(v, o, { heads, kvHeads })
    expect([circuit.rows, circuit.columns]).toEqual([headWidth, width])
    for (const head of [0, 2, 3, 5]) {
      const group = Math.floor(head / 3)
      for (let i = 0; i < headWidth; i++) {
        for (let j = 0; j < headWidth; j++) {
          let sum = 0
          for (let k = 0; k < width; k++) sum += at(v, group * headWidth + i, k) * at(o, k, head * headWidth + j)
          expect(at(circuit, i, head * headWidth + j)).toBeCloseTo(sum, 12)
        }
      }
    }
  })

  it("has the study's shapes: 8×96 and 32×384", () => {
    for (const [width, headWidth] of [[96, 8], [384, 32]] as const) {
      const { columns, rows } = ovCircuit(random("v", 4 * headWidth, width), random("o", width, width), {
        heads: 12,
        kvHeads: 4
      })
      expect([rows, columns]).toEqual([headWidth, width])
    }
  })

  it("says which shapes do not fit which heads", () => {
    expect(() => ovCircuit(random("v", 8, 24), random("o", 24, 20), { heads: 6, kvHeads: 2 })).toThrow(
      "v_proj 8x24 and o_proj 24x20 do not fit 6 heads over 2 key-value heads"
    )
  })
})

describe("ovChange", () => {
  it("is the circuit now less the circuit before", () => {
    const heads = { heads: 4, kvHeads: 2 }
    const v = random("v", 8, 16), o = random("o", 16, 16), dV = random("dV", 8, 16), dO = random("dO", 16, 16)
    const less = (a: Matrix, b: Matrix): Matrix => ({
      ...a,
      values: Float64Array.from(a.values, (value, i) => value - b.values[i]!)
    })
    const before = ovCircuit(less(v, dV), less(o, dO), heads)
    const change = ovChange(v, o, dV, dO, heads), expected = less(ovCircuit(v, o, heads), before)
    change.values.forEach((value, i) => expect(value).toBeCloseTo(expected.values[i]!, 12))
  })
})
