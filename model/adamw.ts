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

interface Kernel {
  readonly update: (
    count: number,
    stride: number,
    new1: number,
    new2: number,
    size: number,
    correction: number,
    epsilon: number,
    decay: number
  ) => number
}

/** Elements handed to the kernel at once: four runs of them stay in a processor's second cache. */
const block = 8192

let kernel: Instance<Kernel> | undefined

/**
 * One update of one tensor, in place, in single precision with factors computed in double.
 * Returns the sum of the squared gradient, since the pass has it at hand.
 *
 *     m ← m + (1−β₁)(g − m);  v ← v + (1−β₂)(g² − v);  θ ← θ − (lr·λ·θ + lr·m̂ / (√v̂ + ε))
 */
export const update = (
  values: Float32Array,
  gradient: Float32Array,
  moments: Moments,
  learningRate: number,
  { beta1, beta2, epsilon, weightDecay }: AdamW
): number => {
  moments.step += 1
  const { exports, memory } = kernel ??= instance<Kernel>(wasm, 16 * block)
  const size = learningRate / (1 - power(beta1, moments.step))
  const correction = 1 / Math.sqrt(1 - power(beta2, moments.step))
  const decay = learningRate * weightDecay
  const arrays = [values, gradient, moments.expAvg, moments.expAvgSq]
  let squares = 0
  for (let start = 0; start < values.length; start += block) {
    const count = Math.min(block, values.length - start)
    // The kernel takes four at a time; what an earlier block left behind the last ones must add nothing.
    const whole = (count + 3) & ~3
    const [theirs, ...others] = arrays.map((array, i) => {
      const place = new Float32Array(memory, 4 * block * i, whole)
      place.fill(0, count)
      place.set(array.subarray(start, start + count))
      return place
    }) as [Float32Array, Float32Array, Float32Array, Float32Array]
    squares += exports.update(whole, 4 * block, 1 - beta1, 1 - beta2, size, correction, epsilon, decay)
    values.set(theirs.subarray(0, count), start)
    moments.expAvg.set(others[1].subarray(0, count), start)
    moments.expAvgSq.set(others[2].subarray(0, count), start)
  }
  return squares
}
