/** The rows of the store that a cell was made from. */
import type { Output } from "../schemas/event.ts"
import { isMany } from "./graph.ts"
import { type Answer, identifier, quoted, withQueries } from "./query.ts"
import type { AnyStage } from "./stage.ts"
import type { TracedInput } from "./trace.ts"

/** Rows that inputs of one port hold. */
export interface Behind extends Answer {
  readonly port: string
  readonly inputs: ReadonlyArray<TracedInput>
  /** All of them, though fewer may be given. */
  readonly count: number
  /** Inputs whose tables are not in the store any more, or whose makers nobody knows. */
  readonly gone: number
}

const portOf = (leaf: string): string => /^input\.([^[]+)/.exec(leaf)![1]!

/** Labels in an input's leaf, as SQL has their values. */
const labelsOf = (leaf: string): ReadonlyArray<readonly [name: string, value: string]> => {
  const text = /\[(?:\d+:)?(.+)\]$/.exec(leaf)?.[1]
  return text === undefined ? [] : text.split(",").map((label) => {
    const [name = "", value = ""] = label.split("=", 2)
    return [name, /^-?\d+$/.test(value) ? value : quoted(value)]
  })
}

/** The query for rows of tables of one kind: labels in front, as far as the table lacks them. */
const queryOf = (
  inputs: ReadonlyArray<{ readonly input: TracedInput; readonly file: string }>,
  columns: ReadonlyArray<string>
): string =>
  inputs.map(({ file, input: { leaf, rows } }) => {
    const labels = labelsOf(leaf).filter(([name]) => !columns.includes(name))
      .map(([name, value]) => `${value} as ${identifier(name)}`)
    const where = rows === "" ? "" : ` where ${rows}`
    return `select ${[...labels, "*"].join(", ")} from read_parquet(${quoted(file)})${where}`
  }).join("\nunion all by name\n")

/** Reads them, port by port, at most so many of each; `file` gives the file of an output that is in the store. */
export const rowsBehind = (
  stage: AnyStage,
  inputs: ReadonlyArray<TracedInput>,
  file: (output: Output) => string | undefined,
  most: number
): Promise<ReadonlyArray<Behind>> =>
  withQueries([], async (ask) => {
    const found: Array<Behind> = []
    for (const port of new Set(inputs.map(({ leaf }) => portOf(leaf)))) {
      const own = inputs.filter(({ leaf }) => portOf(leaf) === port)
      const present = own.flatMap((input) => {
        const output = input.maker?.outputs[input.output!]
        const path = output && file(output)
        return path === undefined ? [] : [{ input, file: path }]
      })
      const here = { port, inputs: own, gone: own.length - present.length }
      if (present.length === 0) found.push({ ...here, count: 0, names: [], rows: [] })
      else {
        const given = stage.inputs[port]!
        const query = queryOf(present, Object.keys((isMany(given) ? given.many : given).columns))
        const { rows: [counted] } = await ask(`select count(*)::double as count from (${query})`)
        found.push({ ...here, count: Number(counted!.count), ...await ask(`select * from (${query}) limit ${most}`) })
      }
    }
    return found
  })
