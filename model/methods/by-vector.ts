/** AdamW of a pair's directions one by one: row i of A and column i of B each have a counter of their own. */
import type { AdamW } from "../../schemas/model.ts"
import { noMoments } from "../adamw.ts"
import type { Trainable } from "../adaptation.ts"
import type { TensorState } from "../state.ts"

/** Counters of the updates of a factor's directions. */
export const clockOf = (factor: string, rank: number): Trainable => ({
  name: `${factor}.clock`,
  kind: "linear",
  shape: [rank],
  trained: false,
  optimizer: true
})

/** Places of direction i of a factor: a row of A (rank, in), a column of B (out, rank). */
export const directionOf = (
  { shape: [rows, columns] }: { readonly shape: ReadonlyArray<number> },
  factor: "A" | "B",
  i: number
): { readonly start: number; readonly stride: number; readonly count: number } =>
  factor === "A"
    ? { start: i * columns!, stride: 1, count: columns! }
    : { start: i, stride: columns!, count: rows! }

/** Updates some directions of a factor, values and moments of all others left as they are to the bit; gives their squared gradient. */
export const updateDirections = (
  tensor: TensorState,
  gradient: Float32Array,
  { clock, directions, factor, learningRate, optimizer: { beta1, beta2, epsilon, weightDecay } }: {
    readonly factor: "A" | "B"
    readonly directions: Iterable<number>
    readonly clock: Float32Array
    readonly learningRate: number
    readonly optimizer: AdamW
  }
): number => {
  const { expAvg, expAvgSq } = tensor.moments ??= noMoments(gradient.length)
  let squares = 0
  for (const i of directions) {
    clock[i]! += 1
    const size = learningRate / (1 - power(beta1, clock[i]!)), correction = 1 - power(beta2, clock[i]!)
    const { count, start, stride } = directionOf(tensor, factor, i)
    for (let k = 0, at = start; k < count; k++, at += stride) {
      const g = gradient[at]!
      squares += g * g
      expAvg[at]! += (1 - beta1) * (g - expAvg[at]!)
      expAvgSq[at]! += (1 - beta2) * (g * g - expAvgSq[at]!)
      tensor.values[at]! -= learningRate * weightDecay * tensor.values[at]! +
        size * expAvg[at]! / (Math.sqrt(expAvgSq[at]! / correction) + epsilon)
    }
  }
  return squares
}

/** base^exponent for a whole exponent, by multiplication alone. */
const power = (base: number, exponent: number): number => {
  let result = 1
  for (let square = base, rest = exponent; rest > 0; rest = Math.floor(rest / 2), square *= square) {
    if (rest % 2 === 1) result *= square
  }
  return result
}
