/**
 * Fira (Chen et al., arXiv 2410.01623; code xichen-fy/Fira): GaLore, and the part of the gradient that the subspace leaves out.
 *
 *     W ← W − η (scale · lift(ψ) + φ ⊙ S + λ W),  R = project(G),  ψ = AdamW(R),  S = G − lift(R)
 *
 * φ is ‖ψ‖ / (‖R‖ + 1e-8), for each vector of R along the subspace or for R as a whole. The limiter holds ‖φ ⊙ S‖ to 1.01 times what
 * it was at the step before. The official code subtracts scale · lift(R), so that most of the gradient's part in the subspace stays in
 * the residual: `residual` chooses.
 */
import type { Method } from "../../schemas/model.ts"
import type { Matrix } from "../../tensor/kernels/product.ts"
import type { Adaptation } from "../adaptation.ts"
import { kept } from "../attach.ts"
import { tensorOf } from "../state.ts"
import { type Projected, projected, projecting } from "./galore.ts"
import { squaresOf } from "./projected-gradient.ts"

export { parts } from "./full-rank.ts"
export { events } from "./galore.ts"

type Fira = Extract<Method, { kind: "fira" }>

export const growth = 1.01
const nameNorm = (layer: string) => `${layer}.limiter`

/** Norms of R's vectors along the subspace: its rows where the matrix is tall, its columns where it is wide. */
const norms = ({ columns, rows, values }: Matrix, tall: boolean): Float64Array => {
  const squares = new Float64Array(tall ? rows : columns)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) squares[tall ? i : j]! += values[i * columns + j]! ** 2
  }
  return squares.map(Math.sqrt)
}

/** φ ⊙ S, the scaled residual, before it is limited. */
export const residualOf = (
  { gradient, inside, lifted, moved }: Projected,
  { residual, scale, scaling }: Pick<Fira, "residual" | "scale" | "scaling">
): Float32Array => {
  const { columns, rows } = gradient
  const tall = rows >= columns
  const projection = lifted(inside).values
  const taken = residual === "official" ? scale : 1
  const after = norms(moved, tall), before = norms(inside, tall)
  const whole = Math.sqrt(squaresOf(moved.values)) / (Math.sqrt(squaresOf(inside.values)) + 1e-8)
  const factor = (at: number) =>
    scaling === "none" ? 1 : scaling === "matrix" ? whole : after[at]! / (before[at]! + 1e-8)
  const out = new Float32Array(rows * columns)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const at = i * columns + j
      out[at] = factor(tall ? i : j) * (gradient.values[at]! - taken * projection[at]!)
    }
  }
  return out
}

export const adapt = (method: Fira): Adaptation =>
  projecting(
    method.kind,
    method,
    (one) => {
      const found = projected(one, method)
      const { learningRate, name, optimizer: { weightDecay }, state } = one
      const { values } = tensorOf(state, name)
      const inside = found.lifted(found.moved).values
      const outside = residualOf(found, method)
      let limit = 1
      if (method.limiter) {
        const before = tensorOf(state, nameNorm(name))
        const norm = Math.sqrt(squaresOf(outside)), most = growth * before.values[0]!
        if (before.values[0]! > 0 && norm > most) limit = most / norm
        before.values = Float32Array.of(limit * norm)
      }
      for (let i = 0; i < values.length; i++) {
        values[i]! -= learningRate * (method.scale * inside[i]! + limit * outside[i]! + weightDecay * values[i]!)
      }
      return squaresOf(found.gradient.values)
    },
    ({ name }) => method.limiter ? [kept(nameNorm(name), [1])] : []
  )
