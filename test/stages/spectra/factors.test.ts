import { describe, expect, it } from "vitest"
import { productSingularValues, transposed } from "../../../stages/spectra/factors.ts"
import { headCircuits } from "../../../stages/spectra/head-circuits.ts"
import type { Kinds } from "../../../stages/spectra/matrices.ts"
import type { Matrix } from "../../../stages/spectra/matrix.ts"
import { singularValues } from "../../../tensor/kernels/singular-values.ts"
import { normal } from "./random.ts"

const product = (a: Matrix, b: Matrix): Matrix => ({
  rows: a.rows,
  columns: b.columns,
  values: Float64Array.from({ length: a.rows * b.columns }, (_, at) => {
    let sum = 0
    for (let k = 0; k < a.columns; k++) {
      sum += a.values[Math.floor(at / b.columns) * a.columns + k]! * b.values[k * b.columns + at % b.columns]!
    }
    return sum
  })
})
const sigma = ({ columns, rows, values }: Matrix) => singularValues(values, rows, columns)
const closeTo = (actual: Float64Array, expected: ArrayLike<number>) => {
  for (let i = 0; i < actual.length; i++) {
    expect(Math.abs(actual[i]! - expected[i]!)).toBeLessThan(1e-13 * expected[0]!)
  }
}

describe("singular values by factors", () => {
  it.each([[20, 3, 30], [30, 3, 20], [5, 8, 40], [4, 9, 6]])("of a %i×%i times ×%i are the product's", (m, k, n) => {
    const left = normal(`left ${m}`, m, k), right = normal(`right ${n}`, k, n)
    const found = productSingularValues({ left, right }, "m")
    expect(found).toHaveLength(Math.min(m, k, n))
    closeTo(found, sigma(product(left, right)))
  })

  it("keep a small one that the product's rounding would drown", () => {
    const unit = (at: number, size: number, rows: number): Matrix => ({
      rows,
      columns: 2,
      values: Float64Array.from({ length: 2 * rows }, (_, i) => i === 0 ? 1 : i === 2 * at + 1 ? size : 0)
    })
    const found = productSingularValues({ left: unit(3, 1e-11, 9), right: transposed(unit(5, 1e-11, 8)) }, "m")
    expect(found[1]! / found[0]! / 1e-22).toBeCloseTo(1, 12)
  })

  it("of a zero factor are zeros", () => {
    const zero: Matrix = { rows: 6, columns: 2, values: new Float32Array(12) }
    expect([...productSingularValues({ left: zero, right: normal("r", 2, 7) }, "m")]).toEqual([0, 0])
  })
})

describe("circuits of heads", () => {
  const heads = 4, kvHeads = 2, width = 12, headWidth = 3
  const kinds = (name: string, rows: number, columns: number): Kinds => {
    const weight = normal(name, rows, columns)
    return { weight, effective: weight, realised: normal(`d${name}`, rows, columns) }
  }
  const v = kinds("v", kvHeads * headWidth, width), o = kinds("o", width, heads * headWidth)
  const head = (V: Matrix, O: Matrix, at: number): Matrix =>
    product(
      {
        rows: width,
        columns: headWidth,
        values: Float64Array.from(
          { length: width * headWidth },
          (_, i) => O.values[Math.floor(i / headWidth) * O.columns + at * headWidth + i % headWidth]!
        )
      },
      {
        rows: headWidth,
        columns: width,
        values: V.values.slice(Math.floor(at / 2) * headWidth * width, (Math.floor(at / 2) + 1) * headWidth * width)
      }
    )
  const less = (a: Matrix, b: Matrix): Matrix => ({
    ...a,
    values: Float64Array.from(a.values, (x, i) => x - b.values[i]!)
  })

  it("are O·V of each head, and their change that of the products", () => {
    const subjects = headCircuits(v, o, { heads, kvHeads })
    expect(subjects).toHaveLength(heads * 3)
    for (let at = 0; at < heads; at++) {
      const of = (kind: string) =>
        productSingularValues(subjects.find((one) => one.kind === kind && one.head === at)!.factors!, "m")
      const after = head(v.effective, o.effective, at)
      closeTo(of("weight"), sigma(after))
      closeTo(of("effective"), sigma(after))
      const before = head(less(v.effective, v.realised!), less(o.effective, o.realised!), at)
      closeTo(of("realised"), sigma(less(after, before)))
    }
    expect(subjects.map(({ rankBound }) => rankBound)).toEqual(Array.from({ length: heads }, () => [3, 3, 6]).flat())
  })
})
