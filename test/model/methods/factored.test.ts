import { describe, expect, it } from "vitest"
import { plusProduct } from "../../../model/methods/adapter-product.ts"
import { solve, times, transposed, truncate } from "../../../model/methods/factored.ts"
import { singularValues } from "../../../tensor/kernels/singular-values.ts"
import { stream } from "../../../tensor/random.ts"

const draw = (name: string, rows: number, columns: number) => ({
  shape: [rows, columns] as const,
  values: stream(2, name).fillNormal(new Float32Array(rows * columns))
})
const [m, q, n] = [17, 6, 11]
const left = draw("left", m, q), right = draw("right", q, n)
const whole = plusProduct(undefined, right, left, 1)
const sigma = singularValues(whole, m, n)
const productOf = (cut: ReturnType<typeof truncate>, k: number) => times(cut.left, cut.right, m, k, n)
const distance = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.sqrt(Array.from(a).reduce((sum, x, at) => sum + (x - b[at]!) ** 2, 0))

describe("a product cut to a lower rank", () => {
  it.each([1, 3, 5])("is the best of rank %i: its error is the tail of the singular values", (k) => {
    const tail = Math.sqrt(sigma.slice(k).reduce((sum, value) => sum + value ** 2, 0))
    expect(distance(productOf(truncate(left, right, k), k), whole)).toBeCloseTo(tail, 10)
  })

  it("has no rank above its own", () => {
    expect(() => truncate(left, right, q + 1)).toThrow("a product of rank 6 cannot be cut to rank 7")
  })

  it("is the product itself at its own rank, and has its singular values", () => {
    const cut = truncate(left, right, q)
    expect(distance(productOf(cut, q), whole)).toBeLessThan(1e-12 * sigma[0]!)
    for (let i = 0; i < q; i++) expect(cut.sigma[i]).toBeCloseTo(sigma[i]!, 10)
  })

  it("has balanced factors, with the singular values on the diagonal", () => {
    const cut = truncate(left, right, 3)
    const ofLeft = times(transposed(cut.left, m, 3), cut.left, 3, m, 3)
    const ofRight = times(cut.right, transposed(cut.right, 3, n), 3, n, 3)
    expect(distance(ofLeft, ofRight)).toBeLessThan(1e-12 * sigma[0]!)
    expect(ofLeft[4]).toBeCloseTo(sigma[1]!, 10)
  })

  it("does not change when it is cut once more", () => {
    const cut = truncate(left, right, 3)
    const again = truncate({ shape: [m, 3], values: cut.left }, { shape: [3, n], values: cut.right }, 3)
    expect(distance(productOf(again, 3), productOf(cut, 3))).toBeLessThan(1e-12 * sigma[0]!)
  })

  it("is right where factors lack rank, or have more columns than rows", () => {
    const values = left.values.slice()
    for (let row = 0; row < m; row++) values[row * q + 4] = values[row * q + 2]!
    const lacking = { shape: [m, q] as const, values }
    const exact = plusProduct(undefined, right, lacking, 1)
    expect(distance(productOf(truncate(lacking, right, 5), 5), exact)).toBeLessThan(1e-10)
    const wide = draw("wide", 4, 9), tall = draw("tall", 9, 5)
    const cut = truncate(wide, tall, 4)
    expect(distance(times(cut.left, cut.right, 4, 4, 5), plusProduct(undefined, tall, wide, 1))).toBeLessThan(1e-10)
  })
})

it("solves symmetric systems, and says where a matrix is not positive definite", () => {
  const gram = times(transposed(left.values, m, q), left.values, q, m, q)
  const x = draw("x", q, 2).values
  const found = solve(gram, times(gram, x, q, q, 2), q)
  expect(distance(found, x)).toBeLessThan(1e-9)
  expect(() => solve(Float64Array.of(1, 2, 2, 1), [1, 1], 2)).toThrow("not positive definite")
})
