/** A question to the database whose answer is a table of the report. */
import type { Facts } from "./facts.ts"
import type { Source } from "./provenance/source.ts"
import type { SourceName } from "./published.ts"
import type { Parameters } from "./query.ts"
import type { Column } from "./table.ts"

export interface Question {
  readonly name: string
  readonly title: string
  readonly caption: (facts: Facts) => string
  /** Published figures that stand in the table: their sources, and the difference in scale, are stated at its head. */
  readonly published: ReadonlyArray<SourceName>
  /** Every column is a column of the answer. */
  readonly columns: ReadonlyArray<Column>
  /** The query, a file of its own beside the table's. */
  readonly sql: string
  /** Name of that file without its ending, where several tables share it. */
  readonly file?: string
  /** What the query asks for by getvariable('NAME'). */
  readonly parameters?: Parameters
  /** What the cells are made from. */
  readonly sources: ReadonlyArray<Source>
  /** Section of the page, and place in it. */
  readonly section: Section
}

/** Sections of the page, in order. */
export const sections = [
  "claims",
  "setting",
  "training",
  "held-out text",
  "minimal pairs",
  "weights",
  "updates",
  "dynamics",
  "models from elsewhere",
  "published"
] as const
export type Section = (typeof sections)[number]
