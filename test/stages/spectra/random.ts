/** Random matrices, the same everywhere. */
import type { Matrix } from "../../../stages/spectra/matrix.ts"
import { stream } from "../../../tensor/random.ts"

/** U(−1/√columns, 1/√columns), as PyTorch starts a linear layer; float32. */
export const random = (name: string, rows: number, columns: number): Matrix => {
  const bound = 1 / Math.sqrt(columns)
  return { rows, columns, values: stream(42, name).fillUniform(new Float32Array(rows * columns), -bound, bound) }
}

/** Standard normal; float32. */
export const normal = (name: string, rows: number, columns: number): Matrix => ({
  rows,
  columns,
  values: stream(42, name).fillNormal(new Float32Array(rows * columns))
})
