/**
 * OPLoRA, "Faster Than SVD, Smarter Than SGD" (arXiv 2509.19977; code zeligism/PSI-LoRA): a pair whose product follows the step that full
 * training would make, W + B·A in the place of W, by alternating least squares.
 *
 *     X = (1 − ηλ_w)·B A − η'((1 − d)G + μ·M_B M_A),  η' = factorRate·η
 *     A' = (BᵀB + λI)⁻¹(BᵀX + λA),  B' = (X A'ᵀ + λB)(A'A'ᵀ + λI)⁻¹,  λ = η'·proximal
 *
 * and so on with A' of B', `lookahead` times; with none both from the old factors. It nears the rank r part of X without an SVD. The
 * momentum is a pair of its own, moved to μ·M_B M_A + (1 − d)G by the same rounds. λ draws a factor to where it was, not to zero: while
 * B is zero A stays. λ is at least 10⁻⁶, and 10⁻⁶ of a direction's mean square: a factor may lose rank, and the rate be 0. G is the
 * gradient by W + B·A, all of it; X is never made. Everything that is not adapted is AdamW's.
 */
import type { Method } from "../../schemas/model.ts"
import { type Matrix, product } from "../../tensor/kernels/product.ts"
import { stream } from "../../tensor/random.ts"
import type { Adaptation, Parts } from "../adaptation.ts"
import { fit, kept } from "../attach.ts"
import { elements, parameters } from "../parameters.ts"
import { tensorOf, type TensorState, type TrainingState } from "../state.ts"
import { solve, times, transposed } from "./factored.ts"
import { firstOfPair, layersOf, nameA, nameB, pairParts, pairs, pairTensors, perLayer, targeted } from "./pair.ts"
import { squaresOf } from "./projected-gradient.ts"

/** W + B·A */
export const parts = (_shown: unknown, state: TrainingState, name: string): Parts =>
  pairParts({ alpha: 1, rank: 1 }, state, name)

/** The least that holds a factor, of 1 and of a direction's mean square: nothing is to be solved that cannot be. */
const leastLambda = 1e-6

const momentumOf = (layer: string) => `${layer}.momentum`

/** B (out, r) and A (r, in). */
export interface Factors {
  readonly left: Matrix
  readonly right: Matrix
}

/** A sum of `gradient`, in full, and products of factors, each times its coefficient. */
export interface Sum {
  readonly gradient: readonly [coefficient: number, Matrix]
  readonly products: ReadonlyArray<readonly [coefficient: number, Factors]>
}

/** Adds factor·from to a matrix, in place. */
const add = (to: Matrix, factor: number, { values }: Matrix): Matrix => {
  for (let i = 0; i < values.length; i++) to.values[i]! += factor * values[i]!
  return to
}
const zeros = (rows: number, columns: number): Matrix => ({ rows, columns, values: new Float32Array(rows * columns) })

/** BᵀX */
const fromLeft = (B: Matrix, { gradient: [g, G], products }: Sum): Matrix => {
  const sum = add(zeros(B.columns, G.columns), g, product(B, G, { transposeLeft: true }))
  for (const [c, { left, right }] of products) add(sum, c, product(product(B, left, { transposeLeft: true }), right))
  return sum
}

/** A Xᵀ, the transpose of X Aᵀ. */
const fromRight = (A: Matrix, { gradient: [g, G], products }: Sum): Matrix => {
  const sum = add(zeros(A.rows, G.rows), g, product(A, G, { transposeRight: true }))
  for (const [c, { left, right }] of products) {
    add(sum, c, product(product(A, right, { transposeRight: true }), left, { transposeRight: true }))
  }
  return sum
}

const turned = ({ columns, rows, values }: Matrix): Matrix => ({
  rows: columns,
  columns: rows,
  values: Float32Array.from(transposed(values, rows, columns))
})

/** (F Fᵀ + λI)⁻¹(target + λ·old) for a factor's rows F (r, m), with target and old (r, n). */
const nearest = (by: Matrix, target: Matrix, old: Matrix, wanted: number): Matrix => {
  const { columns, rows: r, values: F } = by
  // In double precision: what is nearly singular must not become indefinite.
  const gram = times(F, transposed(F, r, columns), r, columns, r)
  let trace = 0
  for (let i = 0; i < r; i++) trace += gram[i * r + i]!
  const lambda = Math.max(wanted, leastLambda * Math.max(1, trace / r))
  for (let i = 0; i < r; i++) gram[i * r + i]! += lambda
  const values = Float32Array.from(solve(gram, add(target, lambda, old).values, r))
  return { rows: old.rows, columns: old.columns, values }
}

/** The pair nearest to a sum, by some rounds of least squares from the one that is. */
export const follow = (
  from: Factors,
  sum: Sum,
  { lambda, lookahead }: { readonly lambda: number; readonly lookahead: number }
): Factors => {
  const old = turned(from.left)
  const rightBy = (left: Matrix) => nearest(turned(left), fromLeft(left, sum), from.right, lambda)
  const leftBy = (right: Matrix) => turned(nearest(right, fromRight(right, sum), old, lambda))
  if (lookahead === 0) return { left: leftBy(from.right), right: rightBy(from.left) }
  let { left, right } = from
  for (let round = 0; round < lookahead; round++) {
    right = rightBy(left)
    left = leftBy(right)
  }
  return { left, right }
}

const matrixOf = ({ shape: [rows, columns], values }: TensorState): Matrix => ({
  rows: rows!,
  columns: columns!,
  values
})

export const adapt = (method: Extract<Method, { kind: "oplora" }>): Adaptation => {
  const { damping, factorRate, lookahead, momentum, momentumRank, proximal, rank, seed, targets } = method
  const isTarget = targeted(targets)
  const tensors = perLayer(targets, (layer) => [
    { ...layer, trained: true, moved: false, moments: null },
    ...pairTensors(layer, rank, false).map((tensor) => ({ ...tensor, moved: true })),
    ...momentum === 0
      ? []
      : pairTensors({ ...layer, name: momentumOf(layer.name) }, momentumRank * rank).map(({ name, shape }) =>
        kept(name, shape)
      )
  ])
  const factorsOf = (state: TrainingState, layer: string): Factors => ({
    left: matrixOf(tensorOf(state, nameB(layer))),
    right: matrixOf(tensorOf(state, nameA(layer)))
  })
  const put = (state: TrainingState, layer: string, { left, right }: Factors): void => {
    tensorOf(state, nameB(layer)).values.set(left.values)
    tensorOf(state, nameA(layer)).values.set(right.values)
  }
  return {
    ...pairs({ ...method, alpha: rank, dropout: 0 }),
    tensors,
    attach: (state, shape) => {
      const first = firstOfPair({ rank, seed, initA: "kaiming" })
      const made = fit(state, tensors(shape), (tensor) => {
        if (!tensor.optimizer) return first(tensor)
        const values = new Float32Array(elements(tensor.shape))
        return tensor.name.endsWith(".A") ? stream(seed, "momentum", tensor.name).fillNormal(values) : values
      }, method)
      // Moments of full-rank steps before are of a tensor that no longer moves.
      if (made) { for (const layer of layersOf(state)) delete tensorOf(state, layer).moments }
      return made ? "attach" : undefined
    },
    update: ({ gradients, learningRate, name, optimizer: { weightDecay }, state }) => {
      if (!state.has(nameA(name))) return undefined
      const G: Matrix = { ...matrixOf(tensorOf(state, name)), values: gradients.get(name)! }
      const rate = factorRate * learningRate
      const by = { lambda: rate * proximal, lookahead }
      const pair = factorsOf(state, name)
      const before = momentum === 0 ? undefined : factorsOf(state, momentumOf(name))
      const moved = follow(pair, {
        gradient: [-rate * (1 - damping), G],
        products: [[1 - learningRate * weightDecay, pair], ...before ? [[-rate * momentum, before] as const] : []]
      }, by)
      if (before) {
        put(state, momentumOf(name), follow(before, { gradient: [1 - damping, G], products: [[momentum, before]] }, by))
      }
      put(state, name, moved)
      return squaresOf(G.values)
    },
    // Products with the gradient: two a round of the pair, and as many of the momentum.
    operations: (shape, _, steps) => {
      const ranks = rank * (1 + (momentum === 0 ? 0 : momentumRank))
      return parameters(shape).filter(isTarget).reduce(
        (sum, { shape: [out, into] }) => sum + 4 * steps * Math.max(1, lookahead) * ranks * out * into,
        0
      )
    }
  }
}
