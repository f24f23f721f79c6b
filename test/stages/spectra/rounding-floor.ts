/** Spectra of rank-16 products of random factors, in float32 and rounded to bfloat16. */
import { matrices } from "../../../stages/spectra/matrices.ts"
import { roundingFloor } from "../../../stages/spectra/rounding-floor.ts"
import { type Statistics, statistics } from "../../../stages/spectra/statistics.ts"
import { singularValues } from "../../../tensor/kernels/singular-values.ts"
import { adapted, checkpointTable } from "./checkpoint-table.ts"
import { normal } from "./random.ts"

export interface Floor {
  /** Mean over the draws. */
  readonly per: number
  /** Geometric mean over the draws. */
  readonly conditionNumber: number
  /** Of every draw. */
  readonly numericalRanks: ReadonlyArray<number>
}

/** Of the adapter as the spectra stage sees it, over some draws. */
export const floor = (productDtype: "float32" | "bf16", rows: number, columns: number, draws: number): Floor => {
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
    const { adapter } = matrices(table, { heads: 12, kvHeads: 4, productDtype })(0, "w_2")
    const sigma = singularValues(adapter!.values, rows, columns)
    return statistics(sigma, roundingFloor(productDtype, adapter!, sigma[0]!))
  })
  const sum = (of: (one: Statistics) => number) => all.reduce((total, one) => total + of(one), 0)
  return {
    per: sum((one) => one.proportionalEffectiveRank) / draws,
    conditionNumber: Math.exp(sum((one) => Math.log(one.conditionNumber)) / draws),
    numericalRanks: all.map(({ numericalRank }) => numericalRank)
  }
}
