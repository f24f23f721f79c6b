/** AdamW as torch.optim.AdamW computes it: decoupled weight decay, bias correction, one step counter a tensor. */
import type { AdamW } from "../schemas/model.ts"

/** What AdamW keeps for one tensor. */
export interface Moments {
  /** Running mean of the gradient. */
  readonly expAvg: Float32Array
  /** Running mean of the squared gradient. */
  readonly expAvgSq: Float32Array
  /** Updates so far. */
  step: number
}

export const noMoments = (length: number): Moments => ({
  expAvg: new Float32Array(length),
  expAvgSq: new Float32Array(length),
  step: 0
})

/** base^exponent by squaring, for a whole exponent: no platform's power function decides the last bit. */
const power = (base: number, exponent: number): number => {
  let result = 1
  for (let square = base, rest = exponent; rest > 0; rest = Math.floor(rest / 2), square *= square) {
    if (rest % 2 === 1) result *= square
  }
  return result
}

/**
 * One update of one tensor, in place, in double precision between single-precision values.
 * Returns the sum of the squared gradient, since the pass has it at hand.
 *
 *     θ ← θ − lr·λ·θ;  m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;  θ ← θ − lr·m̂ / (√v̂ + ε)
 */
export const update = (
  values: Float32Array,
  gradient: Float32Array,
  moments: Moments,
  learningRate: number,
  { beta1, beta2, epsilon, weightDecay }: AdamW
): number => {
  moments.step += 1
  const { expAvg, expAvgSq } = moments
  const length = values.length
  const decay = 1 - learningRate * weightDecay
  const size = learningRate / (1 - power(beta1, moments.step))
  const correction = 1 / Math.sqrt(1 - power(beta2, moments.step))
  const new1 = 1 - beta1
  const new2 = 1 - beta2
  let squares = 0
  for (let i = 0; i < length; i++) {
    const g = gradient[i]!
    const square = g * g
    const first = beta1 * expAvg[i]! + new1 * g
    const second = beta2 * expAvgSq[i]! + new2 * square
    expAvg[i] = first
    expAvgSq[i] = second
    values[i] = values[i]! * decay - size * first / (Math.sqrt(second) * correction + epsilon)
    squares += square
  }
  return squares
}
