/** AdamW as torch.optim.AdamW computes it: decoupled weight decay, bias correction, one step counter a tensor. */
import type { AdamW } from "../schemas/model.ts"
import { wasm } from "../tensor/kernels/compiled/adamw.ts"
import { type Instance, instance } from "../tensor/kernels/instance.ts"

/** What AdamW keeps for one tensor. */
export interface Moments {
  /** Running mean of the gradient. */
  readonly expAvg: Float32Array
  /** Running mean of the squared gradient. */
  readonly expAvgSq: Float32Array
  /** Updates so far. */
  step: number
  /** Shape of the moments, where it is not the tensor's. */
  readonly shape?: ReadonlyArray<number>
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

/** What the kernel is told beside the arrays: 1 − β₁, 1 − β₂, lr / (1 − β₁ᵗ), 1 / √(1 − β₂ᵗ), ε, lr·λ. */
export type Factors = readonly [number, number, number, number, number, number]

/** Factors of a tensor's update number `step`, from 1. */
export const factors = (
  step: number,
  learningRate: number,
  { beta1, beta2, epsilon, weightDecay }: AdamW
): Factors => [
  1 - beta1,
  1 - beta2,
  learningRate / (1 - power(beta1, step)),
  1 / Math.sqrt(1 - power(beta2, step)),
  epsilon,
  learningRate * weightDecay
]

export interface Kernel {
  /** Updates a block in place, all places in bytes, `count` a multiple of 4; gives the sum of its squared gradient. */
  readonly update: (
    values: number,
    gradient: number,
    expAvg: number,
    expAvgSq: number,
    count: number,
    ...factors: Factors
  ) => number
}

/** Elements that the kernel does at once; sums of squares are sums of these blocks' sums, whoever computes them. */
export const block = 16_384

/** Elements up to the next multiple of four, as the kernel takes them. */
export const fours = (count: number): number => (count + 3) & ~3

let kernel: Instance<Kernel> | undefined

/**
 * One update of one tensor, in place, in single precision with factors computed in double.
 * Returns the sum of the squared gradient, since the pass has it at hand.
 *
 *     m ← m + (1−β₁)(g − m);  v ← v + (1−β₂)(g² − v);  θ ← θ − (lr·λ·θ + lr·m̂ / (√v̂ + ε))
 *
 * Arrays of any kind are copied through the kernel's memory; those of a `Workspace` are not.
 */
export const update = (
  values: Float32Array,
  gradient: Float32Array,
  moments: Moments,
  learningRate: number,
  optimizer: AdamW
): number => {
  moments.step += 1
  const { exports, memory } = kernel ??= instance<Kernel>(wasm, 16 * block, { shared: true })
  const told = factors(moments.step, learningRate, optimizer)
  const arrays = [values, gradient, moments.expAvg, moments.expAvgSq]
  let squares = 0
  for (let start = 0; start < values.length; start += block) {
    const count = Math.min(block, values.length - start)
    // What an earlier block left behind the last elements must add nothing.
    const [theirs, , ...others] = arrays.map((array, i) => {
      const place = new Float32Array(memory, 4 * block * i, fours(count))
      place.fill(0, count)
      place.set(array.subarray(start, start + count))
      return place
    }) as [Float32Array, Float32Array, Float32Array, Float32Array]
    squares += exports.update(0, 4 * block, 8 * block, 12 * block, fours(count), ...told)
    values.set(theirs.subarray(0, count), start)
    moments.expAvg.set(others[0].subarray(0, count), start)
    moments.expAvgSq.set(others[1].subarray(0, count), start)
  }
  return squares
}
