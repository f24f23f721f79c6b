/** What a study makes of a matrix's singular values. */

export interface Statistics {
  /** exp(H(σ/Σσ)) / min(rows, columns), in (0, 1]; NaN for a zero matrix. */
  readonly proportionalEffectiveRank: number
  /** σ_max / σ_min; infinite where σ_min is 0; NaN for a zero matrix. */
  readonly conditionNumber: number
  /** Singular values above the rounding floor; 0 for a zero matrix. */
  readonly numericalRank: number
  /** σ_max over the smallest singular value above the rounding floor; NaN for a zero matrix. */
  readonly conditionNumberOfRank: number
  readonly sigmaMax: number
  readonly sigmaMin: number
  /** √Σσ² */
  readonly frobenius: number
}

/**
 * Proportional effective rank (Diehl Martinez et al., arXiv 2410.11451): effective rank exp(−Σ p·ln p) with p = σ/Σσ
 * (Roy and Vetterli, 2007) as a share of the number of singular values. A σ of 0 adds nothing: p·ln p → 0.
 */
export const proportionalEffectiveRank = (sigma: ArrayLike<number>): number => {
  const total = sum(sigma)
  let entropy = 0
  for (let i = 0; i < sigma.length; i++) {
    const share = sigma[i]! / total
    if (share > 0) entropy -= share * Math.log(share)
  }
  return total > 0 ? Math.exp(entropy) / sigma.length : NaN
}

/** Statistics of singular values in descending order, all min(rows, columns) of them; up to `floor` they are rounding. */
export const statistics = (sigma: ArrayLike<number>, floor: number): Statistics => {
  if (sigma.length === 0) throw new Error("an empty matrix has no singular values to describe")
  const sigmaMax = sigma[0]!, sigmaMin = sigma[sigma.length - 1]!
  let squares = 0
  for (let i = 0; i < sigma.length; i++) {
    const relative = sigmaMax > 0 ? sigma[i]! / sigmaMax : 0
    squares += relative * relative
  }
  let numericalRank = 0
  while (numericalRank < sigma.length && sigma[numericalRank]! > floor) numericalRank++
  return {
    proportionalEffectiveRank: proportionalEffectiveRank(sigma),
    conditionNumber: sigmaMax / sigmaMin, // 0/0 is NaN, σ/0 infinite
    numericalRank,
    conditionNumberOfRank: numericalRank === 0 ? NaN : sigmaMax / sigma[numericalRank - 1]!,
    sigmaMax,
    sigmaMin,
    frobenius: sigmaMax * Math.sqrt(squares)
  }
}

const sum = (values: ArrayLike<number>): number => {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i]!
  return total
}
