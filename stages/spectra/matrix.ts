/** A matrix held row-major. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly values: Float32Array | Float64Array
}
