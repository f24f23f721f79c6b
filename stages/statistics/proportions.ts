import { logNormalTail } from "./normal.ts"
import { fromLogP, type TestResult } from "./test-result.ts"

export interface Proportion {
  /** Need not be whole: a mean accuracy times the number of pairs. */
  readonly successes: number
  readonly trials: number
}

/**
 * One-sided two-proportion z-test that the first proportion is larger, with the pooled variance, as statsmodels'
 * proportions_ztest does (arXiv 2509.12960 compares overall BLiMP accuracies so). It takes the two samples for
 * independent; accuracies on the same pairs are not, and the test is then too cautious. NaN where both are 0 or both 1.
 */
export const proportionsTest = (first: Proportion, second: Proportion): TestResult & { readonly z: number } => {
  const pooled = (first.successes + second.successes) / (first.trials + second.trials)
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / first.trials + 1 / second.trials))
  const z = (first.successes / first.trials - second.successes / second.trials) / deviation
  return { z, ...fromLogP(logNormalTail(z)) }
}
