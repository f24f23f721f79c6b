/** What a study makes of a matrix's singular values. */

export interface Statistics {
  /** exp(H(σ/Σσ)) / min(rows, columns), in (0, 1]; NaN for a zero matrix. */
  readonly proportionalEffectiveRank: number
  /** exp(H(σ/Σσ)) over the rank the matrix cannot exceed by construction; NaN for a zero matrix. */
  readonly effectiveRankOfBound: number
  /** σ_max / σ_min; infinite where σ_min is 0; NaN for a zero matrix. */
  readonly conditionNumber: number
  /** Singular values above the rounding floor; 0 for a zero matrix. */
  readonly numericalRank: number
  /** σ_max over the smallest singular value above the rounding floor; NaN for a zero matrix. */
  readonly conditionNumberOfRank: number
  readonly sigmaMax: number
  readonly sigmaMin: number
  /** Singular values that are exactly 0, those not listed included. */
  readonly zeros: number
  /** √Σσ² */
  readonly frobenius: number
  /** Σσ */
  readonly nuclear: number
}

/**
 * Proportional effective rank (Diehl Martinez et al., arXiv 2410.11451): effective rank exp(−Σ p·ln p) with p = σ/Σσ
 * (Roy and Vetterli, 2007) as a share of the number of singular values. A σ of 0 adds nothing: p·ln p → 0.
 */
export const proportionalEffectiveRank = (sigma: ArrayLike<number>, count = sigma.length): number =>
  effectiveRank(sigma) / count

/** exp of the entropy of σ/Σσ; NaN for zeros. */
const effectiveRank = (sigma: ArrayLike<number>): number => {
  const total = sum(sigma)
  let entropy = 0
  for (let i = 0; i < sigma.length; i++) {
    const share = sigma[i]! / total
    if (share > 0) entropy -= share * Math.log(share)
  }
  return total > 0 ? Math.exp(entropy) : NaN
}

/** σ_max / σ_min of values in descending order: infinite where the last is 0, NaN where the first is. */
export const conditionNumber = (sigma: ArrayLike<number>): number => sigma[0]! / sigma[sigma.length - 1]!

/**
 * Statistics of singular values in descending order; up to `floor` they are rounding. `count` is min(rows, columns): of a
 * product known by its factors the values beyond those listed are 0 by construction. `rankBound` is the rank that the
 * matrix cannot exceed.
 */
export const statistics = (
  sigma: ArrayLike<number>,
  floor: number,
  count = sigma.length,
  rankBound = count
): Statistics => {
  if (sigma.length === 0) throw new Error("an empty matrix has no singular values to describe")
  const sigmaMax = sigma[0]!
  const sigmaMin = count > sigma.length ? 0 : sigma[sigma.length - 1]!
  let squares = 0, zeros = count - sigma.length
  for (let i = 0; i < sigma.length; i++) {
    const relative = sigmaMax > 0 ? sigma[i]! / sigmaMax : 0
    squares += relative * relative
    if (sigma[i] === 0) zeros++
  }
  let numericalRank = 0
  while (numericalRank < sigma.length && sigma[numericalRank]! > floor) numericalRank++
  return {
    proportionalEffectiveRank: proportionalEffectiveRank(sigma, count),
    effectiveRankOfBound: effectiveRank(sigma) / rankBound,
    conditionNumber: sigmaMax / sigmaMin, // 0/0 is NaN, σ/0 infinite
    numericalRank,
    conditionNumberOfRank: numericalRank === 0 ? NaN : sigmaMax / sigma[numericalRank - 1]!,
    sigmaMax,
    sigmaMin,
    zeros,
    frobenius: sigmaMax * Math.sqrt(squares),
    nuclear: sum(sigma)
  }
}

const sum = (values: ArrayLike<number>): number => {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i]!
  return total
}
