import { studentQuantile } from "./student.ts"

export interface Interval {
  readonly low: number
  readonly high: number
}

/**
 * Interval of a mean by Student's t, for values taken as independent draws of one normal law: mean ± t·s/√n. Undefined
 * for fewer than two values: one value says nothing of how far another would be from it.
 */
export const meanInterval = (values: ReadonlyArray<number>, level = 0.95): Interval | undefined => {
  const n = values.length
  if (n < 2) return undefined
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const half = studentQuantile(level, n - 1) * Math.sqrt(squares / (n - 1) / n)
  return { low: mean - half, high: mean + half }
}
