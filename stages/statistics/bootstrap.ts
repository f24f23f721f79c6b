/**
 * The bootstrap over pairs: what a mean would be on other pairs of the same paradigms.
 *
 * Paradigms are fixed, as a suite's author chose them, so pairs are drawn again within each (a stratified bootstrap).
 * Two models compared on the same pairs are compared pair by pair: what is drawn is the difference of a pair.
 */
import type { Stream } from "../../tensor/random.ts"
import type { Interval } from "./interval.ts"

/** For each stratum, the means of `resamples` draws with replacement of as many values as it has. */
export const resampledMeans = (
  strata: ReadonlyArray<ArrayLike<number>>,
  resamples: number,
  numbers: Stream
): ReadonlyArray<Float64Array> =>
  strata.map((values) => {
    const n = values.length
    return new Float64Array(resamples).map(() => {
      let sum = 0
      for (let draw = 0; draw < n; draw++) sum += values[numbers.below(n)]!
      return sum / n
    })
  })

/** Quantile by linear interpolation between order statistics (numpy's default, type 7); `sorted` ascends. */
export const quantile = (sorted: ArrayLike<number>, p: number): number => {
  const at = p * (sorted.length - 1)
  const below = Math.floor(at)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!)
}

/** Percentile interval of the unweighted mean over strata, from their resampled means. */
export const percentileInterval = (means: ReadonlyArray<Float64Array>, level = 0.95): Interval => {
  const resamples = means[0]?.length ?? 0
  if (resamples === 0) throw new RangeError("percentileInterval: no resampled mean")
  const whole = new Float64Array(resamples)
  for (const stratum of means) for (let at = 0; at < resamples; at++) whole[at]! += stratum[at]! / means.length
  whole.sort()
  return { low: quantile(whole, (1 - level) / 2), high: quantile(whole, (1 + level) / 2) }
}
