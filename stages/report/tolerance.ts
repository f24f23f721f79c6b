/**
 * By how much numbers of a table may differ where another machine has trained: by the same stages, from the same seeds, but with other
 * rounding and what grows from it. `pipeline verify --paper` holds committed tables to it; between equal inputs nothing is tolerated.
 *
 * Trained in float64 instead of float32, 40 steps of the smoke study differ by 2e-7 in the loss, 2e-6 in effective ranks and norms and
 * 2e-3 in condition numbers; what is allowed here leaves room for longer training.
 */
import type { Tolerance } from "../../pipeline/stage.ts"
import type { Column } from "./table.ts"

/** Means that nothing is measured there but rounding: any positive number is as good as another. */
const rounding: Tolerance = { relative: 1 }
/** A few minimal pairs whose sentences score almost alike. */
const pairs: Tolerance = { absolute: 3, relative: 0.02 }
/** What a few pairs among some hundred make of a probability. */
const probability: Tolerance = { absolute: 0.05, relative: 0.5 }
const conditionNumber: Tolerance = { relative: 0.05 }

/** Columns that the kind of their numbers says too little about, by name. */
export const byName: Readonly<Record<string, Tolerance>> = {
  sigma_min: rounding,
  condition_number_band: { relative: 0.2 },
  condition_number_of_rank_band: { relative: 0.2 },
  first_condition: conditionNumber,
  first_condition_band: { relative: 0.2 },
  last_condition: conditionNumber,
  last_condition_band: { relative: 0.2 },
  condition_number_of_rank: conditionNumber,
  condition_number_of_factors: conditionNumber,
  numerical_rank: { absolute: 1 },
  zero: { absolute: 1 },
  intruders: { absolute: 0.5 },
  correct: pairs,
  ties: pairs,
  better: pairs,
  worse: pairs,
  p: probability,
  q: probability,
  z_p: probability,
  needs: { relative: 0.2 }
}

/** By the kind of a column's numbers; undefined where cells must be equal. */
const byKind = ({ kind, name, notation, unit }: Column): Tolerance | undefined => {
  if (kind !== "number") return undefined
  // Of what lacks rank, which is printed by powers of ten, the smallest singular value is rounding.
  if (name === "condition_number") return notation === "scientific" ? rounding : conditionNumber
  // A phenomenon of 100 pairs moves by a point where one of them changes sides.
  if (unit === "%" || unit === "points") return { absolute: 4 }
  if (notation === "scientific") return { relative: 1e-3 }
  return { relative: 1e-3, absolute: 1e-3 }
}

/** How much cells of a column may differ by; undefined where not at all. */
export const toleranceOf = (column: Column): Tolerance | undefined =>
  Object.hasOwn(byName, column.name) ? byName[column.name] : byKind(column)
