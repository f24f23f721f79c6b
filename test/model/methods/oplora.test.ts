/** OPLoRA: least squares that follow a step of the whole product. */
import { describe, expect, it } from "vitest"
import { adaptation } from "../../../model/method.ts"
import { truncate } from "../../../model/methods/factored.ts"
import { type Factors, follow, type Sum } from "../../../model/methods/oplora.ts"
import { tensorOf, type TrainingState } from "../../../model/state.ts"
import type { Method } from "../../../schemas/model.ts"
import { parameterCounts, trainingFlops } from "../../../stages/arm.ts"
import { type Matrix, product } from "../../../tensor/kernels/product.ts"
import { stream } from "../../../tensor/random.ts"
import { bareState, initialState, weightOf } from "../methods.ts"
import { micro } from "../shapes.ts"
import { optimizer, train } from "./training.ts"

const [out, into, rank] = [12, 9, 3]
const drawn = (name: string, rows: number, columns: number): Matrix => ({
  rows,
  columns,
  values: stream(4, name).fillUniform(new Float32Array(rows * columns), -1, 1)
})
const pair: Factors = { left: drawn("B", out, rank), right: drawn("A", rank, into) }
const G = drawn("G", out, into)
const rate = 0.1
const sum: Sum = { gradient: [-rate, G], products: [[1, pair]] }
const productOf = ({ left, right }: Factors) => product(left, right).values
/** B·A − ηG */
const X = productOf(pair).map((value, at) => value - rate * G.values[at]!)
const distance = (one: ArrayLike<number>, other: ArrayLike<number>) =>
  Math.hypot(...Array.from(one, (value, at) => value - other[at]!))
const size = (values: ArrayLike<number>) => Math.hypot(...Array.from(values))

/** B·A of the best approximation of X of the pair's rank. */
const best = (() => {
  const identity = Float32Array.from({ length: into * into }, (_, at) => at % (into + 1) === 0 ? 1 : 0)
  const { left, right } = truncate({ shape: [out, into], values: X }, { shape: [into, into], values: identity }, rank)
  const [b, a] = [Float32Array.from(left), Float32Array.from(right)]
  return productOf({ left: { rows: out, columns: rank, values: b }, right: { rows: rank, columns: into, values: a } })
})()

describe("least squares", () => {
  it("moves A by −η(BᵀB)⁻¹BᵀG, where nothing holds it", () => {
    const { right } = follow(pair, sum, { lambda: 0, lookahead: 0 })
    // BᵀB·(A' − A) = −η·BᵀG
    const moved: Matrix = { ...right, values: right.values.map((value, at) => value - pair.right.values[at]!) }
    const left = product(product(pair.left, pair.left, { transposeLeft: true }), moved)
    const wanted = product(pair.left, G, { transposeLeft: true }).values.map((value) => -rate * value)
    expect(distance(left.values, wanted) / size(wanted)).toBeLessThan(1e-4)
  })

  it("comes ever nearer to the best approximation of the pair's rank", () => {
    const distances = [1, 2, 3, 5].map((lookahead) =>
      distance(productOf(follow(pair, sum, { lambda: 0, lookahead })), X)
    )
    for (const [at, value] of distances.entries()) {
      if (at > 0) expect(value).toBeLessThanOrEqual(distances[at - 1]! * (1 + 1e-6))
    }
    const far = productOf(follow(pair, sum, { lambda: 0, lookahead: 20 }))
    expect(distance(far, best) / size(best)).toBeLessThan(1e-4)
    expect(distance(productOf(pair), best)).toBeGreaterThan(10 * distance(far, best))
  })

  it("does not depend on how the product is shared between the factors", () => {
    const turn = drawn("H", rank, rank)
    // H and its inverse, by a triangular one that is easily inverted
    const H: Matrix = { ...turn, values: Float32Array.of(2, 1, 0, 0, 0.5, 1, 0, 0, 1) }
    const inverse: Matrix = { ...turn, values: Float32Array.of(0.5, -1, 1, 0, 2, -2, 0, 0, 1) }
    const other: Factors = { left: product(pair.left, H), right: product(inverse, pair.right) }
    const [one, two] = [pair, other].map((from) =>
      productOf(follow(from, { ...sum, products: [[1, from]] }, { lambda: 0, lookahead: 2 }))
    )
    expect(distance(one!, two!) / size(one!)).toBeLessThan(1e-4)
  })

  it("solves what has lost its rank: a direction without a part in the product stays as it is", () => {
    const { left, right } = pair
    const without = (direction: number): Factors => ({
      right,
      left: { ...left, values: left.values.map((value, at) => at % rank === direction ? 0 : value) }
    })
    const flat = without(2)
    const still = follow(flat, { gradient: [0, G], products: [[1, flat]] }, { lambda: 0, lookahead: 1 })
    expect(distance(still.right.values, right.values)).toBeLessThan(1e-3)
    // Columns that are multiples of one another
    const values = left.values.map((_, at) => left.values[at - at % rank]! * (at % rank + 1))
    const twice: Factors = { right, left: { ...left, values } }
    const moved = follow(twice, { ...sum, products: [[1, twice]] }, { lambda: 0, lookahead: 3 })
    const wanted = productOf(twice).map((value, at) => value - rate * G.values[at]!)
    expect(distance(productOf(moved), wanted)).toBeLessThan(distance(productOf(twice), wanted))
  })

  it("holds the factors where they were as λ grows, and A while B is zero", () => {
    const { left, right } = follow(pair, sum, { lambda: 1e6, lookahead: 1 })
    expect(distance(left.values, pair.left.values)).toBeLessThan(1e-4)
    expect(distance(right.values, pair.right.values)).toBeLessThan(1e-4)
    const zero: Factors = { ...pair, left: { ...pair.left, values: new Float32Array(out * rank) } }
    const moved = follow(zero, { ...sum, products: [[1, zero]] }, { lambda: 1e-3, lookahead: 1 })
    expect(distance(moved.right.values, pair.right.values)).toBeLessThan(1e-5)
    expect(size(moved.left.values)).toBeGreaterThan(0)
  })
})

describe("OPLoRA", () => {
  const layer = "layers.1.swiglu.w_1"
  const method = (changes = {}): Method => ({
    kind: "oplora",
    rank: 16,
    factorRate: 5,
    lookahead: 5,
    proximal: 1e-6,
    momentum: 0,
    damping: 0,
    momentumRank: 1,
    targets: ["attention", "swiglu"],
    seed: 7,
    ...changes
  } as Method)
  const step = (state: TrainingState, of: Method, gradient: Float32Array, learningRate = 0.1) =>
    adaptation(of).update!({
      name: layer,
      state,
      gradients: new Map([[layer, gradient]]),
      step: 1,
      learningRate,
      optimizer: { ...optimizer, weightDecay: 0 }
    })
  const gradient = stream(6, "gradient").fillUniform(new Float32Array(24 * 16), -1, 1)

  it("of full rank makes the step that gradient descent makes", () => {
    const state = initialState(micro, method())
    const before = weightOf(method(), state, layer).effective.slice()
    const squares = step(state, method(), gradient)
    const after = weightOf(method(), state, layer).effective
    const wanted = before.map((value, at) => value - 0.5 * gradient[at]!)
    expect(distance(after, wanted) / distance(before, wanted)).toBeLessThan(1e-2)
    expect(squares).toBeCloseTo(size(gradient) ** 2, 2)
  })

  /** Gaussian elimination of L X = Y, in double precision. */
  const solved = (L: ReadonlyArray<ReadonlyArray<number>>, Y: ReadonlyArray<ReadonlyArray<number>>) => {
    const rows = L.map((row, i) => [...row, ...Y[i]!]), n = L.length
    for (let i = 0; i < n; i++) {
      const pivot = rows.slice(i).reduce(
        (best, row, k) => Math.abs(row[i]!) > Math.abs(rows[best]![i]!) ? i + k : best,
        i
      )
      ;[rows[i], rows[pivot]] = [rows[pivot]!, rows[i]!]
      for (let k = 0; k < n; k++) {
        if (k === i) continue
        const factor = rows[k]![i]! / rows[i]![i]!
        rows[k] = rows[k]!.map((value, c) => value - factor * rows[i]![c]!)
      }
    }
    return rows.map((row, i) => row.slice(n).map((value) => value / row[i]!))
  }
  type Dense = ReadonlyArray<ReadonlyArray<number>>
  const dense = (state: TrainingState, name: string): Dense => {
    const { shape: [rows, columns], values } = tensorOf(state, name)
    return Array.from({ length: rows! }, (_, i) => Array.from(values.subarray(i * columns!, (i + 1) * columns!)))
  }
  const turn = (m: Dense): Dense => m[0]!.map((_, j) => m.map((row) => row[j]!))
  const times = (a: Dense, b: Dense): Dense =>
    a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)))
  const sumOf = (...terms: ReadonlyArray<readonly [number, Dense]>): Dense =>
    terms[0]![1].map((row, i) => row.map((_, j) => terms.reduce((sum, [c, m]) => sum + c * m[i]![j]!, 0)))
  const identity = (n: number): Dense =>
    Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => +(i === j)))
  /** Rounds of least squares towards a dense X, as the method's file says them. */
  const rounds = (b: Dense, a: Dense, X: Dense, lambda: number, lookahead: number): readonly [Dense, Dense] => {
    const I = identity(a.length)
    const ofA = (left: Dense) =>
      solved(sumOf([1, times(turn(left), left)], [lambda, I]), sumOf([1, times(turn(left), X)], [lambda, a]))
    const ofB = (right: Dense) =>
      turn(
        solved(sumOf([1, times(right, turn(right))], [lambda, I]), sumOf([1, times(right, turn(X))], [lambda, turn(b)]))
      )
    if (lookahead === 0) return [ofB(a), ofA(b)]
    let [left, right] = [b, a]
    for (let round = 0; round < lookahead; round++) {
      right = ofA(left)
      left = ofB(right)
    }
    return [left, right]
  }

  it.each([0, 1, 2])(
    "makes its step and its momentum's as written, with all that they are made of (lookahead %i)",
    (lookahead) => {
      const settings = {
        rank: 3,
        momentum: 0.6,
        damping: 0.2,
        momentumRank: 2,
        proximal: 0.3,
        factorRate: 2,
        lookahead
      }
      const of = method(settings)
      const state = initialState(micro, of)
      for (const part of ["B", "momentum.B"]) {
        stream(3, part).fillUniform(tensorOf(state, `${layer}.${part}`).values, -0.5, 0.5)
      }
      const [a, b, mA, mB] = ["A", "B", "momentum.A", "momentum.B"].map((part) => dense(state, `${layer}.${part}`)) as [
        Dense,
        Dense,
        Dense,
        Dense
      ]
      const g: Dense = Array.from({ length: 24 }, (_, i) => Array.from(gradient.subarray(16 * i, 16 * (i + 1))))
      const [eta, rate, decay] = [0.1, 0.2, 0.5]
      adaptation(of).update!({
        name: layer,
        state,
        gradients: new Map([[layer, gradient]]),
        step: 1,
        learningRate: eta,
        optimizer: { ...optimizer, weightDecay: decay }
      })
      const X = sumOf([1 - eta * decay, times(b, a)], [-rate * 0.8, g], [-rate * 0.6, times(mB, mA)])
      const M = sumOf([0.6, times(mB, mA)], [0.8, g])
      const wanted = [...rounds(b, a, X, rate * 0.3, lookahead), ...rounds(mB, mA, M, rate * 0.3, lookahead)]
      for (const [i, part] of ["B", "A", "momentum.B", "momentum.A"].entries()) {
        const found = tensorOf(state, `${layer}.${part}`).values
        expect(distance(found, wanted[i]!.flat()) / size(found), part).toBeLessThan(1e-4)
      }
    }
  )

  it("stays where it is at a rate of zero", () => {
    const of = method({ momentum: 0.5 })
    const state = initialState(micro, of)
    const before = weightOf(of, state, layer).effective.slice()
    step(state, of, gradient, 0)
    expect(distance(weightOf(of, state, layer).effective, before)).toBeLessThan(1e-6)
  })

  it("counts what moves as trained, and what has a gradient as work", () => {
    const lora: Method = {
      kind: "lora",
      rank: 4,
      alpha: 4,
      dropout: 0,
      initA: "kaiming",
      targets: ["attention", "swiglu"],
      seed: 7
    }
    const of = method({ rank: 4 })
    expect(parameterCounts(micro, of).trained).toBe(parameterCounts(micro, lora).trained)
    expect(trainingFlops(micro, of, 16, 64)).toBeGreaterThan(trainingFlops(micro, lora, 16, 64))
  })

  it("keeps no moments of a layer that a warm start has trained", async () => {
    const { state } = await train({ kind: "full-rank" }, { last: 2, state: bareState(micro) })
    const of = method({ rank: 4, momentum: 0.5 })
    expect(tensorOf(state, layer).moments).toBeDefined()
    adaptation(of).attach(state, micro)
    expect(tensorOf(state, layer).moments).toBeUndefined()
    expect((await train(of, { state, first: 2, last: 4 })).losses).toHaveLength(2)
  })
})
