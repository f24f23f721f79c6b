import type { Database } from "../database.ts"
import type { Facts } from "../facts.ts"
import type { Section } from "../question.ts"
import type { Look } from "./style.ts"

export interface Figure {
  /** File name without its ending. */
  readonly name: string
  readonly caption: string
  readonly section: Section
  /** Small ones stand several in a row. */
  readonly small: boolean
  readonly svg: string
}

/** Draws some figures from what the database holds. */
export type Artist = (
  database: Database,
  facts: Facts,
  looks: ReadonlyArray<Look>
) => Promise<ReadonlyArray<Figure>>
