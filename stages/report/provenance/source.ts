/** What a question says of where its cells come from. Tests perturb inputs, settings and facts and hold that no cell changes beyond it. */

/**
 * What a column of a source must be for its row to count: an expression in SQL over the answer's row (its columns, and what the
 * database holds), one of several such, or any value between two. Where an expression is null, no row counts.
 */
export type Match = string | ReadonlyArray<string> | { readonly from: string; readonly to: string }

/** Rows of a table of the database that cells are made from. */
export interface Source {
  /** A measurement, documents or packed; study, sizes, arms or claims, which are settings; or a table of published figures. */
  readonly from: string
  /** Columns of the answer whose cells are made from them; where absent, all but those that only name what was run. */
  readonly columns?: ReadonlyArray<string>
  /** By column of the source; all rows count where absent. */
  readonly where?: Readonly<Record<string, Match>>
  /** Of settings: which; all of a row where absent. */
  readonly settings?: ReadonlyArray<string>
}

/** Rows of the run that a row of the answer is of. */
export const ofRun = { size: "size", arm: "arm", seed: "seed" } as const
/** Rows of the arm, over all seeds. */
export const ofArm = { size: "size", arm: "arm" } as const

/** The last step that a table of measurements has. */
export const lastOf = (table: string): string => `(select max(step) from ${table})`

/** Columns that name what was run, and the settings that they come from. */
export const naming: ReadonlyArray<Source> = [
  { from: "sizes", columns: ["size"], where: { size: "size" }, settings: ["size"] },
  { from: "arms", columns: ["arm"], where: ofArm, settings: ["arm"] },
  { from: "study", columns: ["seed"], settings: ["seeds"] }
]
