/** Quantiles of Student's t for a 95 % band of a mean, for SQL. */
import { studentQuantile } from "../statistics/student.ts"

/** Degrees of freedom up to which quantiles are listed; from there on the expansion is exact to ten digits. */
const listed = 200

/** Powers of 1/freedom after the first, z (Abramowitz & Stegun 26.7.5). */
const expansion = (z: number): ReadonlyArray<number> => [
  (z ** 3 + z) / 4,
  (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
  (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
  (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92_160
]

/** Macro student(n): t(0.975) with n − 1 degrees of freedom; null for fewer than 2 values. */
export const studentQuantiles = (): string => {
  const z = 1.959963984540054 // the normal law's
  const table = Array.from({ length: listed }, (_, at) => studentQuantile(0.95, at + 1))
  const beyond = expansion(z).map((factor, power) => `${factor}::double / (n - 1) ** ${power + 1}`)
  return `
    create macro student(n) as case
      when n < 2 then null
      when n <= ${listed + 1} then [${table.map((t) => `${t}::double`).join(", ")}][n - 1]
      else ${z}::double + ${beyond.join(" + ")}
    end`
}
