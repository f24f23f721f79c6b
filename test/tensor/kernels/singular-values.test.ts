import * as fc from "fast-check"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { solver } from "../../../tensor/kernels/singular-value-workers.ts"
import { singularValues, singularVectors } from "../../../tensor/kernels/singular-values.ts"
import { compiledKernel, plainKernel } from "../../../tensor/kernels/svd/kernel.ts"
import { stream } from "../../../tensor/random.ts"

type Matrix = { readonly rows: number; readonly columns: number; readonly data: Float64Array }

const build = (rows: number, columns: number, entry: (i: number, j: number) => number): Matrix => ({
  rows,
  columns,
  data: Float64Array.from({ length: rows * columns }, (_, at) => entry(Math.floor(at / columns), at % columns))
})
const sigmas = ({ columns, data, rows }: Matrix) => singularValues(data, rows, columns)

/** Largest difference of two lists, as a share of the largest entry expected. */
const difference = (actual: ArrayLike<number>, expected: ArrayLike<number>): number => {
  expect(actual.length).toBe(expected.length)
  let worst = 0
  for (let i = 0; i < actual.length; i++) worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!))
  return worst === 0 ? 0 : worst / expected[0]!
}

describe("matrices whose singular values are known", () => {
  it("a diagonal's are the sizes of its entries, in descending order", () => {
    const entries = [3, -7, 0, 1e-3, 2, -0.5]
    const matrix = build(6, 6, (i, j) => i === j ? entries[i]! : 0)
    expect([...sigmas(matrix)]).toEqual([7, 3, 2, 0.5, 1e-3, 0])
  })

  it("a Hadamard matrix's all equal √n", () => {
    const bits = (n: number): number => n === 0 ? 0 : (n & 1) + bits(n >> 1)
    const matrix = build(32, 32, (i, j) => bits(i & j) % 2 === 0 ? 1 : -1)
    expect(difference(sigmas(matrix), new Float64Array(32).fill(Math.sqrt(32)))).toBeLessThan(1e-14)
  })

  it.each([[64, 64], [50, 60], [60, 50], [3, 400]])("ones(%i, %i) has √(mn) and zeros", (rows, columns) => {
    const expected = new Float64Array(Math.min(rows, columns))
    expected[0] = Math.sqrt(rows * columns)
    expect(difference(sigmas(build(rows, columns, () => 1)), expected)).toBeLessThan(1e-14)
  })

  it("the difference operator's are 2·sin(kπ / 2(n+1))", () => {
    const n = 60
    const matrix = build(n, n + 1, (i, j) => j === i ? -1 : j === i + 1 ? 1 : 0)
    const expected = Array.from({ length: n }, (_, k) => 2 * Math.sin((n - k) * Math.PI / (2 * (n + 1))))
    expect(difference(sigmas(matrix), expected)).toBeLessThan(1e-14)
  })

  it("Kahan's matrix keeps its determinant and Frobenius norm", () => {
    const n = 24, sine = 0.8, cosine = 0.6
    const powers = Array.from({ length: n }).reduce<Array<number>>((all) => [...all, all.at(-1)! * sine], [1])
    const matrix = build(n, n, (i, j) => i === j ? powers[i]! : j > i ? -cosine * powers[i]! : 0)
    const values = sigmas(matrix)
    const logDeterminant = values.reduce((sum, sigma) => sum + Math.log(sigma), 0)
    expect(logDeterminant).toBeCloseTo(n * (n - 1) / 2 * Math.log(sine), 8)
    const squares = (list: Float64Array) => list.reduce((sum, value) => sum + value * value, 0)
    expect(squares(values) / squares(matrix.data)).toBeCloseTo(1, 13)
  })

  it("a 1×n and an n×1 have their length", () => {
    expect([...singularValues([3, 0, 4], 1, 3)]).toEqual([5])
    expect([...singularValues([3, 0, 4], 3, 1)]).toEqual([5])
    expect([...singularValues([-2], 1, 1)]).toEqual([2])
  })

  it("an empty matrix has none, a zero matrix zeros", () => {
    expect(singularValues([], 0, 5)).toHaveLength(0)
    expect(singularValues([], 5, 0)).toHaveLength(0)
    expect([...singularValues(new Float32Array(12), 4, 3)]).toEqual([0, 0, 0])
  })
})

describe("extreme entries", () => {
  it.each([1e-320, 1e-300, 1e-160, 1e160, 1e300])("of size %d lose no more digits than they have", (size) => {
    const matrix = build(7, 9, (i, j) => (i * i + 3 * j) % 5 - 2)
    const scaled = build(7, 9, (i, j) => ((i * i + 3 * j) % 5 - 2) * size)
    // a subnormal number has few digits
    const digits = size < 1e-308 ? 1e-3 : 1e-14
    expect(difference(sigmas(scaled).map((sigma) => sigma / size), sigmas(matrix))).toBeLessThan(digits)
  })
})

describe("numpy's answers", () => {
  interface Case {
    readonly kind: string
    readonly rows: number
    readonly columns: number
    readonly seed: number
    readonly step?: number
    readonly rank?: number
    readonly sigma: ReadonlyArray<number>
  }
  const cases: ReadonlyArray<Case> = JSON.parse(
    readFileSync(new URL("../../fixtures/singular-values.json", import.meta.url), "utf8")
  )
  // the formula of singular-values.py
  const q = (seed: number) => (i: number, j: number): number => {
    const x = (7919 * i + 104729 * j + i * j + 1299709 * seed) % 65537
    return (x * x % 65537 - 32768) / 32768
  }
  const twoTo = (exponent: number): number => {
    let power = 1
    for (let k = 0; k < Math.abs(exponent); k++) power *= exponent < 0 ? 0.5 : 2
    return power
  }
  const entries = ({ kind, rank = 0, seed, step = 0 }: Case): (i: number, j: number) => number => {
    const entry = q(seed), other = q(seed + 1)
    switch (kind) {
      case "ones":
        return () => 1
      case "zero":
        return () => 0
      case "graded":
        return (i, j) => entry(i, j) * twoTo(-step * i)
      case "scaled":
        return (i, j) => entry(i, j) * twoTo(step)
      case "float32":
        return (i, j) => Math.fround(entry(i, j) / 3)
      case "low-rank":
        return (i, j) => {
          let sum = 0
          for (let k = 0; k < rank; k++) sum += Math.trunc(8 * entry(i, k)) * Math.trunc(8 * other(k, j))
          return sum
        }
      default:
        return entry
    }
  }
  it.each(cases)("$kind $rows×$columns, seed $seed, step $step, rank $rank", (example) => {
    const matrix = build(example.rows, example.columns, entries(example))
    expect(difference(sigmas(matrix), example.sigma)).toBeLessThan(1e-12)
  })
})

describe("properties", () => {
  const matrices = (entry: fc.Arbitrary<number>, most = 40) =>
    fc.tuple(fc.integer({ min: 1, max: most }), fc.integer({ min: 1, max: most })).chain(([rows, columns]) =>
      fc.array(entry, { minLength: rows * columns, maxLength: rows * columns }).map((values): Matrix => ({
        rows,
        columns,
        data: Float64Array.from(values)
      }))
    )
  const anyEntry = fc.oneof(
    fc.double({ min: -1, max: 1, noNaN: true }),
    fc.constantFrom(0, 0, 1, -1, 1e-8, 1e-200, 1e3),
    fc.integer({ min: -3, max: 3 })
  )
  const settings = { seed: 20250, numRuns: 120 }

  it("squares sum to the squared Frobenius norm, in descending order, none negative", () => {
    fc.assert(
      fc.property(matrices(anyEntry), (matrix) => {
        const values = sigmas(matrix)
        const squares = matrix.data.reduce((sum, value) => sum + value * value, 0)
        expect(values.reduce((sum, sigma) => sum + sigma * sigma, 0)).toBeCloseTo(squares, 5)
        if (squares > 0) expect(values.reduce((sum, s) => sum + s * s, 0) / squares).toBeCloseTo(1, 12)
        for (let i = 0; i < values.length; i++) expect(values[i]).toBeGreaterThanOrEqual(values[i + 1] ?? 0)
      }),
      settings
    )
  })

  it("a matrix and its transpose agree", () => {
    fc.assert(
      fc.property(matrices(anyEntry), ({ columns, data, rows }) => {
        const transpose = build(columns, rows, (i, j) => data[j * columns + i]!)
        expect(difference(sigmas(transpose), sigmas({ rows, columns, data }))).toBeLessThan(1e-14)
      }),
      settings
    )
  })

  it("scaling by a power of two far from 1 scales them and nothing else", () => {
    fc.assert(
      fc.property(matrices(fc.double({ min: -1, max: 1, noNaN: true }), 12), ({ columns, data, rows }) => {
        const large = singularValues(data.map((value) => value * 2 ** 700), rows, columns)
        expect(difference(large.map((value) => value / 2 ** 700), sigmas({ rows, columns, data }))).toBeLessThan(1e-14)
      }),
      settings
    )
  })

  it("a prescribed spectrum comes back after rotations from both sides", () => {
    const spectrum = fc.oneof(
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }),
      // graded down to 1e-12, and with repeats
      fc.integer({ min: 1, max: 30 }).map((n) => Array.from({ length: n }, (_, i) => 10 ** (-12 * i / n))),
      fc.integer({ min: 1, max: 30 }).map((n) => Array.from({ length: n }, (_, i) => i % 3))
    )
    const vector = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 64, maxLength: 64 })
    fc.assert(
      fc.property(
        spectrum,
        fc.integer({ min: 0, max: 30 }),
        fc.array(vector, { minLength: 4, maxLength: 4 }),
        (values, extra, vectors) => {
          const rows = values.length, columns = rows + extra
          const { data } = build(rows, columns, (i, j) => i === j ? values[i]! : 0)
          vectors.forEach((v, at) => {
            if (at % 2 === 0) reflectRows(data, rows, columns, v)
            else reflectColumns(data, rows, columns, v)
          })
          const expected = values.toSorted((a, b) => b - a)
          expect(difference(sigmas({ rows, columns, data }), expected)).toBeLessThan(1e-13)
        }
      ),
      settings
    )
  })
})

/** Gaussian, of rank 3, graded by rows, all ones, whole numbers, mostly zeros, and scaled far up and down. */
const zoo: ReadonlyArray<Matrix> = Array.from({ length: 160 }, (_, at) => {
  const [rows, columns] = Array.from(
    stream(at, "zoo shape").fillUniform(new Float32Array(2), 1, at % 10 === 0 ? 130 : 40),
    Math.floor
  ) as [
    number,
    number
  ]
  const normal = stream(at, "zoo").fillNormal(new Float32Array(rows * columns))
  const [a, b] = [0, 1].map((key) => stream(at, "zoo factor", key).fillNormal(new Float32Array(3 * 200)))
  const kinds: ReadonlyArray<(i: number, j: number) => number> = [
    (i, j) => normal[i * columns + j]!,
    (i, j) => a![i]! * b![j]! + a![i + 200]! * b![j + 200]! + a![i + 400]! * b![j + 400]!,
    (i, j) => normal[i * columns + j]! * 10 ** (-i),
    () => 1,
    (i, j) => Math.round(normal[i * columns + j]!),
    (i, j) => normal[i * columns + j]! > 1.3 ? 1 : 0,
    (i, j) => normal[i * columns + j]! * 1e30,
    (i, j) => normal[i * columns + j]! * 1e-30
  ]
  return build(rows, columns, kinds[at % kinds.length]!)
})

describe("the two forms of the kernel", () => {
  const compiled = compiledKernel()!, plain = plainKernel()

  it("give the same bits", () => {
    for (const { columns, data, rows } of zoo) {
      const values = singularValues(data, rows, columns, "m", compiled)
      expect(values).toEqual(singularValues(data, rows, columns, "m", plain))
      expect(singularVectors(data, rows, columns, "m", compiled)).toEqual(
        singularVectors(data, rows, columns, "m", plain)
      )
    }
  })

  it("several threads give the same bits as one", async () => {
    const one = solver(1), three = solver(3)
    try {
      // the first is work enough for threads to be started
      const large = build(480, 480, (i, j) => zoo[0]!.data[(7 * i + j * j) % zoo[0]!.data.length]!)
      const matrices = [large, ...zoo.slice(0, 40)]
      const all = ({ values }: typeof one) =>
        Promise.all(matrices.map(({ columns, data, rows }) => values(data, rows, columns, "m")))
      expect(await all(three)).toEqual(await all(one))
      await expect(three.values([1, NaN], 1, 2, "layers.0.o_proj")).rejects.toThrow("layers.0.o_proj holds NaN")
    } finally {
      await Promise.all([one.dispose(), three.dispose()])
    }
  })
})

describe("hundreds of matrices asked for at once", () => {
  it("are all answered, each with its own values", async () => {
    const two = solver(2)
    try {
      const matrices = Array.from(
        { length: 500 },
        (_, scale) => build(64, 96, (i, j) => (scale + 1) * Math.sin(i * j + i))
      )
      const found = await Promise.all(matrices.map(({ columns, data, rows }) => two.values(data, rows, columns, "m")))
      const [first] = found
      // powers of two scale exactly
      for (const times of [2, 4, 256]) expect(found[times - 1]).toEqual(first!.map((value) => times * value))
      expect(found.every(([largest], at) => Math.abs(largest! / ((at + 1) * first![0]!) - 1) < 1e-12)).toBe(true)
    } finally {
      await two.dispose()
    }
  })
})

describe("singular vectors", () => {
  const product = (a: Float64Array, b: Float64Array, rank: number, length: number): Float64Array =>
    build(rank, rank, (i, j) => {
      let sum = 0
      for (let k = 0; k < length; k++) sum += a[i * length + k]! * b[j * length + k]!
      return sum
    }).data

  it("are orthonormal, rebuild the matrix, and come with its singular values", () => {
    for (const matrix of zoo) {
      const { columns, data, rows } = matrix
      const { left, right, sigma } = singularVectors(data, rows, columns)
      const rank = sigma.length
      expect(difference(sigma, sigmas(matrix))).toBeLessThan(1e-13)
      const identity = build(rank, rank, (i, j) => i === j ? 1 : 0).data
      for (const [vectors, length] of [[left, rows], [right, columns]] as const) {
        const offBy = product(vectors, vectors, rank, length).reduce(
          (most, x, at) => Math.max(most, Math.abs(x - identity[at]!)),
          0
        )
        expect(offBy).toBeLessThan(1e-12)
      }
      const worst = build(rows, columns, (i, j) => {
        let sum = -data[i * columns + j]!
        for (let k = 0; k < rank; k++) sum += left[k * rows + i]! * sigma[k]! * right[k * columns + j]!
        return Math.abs(sum)
      }).data.reduce((most, x) => Math.max(most, x), 0)
      expect(worst).toBeLessThanOrEqual(1e-12 * sigma[0]!)
    }
  })

  it("of zeros are unit vectors", () => {
    const { left, right, sigma } = singularVectors(new Float32Array(6), 2, 3)
    expect([[...sigma], [...left], [...right]]).toEqual([[0, 0], [1, 0, 0, 1], [1, 0, 0, 0, 1, 0]])
  })
})

describe("errors", () => {
  it.each([NaN, Infinity, -Infinity])("names the tensor and the place of %d", (bad) => {
    expect(() => singularValues([1, 2, 3, 4, bad, 6], 2, 3, "layers.0.swiglu.w_2 (effective)")).toThrow(
      `layers.0.swiglu.w_2 (effective) holds ${bad} at row 1, column 1`
    )
  })

  it("refuses data that do not fill the shape", () => {
    expect(() => singularValues([1, 2, 3], 2, 2, "layers.0.o_proj")).toThrow("layers.0.o_proj has 3 entries")
  })
})

/** data ← (I − 2·v·vᵀ/vᵀv)·data */
const reflectRows = (data: Float64Array, rows: number, columns: number, v: ReadonlyArray<number>): void => {
  const square = v.slice(0, rows).reduce((sum, x) => sum + x * x, 0)
  if (square < 1e-12) return
  for (let j = 0; j < columns; j++) {
    let sum = 0
    for (let i = 0; i < rows; i++) sum += v[i]! * data[i * columns + j]!
    for (let i = 0; i < rows; i++) data[i * columns + j]! -= 2 * sum / square * v[i]!
  }
}

/** data ← data·(I − 2·v·vᵀ/vᵀv) */
const reflectColumns = (data: Float64Array, rows: number, columns: number, v: ReadonlyArray<number>): void => {
  const square = v.slice(0, columns).reduce((sum, x) => sum + x * x, 0)
  if (square < 1e-12) return
  for (let i = 0; i < rows; i++) {
    let sum = 0
    for (let j = 0; j < columns; j++) sum += data[i * columns + j]! * v[j]!
    for (let j = 0; j < columns; j++) data[i * columns + j]! -= 2 * sum / square * v[j]!
  }
}
