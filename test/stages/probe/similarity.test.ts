import { describe, expect, it } from "vitest"
import { anisotropy } from "../../../stages/probe/anisotropy.ts"
import { centred, cka as ckaOfCentred } from "../../../stages/probe/cka.ts"
import { intruders } from "../../../stages/probe/intruders.ts"
import { activations, pwcca as pwccaOf } from "../../../stages/probe/pwcca.ts"
import type { Matrix } from "../../../stages/spectra/matrix.ts"
import { singularVectors } from "../../../tensor/kernels/singular-values.ts"
import { normal } from "../spectra/random.ts"

const of = (rows: number, columns: number, entry: (i: number, j: number) => number): Matrix => ({
  rows,
  columns,
  values: Float64Array.from({ length: rows * columns }, (_, at) => entry(Math.floor(at / columns), at % columns))
})
const product = (a: Matrix, b: Matrix): Matrix =>
  of(a.rows, b.columns, (i, j) => {
    let sum = 0
    for (let k = 0; k < a.columns; k++) sum += a.values[i * a.columns + k]! * b.values[k * b.columns + j]!
    return sum
  })
/** An orthogonal matrix: left vectors of a random one. */
const rotation = (n: number): Matrix => {
  const { columns, rows, values } = normal("rotation", n, n)
  return { rows: n, columns: n, values: singularVectors(values, rows, columns).left }
}
const plus = (a: Matrix, factor: number, b: Matrix): Matrix =>
  of(a.rows, a.columns, (i, j) => a.values[i * a.columns + j]! + factor * b.values[i * a.columns + j]!)

const cka = (a: Matrix, b: Matrix) => ckaOfCentred(centred(a), centred(b))
const pwcca = (a: Matrix, b: Matrix) => pwccaOf(activations(a, "a"), activations(b, "b"))

const x = normal("x", 60, 5)
const shifted = of(60, 5, (i, j) => 7 + j + 3 * x.values[i * 5 + j]!)
const constant = of(60, 5, (_, j) => j)

describe("linear CKA", () => {
  it("is 1 up to rotation, scale and shift, and not up to any linear map", () => {
    expect(cka(x, shifted)).toBeCloseTo(1, 13)
    expect(cka(x, product(x, rotation(5)))).toBeCloseTo(1, 12)
    expect(cka(x, product(x, of(5, 5, (i, j) => i === j ? 5 ** i : 0)))).toBeLessThan(0.7)
  })

  it("of columns that are uncorrelated is 0, and of constants not defined", () => {
    const waves = (from: number) => of(60, 3, (i, j) => Math.cos(2 * Math.PI * (from + j) * i / 60))
    expect(cka(waves(1), waves(4))).toBeLessThan(1e-25)
    expect(cka(x, constant)).toBeNaN()
  })

  it("of one column each is the squared correlation", () => {
    const a = of(4, 1, (i) => [1, 2, 3, 5][i]!), b = of(4, 1, (i) => [2, 1, 4, 6][i]!)
    // means 2.75 and 3.25: Σ ab = 10.25, Σ a² = 8.75, Σ b² = 14.75
    expect(cka(a, b)).toBeCloseTo(10.25 ** 2 / (8.75 * 14.75), 13)
  })
})

describe("PWCCA", () => {
  it("is 1 up to any invertible linear map and shift", () => {
    const map = plus(rotation(5), 0.5, of(5, 5, (i, j) => i === j ? i : 0))
    expect(pwcca(x, product(shifted, map))).toBeCloseTo(1, 12)
  })

  it("of one column each is the absolute correlation", () => {
    const a = of(4, 1, (i) => [1, 2, 3, 5][i]!), b = of(4, 1, (i) => [-2, -1, -4, -6][i]!)
    expect(pwcca(a, b)).toBeCloseTo(10.25 / Math.sqrt(8.75 * 14.75), 13)
  })

  it("weighs canonical correlations by what they account for of the first", () => {
    // two orthogonal neurons, of size 3 and 1; the second side has the first exactly and nothing of the second
    const wave = (k: number) => (i: number) => Math.cos(2 * Math.PI * k * i / 60)
    const a = of(60, 2, (i, j) => j === 0 ? 3 * wave(1)(i) : wave(2)(i))
    const b = of(60, 2, (i, j) => j === 0 ? wave(1)(i) : wave(5)(i))
    expect(pwcca(a, b)).toBeCloseTo(3 / 4, 12)
  })

  it("falls with noise, and is not defined with too few samples or constants", () => {
    const near = pwcca(x, plus(x, 0.3, normal("noise", 60, 5))),
      far = pwcca(x, plus(x, 2, normal("noise", 60, 5)))
    expect(near).toBeLessThan(1)
    expect(far).toBeLessThan(near)
    expect(pwcca(normal("few", 10, 5), normal("other", 10, 5))).toBeNaN()
    expect(pwcca(x, constant)).toBeNaN()
  })
})

describe("anisotropy", () => {
  it("is 1 of rows that point one way, 0 of as many opposite ones as pairs, and the mean cosine by hand", () => {
    expect(anisotropy(of(4, 3, (i, j) => (i + 1) * (j + 1)))).toBeCloseTo(1, 13)
    // cosines of (1,0), (0,1), (1,1): 0, 1/√2, 1/√2
    expect(anisotropy(of(3, 2, (i, j) => [[1, 0], [0, 1], [1, 1]][i]![j]!))).toBeCloseTo(Math.SQRT2 / 3, 13)
    expect(anisotropy(of(2, 2, (i) => i === 0 ? 1 : -1))).toBeCloseTo(-1, 13)
  })

  it("leaves zeros out, and needs two rows", () => {
    expect(anisotropy(of(3, 2, (i, j) => i === 1 ? 0 : j + 1))).toBeCloseTo(1, 13)
    expect(anisotropy(of(3, 2, (i) => i === 1 ? 1 : 0))).toBeNaN()
  })
})

describe("intruder dimensions", () => {
  const initial = normal("W", 30, 40)

  it("are none where nothing changed but scale, and one where a strong direction came in", () => {
    expect(intruders(of(30, 40, (i, j) => 3 * initial.values[i * 40 + j]!), initial, "W")).toMatchObject({
      top: 10,
      intruders: 0
    })
    const direction = of(30, 40, (i, j) => 40 * normal("u", 30, 1).values[i]! * normal("v", 40, 1).values[j]! / 30)
    const found = intruders(plus(initial, 1, direction), initial, "W")
    expect(found.intruders).toBeGreaterThanOrEqual(1)
    expect(found.leastSimilarity).toBeLessThan(0.5)
  })

  it("are looked for among vectors of singular values that are not 0", () => {
    const zero = of(30, 40, () => 0)
    expect(intruders(zero, initial, "W")).toEqual({ top: 0, intruders: 0, leastSimilarity: NaN })
    const one = of(30, 40, (i) => i === 0 ? 1 : 0)
    // a zero initial weight has no directions, so all are new
    expect(intruders(one, zero, "W")).toMatchObject({ intruders: intruders(one, zero, "W").top, leastSimilarity: 0 })
  })

  it("of matrices of other shapes are an error that names them", () => {
    expect(() => intruders(initial, normal("W", 40, 30), "layers.0.swiglu.w_2")).toThrow("layers.0.swiglu.w_2 is 30x40")
  })
})
