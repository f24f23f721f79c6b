/**
 * What a question says of where its cells come from, so that each can be followed to the inputs, settings and published figures it
 * rests on. Tests perturb each of these and hold that no cell changes which does not name it.
 *
 * What there is (arms, seeds, steps, domains, which published model stands beside a size) is taken as given: a source says which values
 * a cell is made from, not why its row is there.
 */

import type { SourceName } from "../published.ts"

/**
 * What a column of a source must be for its row to count: an expression in SQL over the answer's row (its columns, and what the
 * database holds), one of several such, or any value between two. Where an expression is null, no row counts.
 */
export type Match = string | ReadonlyArray<string> | { readonly from: string; readonly to: string }

/** Rows of a table of the database that cells are made from. */
export interface Source {
  /** A measurement, documents or packed; study, sizes, arms or claims, which are settings; or a table of published figures. */
  readonly from: string
  /**
   * Columns of the answer whose cells are made from them. Where absent, all that no other source names and that do not just name what was
   * run. None: the query goes by a view that reads the table for others.
   */
  readonly columns?: ReadonlyArray<string>
  /** By column of the source; all rows count where absent. */
  readonly where?: Readonly<Record<string, Match>>
  /** Of settings: which; all of a row where absent. */
  readonly settings?: ReadonlyArray<string>
  /** Of published figures: which kind of them, where the table holds several. */
  readonly published?: SourceName
}

/** Rows of the run that a row of the answer is of. */
export const ofRun = { size: "size", arm: "arm", seed: "seed" } as const
/** Rows of the arm, over all seeds. */
export const ofArm = { size: "size", arm: "arm" } as const

/** The last step that a table of measurements has. */
export const lastOf = (table: string): string => `(select max(step) from ${table})`
/** Method of the row's arm. */
export const methodOfArm = "(select method from arms where arms.size = answer.size and arms.arm = answer.arm)"
/** The arm that those of the row's size are compared with. */
export const baseline = "(select baselines.arm from baselines where baselines.size = answer.size)"
/** Steps over which the training loss at the end is averaged. */
export const tail = {
  from: "(select max(steps) - max(tail) + 1 from study)",
  to: "(select max(steps) from study)"
} as const

/** That a query only learns from a table what there is, or goes by a view that reads it for other rows: no cell is made from it. */
export const unused = (from: string): Source => ({ from, columns: [] })

/** A column that holds a setting of the row's arm, or is made from several. */
export const armSetting = (column: string, ...settings: ReadonlyArray<string>): Source => ({
  from: "arms",
  columns: [column],
  where: ofArm,
  settings
})

/** Columns that name what was run, and the settings that they come from; a question may say otherwise. */
export const naming: ReadonlyArray<Source> = [
  { from: "sizes", columns: ["size"], where: { size: "size" }, settings: ["size"] },
  armSetting("arm", "arm"),
  { from: "study", columns: ["seed"], settings: ["seeds"] }
]

/** Published spectra that stand beside the row: of the model and the step that its own columns name. */
export const besidePublished = (kind: "weights" | "updates", columns: ReadonlyArray<string>): Source => ({
  from: "published_spectra",
  columns,
  where: {
    kind: `'${kind}'`,
    size: "published_model",
    method: methodOfArm,
    component: "component",
    step: "published_step"
  },
  published: kind
})
