import type { Matrix } from "../spectra/matrix.ts"

/**
 * Mean cosine of all pairs of different rows (Ethayarajh, 2019): (‖Σ x̂‖² − n) / (n·(n − 1)) over rows of unit length. 0 of
 * rows in directions that cancel, 1 where all point one way. Rows of zeros are left out; NaN where fewer than two are left.
 */
export const anisotropy = ({ columns, rows, values }: Matrix): number => {
  const sum = new Float64Array(columns)
  let n = 0
  for (let i = 0; i < rows; i++) {
    const row = values.subarray(i * columns, (i + 1) * columns)
    let squares = 0
    for (const x of row) squares += x * x
    if (squares === 0) continue
    const length = Math.sqrt(squares)
    for (let j = 0; j < columns; j++) sum[j]! += row[j]! / length
    n++
  }
  if (n < 2) return NaN
  let square = 0
  for (const x of sum) square += x * x
  return (square - n) / (n * (n - 1))
}
