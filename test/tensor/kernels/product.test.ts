import { describe, expect, it } from "vitest"
import { type Matrix, product } from "../../../tensor/kernels/product.ts"
import { stream } from "../../../tensor/random.ts"

const draw = (rows: number, columns: number): Matrix => ({
  rows,
  columns,
  values: stream(1, rows, columns).fillUniform(new Float32Array(rows * columns), -1, 1)
})
const turned = ({ columns, rows, values }: Matrix): Matrix => ({
  rows: columns,
  columns: rows,
  values: Float32Array.from(
    { length: values.length },
    (_, at) => values[(at % rows) * columns + Math.floor(at / rows)]!
  )
})

describe("a product", () => {
  it.each([[1, 1, 1], [4, 8, 8], [5, 7, 9], [33, 65, 17], [3, 200, 31]])(
    "of %i×%i and %i columns is the sum of products, whichever side is turned",
    (rows, inner, columns) => {
      const left = draw(rows, inner), right = draw(inner, columns)
      const expected = Float64Array.from({ length: rows * columns }, (_, at) => {
        let sum = 0
        for (let k = 0; k < inner; k++) {
          sum += left.values[Math.floor(at / columns) * inner + k]! * right.values[k * columns + at % columns]!
        }
        return sum
      })
      const plain = product(left, right)
      expect([plain.rows, plain.columns]).toEqual([rows, columns])
      for (const [at, value] of expected.entries()) {
        expect(Math.abs(plain.values[at]! - value)).toBeLessThan(1e-5 * inner)
      }
      expect(product(turned(left), right, { transposeLeft: true })).toEqual(plain)
      expect(product(left, turned(right), { transposeRight: true })).toEqual(plain)
      expect(product(turned(left), turned(right), { transposeLeft: true, transposeRight: true })).toEqual(plain)
    }
  )

  it("refuses shapes that do not multiply", () => {
    expect(() => product(draw(2, 3), draw(4, 2))).toThrow("inner extents 3 and 4 differ")
  })
})
