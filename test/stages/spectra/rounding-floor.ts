/** Spectra of rank-16 products of random factors, in float32 and rounded to bfloat16. */
import { productSingularValues } from "../../../stages/spectra/factors.ts"
import { matrices } from "../../../stages/spectra/matrices.ts"
import { roundingFloor } from "../../../stages/spectra/rounding-floor.ts"
import { conditionNumber, type Statistics, statistics } from "../../../stages/spectra/statistics.ts"
import { singularValues } from "../../../tensor/kernels/singular-values.ts"
import { adapted, checkpointTable } from "./checkpoint-table.ts"
import { normal } from "./random.ts"

export interface Floor {
  /** Mean over the draws. */
  readonly per: number
  /** Geometric mean over the draws. */
  readonly conditionNumber: number
  /** Condition numbers by QR of the factors, of every draw. */
  readonly byFactors: ReadonlyArray<number>
  /** Of every draw. */
  readonly numericalRanks: ReadonlyArray<number>
}

/** Of the adapter as the spectra stage sees it, over some draws. */
export const floor = (productDtype: "float32" | "bf16", rows: number, columns: number, draws: number): Floor => {
  const byFactors: Array<number> = []
  const all = Array.from({ length: draws }, (_, index): Statistics => {
    const name = "layers.0.swiglu.w_2"
    const table = checkpointTable(
      adapted(
        name,
        normal("W", rows, columns),
        normal(`A ${rows}x${columns} ${index}`, 16, columns),
        normal(`B ${rows}x${columns} ${index}`, rows, 16)
      )
    )
    const subjects = matrices(table, { heads: 12, kvHeads: 4, productDtype })(0, "w_2")
    const { factors, matrix } = subjects.find(({ kind }) => kind === "adapter")!
    const sigma = singularValues(matrix!.values, rows, columns)
    byFactors.push(conditionNumber(productSingularValues(factors!, name)))
    return statistics(sigma, roundingFloor(productDtype, matrix!, sigma[0]!))
  })
  const sum = (of: (one: Statistics) => number) => all.reduce((total, one) => total + of(one), 0)
  return {
    per: sum((one) => one.proportionalEffectiveRank) / draws,
    conditionNumber: Math.exp(sum((one) => Math.log(one.conditionNumber)) / draws),
    byFactors,
    numericalRanks: all.map(({ numericalRank }) => numericalRank)
  }
}
