/** What was measured of matrices, as rows of the tables. */
import type { Columns } from "../../schemas/table.ts"
import type { SingularValues, Spectra } from "../../schemas/tables.ts"
import type { Entries } from "./entries.ts"
import { conditionNumber, type Statistics } from "./statistics.ts"

export interface Measured {
  readonly layer: number
  readonly component: string
  readonly head: number
  readonly kind: string
  readonly rows: number
  readonly columns: number
  readonly rankBound: number
  readonly sigma: Float64Array
  readonly found: Statistics
  /** Absent where the matrix is known by its factors alone. */
  readonly ofEntries?: Entries
  /** Singular values by its factors, where it is a product of thin ones. */
  readonly ofFactors?: Float64Array | undefined
}

export const spectraOf = (
  step: number,
  since: number,
  measured: ReadonlyArray<Measured>
): Columns<typeof Spectra> => {
  const all = measured.map(({ found }) => found)
  return {
    step: new Int32Array(measured.length).fill(step),
    since: new Int32Array(measured.length).fill(since),
    layer: Int32Array.from(measured, ({ layer }) => layer),
    component: measured.map(({ component }) => component),
    head: Int32Array.from(measured, ({ head }) => head),
    kind: measured.map(({ kind }) => kind),
    rows: Int32Array.from(measured, ({ rows }) => rows),
    columns: Int32Array.from(measured, ({ columns }) => columns),
    per: Float64Array.from(all, (one) => one.proportionalEffectiveRank),
    per_of_rank: Float64Array.from(all, (one) => one.effectiveRankOfBound),
    condition_number: Float64Array.from(all, (one) => one.conditionNumber),
    numerical_rank: Int32Array.from(all, (one) => one.numericalRank),
    condition_number_of_rank: Float64Array.from(all, (one) => one.conditionNumberOfRank),
    condition_number_of_factors: Float64Array.from(
      measured,
      ({ ofFactors }) => ofFactors ? conditionNumber(ofFactors) : NaN
    ),
    sigma_max: Float64Array.from(all, (one) => one.sigmaMax),
    sigma_min: Float64Array.from(all, (one) => one.sigmaMin),
    zeros: Int32Array.from(all, (one) => one.zeros),
    frobenius: Float64Array.from(all, (one) => one.frobenius),
    nuclear: Float64Array.from(all, (one) => one.nuclear),
    max_abs: Float64Array.from(measured, ({ ofEntries }) => ofEntries?.maxAbs ?? NaN),
    gini: Float64Array.from(measured, ({ ofEntries }) => ofEntries?.gini ?? NaN),
    hoyer: Float64Array.from(measured, ({ ofEntries }) => ofEntries?.hoyer ?? NaN),
    rank_bound: Int32Array.from(measured, ({ rankBound }) => rankBound)
  }
}

export const singularValuesOf = (
  step: number,
  measured: ReadonlyArray<Measured>
): Columns<typeof SingularValues> => {
  const each = measured.flatMap((matrix) => Array.from(matrix.sigma, (sigma, index) => ({ ...matrix, index, sigma })))
  return {
    step: new Int32Array(each.length).fill(step),
    layer: Int32Array.from(each, ({ layer }) => layer),
    component: each.map(({ component }) => component),
    head: Int32Array.from(each, ({ head }) => head),
    kind: each.map(({ kind }) => kind),
    index: Int32Array.from(each, ({ index }) => index),
    sigma: Float64Array.from(each, ({ sigma }) => sigma)
  }
}
