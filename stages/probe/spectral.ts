import type { Statistics } from "../spectra/statistics.ts"

/** Statistics of singular values under the names of their columns. */
export const spectral = (found: Statistics) => ({
  per: found.proportionalEffectiveRank,
  condition_number: found.conditionNumber,
  numerical_rank: found.numericalRank,
  condition_number_of_rank: found.conditionNumberOfRank,
  zeros: found.zeros,
  frobenius: found.frobenius,
  nuclear: found.nuclear
})
