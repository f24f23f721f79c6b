/** Spectra of freshly drawn weights, averaged over twelve draws as the study averages over its twelve layers. */
import type { Matrix } from "../../../stages/spectra/matrix.ts"
import { ovCircuit } from "../../../stages/spectra/ov-circuit.ts"
import { statistics } from "../../../stages/spectra/statistics.ts"
import { singularValues } from "../../../tensor/kernels/singular-values.ts"
import { random } from "./random.ts"

export const draws = 12

export interface Mean {
  readonly per: number
  readonly conditionNumber: number
}

/** Means over the draws of a matrix. */
export const mean = (draw: (index: number) => Matrix): Mean => {
  let per = 0, conditionNumber = 0
  for (let index = 0; index < draws; index++) {
    const { columns, rows, values } = draw(index)
    const found = statistics(singularValues(values, rows, columns), 0)
    per += found.proportionalEffectiveRank / draws
    conditionNumber += found.conditionNumber / draws
  }
  return { per, conditionNumber }
}

export const meanOfMatrix = (rows: number, columns: number): Mean =>
  mean((index) => random(`${rows}x${columns}.${index}`, rows, columns))

/** OV circuit of the study's heads: twelve, over four key-value heads. */
export const meanOfCircuit = (width: number): Mean =>
  mean((index) =>
    ovCircuit(random(`v.${width}.${index}`, width / 3, width), random(`o.${width}.${index}`, width, width), {
      heads: 12,
      kvHeads: 4
    })
  )
