/** Reads suites of minimal pairs from JSON lines. */
import { basename } from "node:path"
import type { ExternalFile } from "../../pipeline/stage.ts"
import type { Row } from "../../schemas/table.ts"
import type { Pairs } from "../../schemas/tables.ts"
import { jsonLinesOf, optionalText, requiredText } from "./json-lines.ts"

/** A suite's name, and the fields of its lines. */
export interface PairFields {
  readonly suite: string
  readonly good: string
  readonly bad: string
  /** Where a line has none, the file's name without its ending. */
  readonly paradigm: string
  /** Where a line has none, the paradigm. */
  readonly phenomenon: string
}

/** Pairs in the order of the files and lines, numbered within each paradigm. */
export const readPairs = async (
  files: ReadonlyArray<ExternalFile>,
  { suite, ...fields }: PairFields
): Promise<ReadonlyArray<Row<typeof Pairs>>> => {
  const rows: Array<Row<typeof Pairs>> = []
  const counts = new Map<string, number>()
  for (const file of files) {
    const named = basename(file.name).replace(/\.jsonl(\.gz)?$/, "")
    for await (const line of jsonLinesOf(file)) {
      const paradigm = optionalText(line, fields.paradigm) ?? named
      const phenomenon = optionalText(line, fields.phenomenon) ?? paradigm
      const key = JSON.stringify([phenomenon, paradigm])
      const pair = counts.get(key) ?? 0
      counts.set(key, pair + 1)
      const [good, bad] = [requiredText(line, fields.good), requiredText(line, fields.bad)]
      rows.push({ suite, phenomenon, paradigm, pair, good, bad })
    }
  }
  if (rows.length === 0) throw new Error(`the suite ${suite} has no pairs; check evaluation.pairs.${suite}.paths`)
  return rows
}
