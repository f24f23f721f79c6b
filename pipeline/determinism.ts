/**
 * What two runs of one key may differ by, as stages declare it and `verify --rebuild` holds them to, column by column.
 *
 * - bit-exact: nothing, wherever they ran.
 * - seeded: nothing on one machine, since all that is random follows from the seeds in the settings; on another machine rounding
 *   differs, and what grows from it.
 * - tolerance: numbers of the columns named, by so much; nothing else.
 */
import type { Difference } from "./compare.ts"
import type { AnyStage, Tolerance } from "./stage.ts"

/** How much the numbers of a column may differ by; undefined where not at all. */
export const toleranceOf = ({ determinism }: AnyStage, output: string, column: string): Tolerance | undefined =>
  determinism.class === "tolerance" ? determinism.columns[output]?.[column] : undefined

/**
 * Whether an output that differs in some columns is what its stage promises; of columns that are not known nothing is promised.
 * `sameMachine`: both results were made on one.
 */
export const isPromised = (
  { determinism }: AnyStage,
  columns: ReadonlyArray<Difference>,
  sameMachine: boolean
): boolean => {
  switch (determinism.class) {
    case "bit-exact":
      return false
    case "seeded":
      return !sameMachine
    case "tolerance":
      return columns.length > 0 && columns.every(({ beyond }) => beyond === 0)
  }
}

/** The class in words. */
export const inWords = ({ determinism }: AnyStage): string => {
  switch (determinism.class) {
    case "bit-exact":
      return "the same bits"
    case "seeded":
      return `the same bits on one machine, all drawn from ${determinism.seeds.join(", ")}`
    case "tolerance":
      return "the same bits but for the tolerances of some columns"
  }
}
