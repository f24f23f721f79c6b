/** Products of thin factors, L (m, q) times R (q, n), cut to a lower rank without being multiplied out; in float64. */
import { singularVectors } from "../../tensor/kernels/singular-values.ts"
import type { Matrix } from "./adapter-product.ts"

/** X of L·X = Y for a symmetric positive definite L (n, n) and Y (n, columns): by Cholesky, with `jitter` of its trace added. */
export const solve = (L: Float64Array, Y: ArrayLike<number>, n: number, jitter = 1e-12): Float64Array => {
  const columns = Y.length / n
  let trace = 0
  for (let i = 0; i < n; i++) trace += L[i * n + i]!
  const low = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = L[i * n + j]! + (i === j ? jitter * trace / n : 0)
      for (let k = 0; k < j; k++) sum -= low[i * n + k]! * low[j * n + k]!
      if (i === j && !(sum > 0)) {
        throw new Error("solve: the matrix is not positive definite; a factor has lost its rank")
      }
      low[i * n + j] = i === j ? Math.sqrt(sum) : sum / low[j * n + j]!
    }
  }
  const X = Float64Array.from(Y)
  for (let c = 0; c < columns; c++) {
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) X[i * columns + c]! -= low[i * n + k]! * X[k * columns + c]!
      X[i * columns + c]! /= low[i * n + i]!
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let k = i + 1; k < n; k++) X[i * columns + c]! -= low[k * n + i]! * X[k * columns + c]!
      X[i * columns + c]! /= low[i * n + i]!
    }
  }
  return X
}

/** a (m, k) times b (k, n). */
export const times = (a: ArrayLike<number>, b: ArrayLike<number>, m: number, k: number, n: number): Float64Array => {
  const out = new Float64Array(m * n)
  for (let i = 0; i < m; i++) {
    for (let l = 0; l < k; l++) {
      const left = a[i * k + l]!
      for (let j = 0; j < n; j++) out[i * n + j]! += left * b[l * n + j]!
    }
  }
  return out
}

export const transposed = (values: ArrayLike<number>, rows: number, columns: number): Float64Array => {
  const out = new Float64Array(rows * columns)
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = values[i * columns + j]!
  return out
}

/**
 * Rows v_i = Σ_j T_ij q_j with orthonormal q (or zero, where a row depends on those before): Gram–Schmidt, each row twice, so
 * that q is orthonormal to rounding.
 */
export const orthogonal = (rows: Float64Array, count: number, length: number): { q: Float64Array; T: Float64Array } => {
  const q = rows.slice(), T = new Float64Array(count * count)
  for (let i = 0; i < count; i++) {
    const row = q.subarray(i * length, (i + 1) * length)
    const size = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0))
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const other = q.subarray(j * length, (j + 1) * length)
        let along = 0
        for (let c = 0; c < length; c++) along += row[c]! * other[c]!
        T[i * count + j]! += along
        for (let c = 0; c < length; c++) row[c]! -= along * other[c]!
      }
    }
    const rest = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0))
    if (rest <= 1e-13 * size) row.fill(0)
    else {
      T[i * count + i] = rest
      for (let c = 0; c < length; c++) row[c]! /= rest
    }
  }
  return { q, T }
}

export interface Truncated {
  /** (m, k) and (k, n), balanced: equal Gram matrices, diag(σ). */
  readonly left: Float64Array
  readonly right: Float64Array
  /** All min(q, …) singular values of the product that can be other than zero, descending. */
  readonly sigma: Float64Array
}

/**
 * The best rank-k approximation of left·right (Eckart and Young), from QR of both and the decomposition of the small core:
 * left = Q_L S, right = T Q_R, core = S·T = U Σ Vᵀ; left' = Q_L U_k √Σ_k, right' = √Σ_k V_kᵀ Q_R.
 */
export const truncate = (left: Matrix, right: Matrix, k: number): Truncated => {
  const [m, q] = left.shape as [number, number]
  const n = right.shape[1]!
  if (k > q) throw new Error(`a product of rank ${q} cannot be cut to rank ${k}`)
  // Rows of leftᵀ: leftᵀ = S' Q_Lᵀ, so left = Q_L S'ᵀ.
  const l = orthogonal(transposed(left.values, m, q), q, m)
  const r = orthogonal(Float64Array.from(right.values), q, n)
  const core = times(transposed(l.T, q, q), r.T, q, q, q)
  const { left: u, right: v, sigma } = singularVectors(core, q, q, "a product of factors")
  const roots = sigma.slice(0, k).map(Math.sqrt)
  const scaled = (vectors: Float64Array) =>
    Float64Array.from(vectors.subarray(0, k * q), (value, at) => value * roots[Math.floor(at / q)]!)
  return {
    left: transposed(times(scaled(u), l.q, k, q, m), k, m),
    right: times(scaled(v), r.q, k, q, n),
    sigma
  }
}
