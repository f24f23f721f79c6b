/** What a test gives: its p-value, and the logarithm of it, which is finite where the p-value is too small for a number. */
export interface TestResult {
  readonly p: number
  /** Natural logarithm of p. */
  readonly logP: number
}

export const fromLogP = (logP: number): TestResult => ({ logP, p: Math.exp(logP) })
