/** Quantiles of Student's t for a 95 % band of a mean. */

/** t(0.975) for 1, 2, … 30 degrees of freedom; beyond them the normal quantile's expansion is exact to 3 digits. */
const table = [
  12.706,
  4.303,
  3.182,
  2.776,
  2.571,
  2.447,
  2.365,
  2.306,
  2.262,
  2.228,
  2.201,
  2.179,
  2.160,
  2.145,
  2.131,
  2.120,
  2.110,
  2.101,
  2.093,
  2.086,
  2.080,
  2.074,
  2.069,
  2.064,
  2.060,
  2.056,
  2.052,
  2.048,
  2.045,
  2.042
]

/** Macro student(n): t(0.975) with n − 1 degrees of freedom; null for fewer than 2 values. */
export const studentQuantiles = `
  create macro student(n) as case
    when n < 2 then null
    when n <= ${table.length + 1} then [${table.join(", ")}][n - 1]
    else 1.960 + 2.372 / (n - 1) + 2.823 / ((n - 1) * (n - 1))
  end`
