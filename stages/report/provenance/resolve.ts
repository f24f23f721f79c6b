/** From what a question says of its cells' sources to the inputs, settings and published figures behind each cell. */
import { createTable, type Database, type Row } from "../database.ts"
import type { Question } from "../question.ts"
import { type Applied, apply } from "./apply.ts"
import type { Bases } from "./bases.ts"
import { merged, type Origins } from "./origins.ts"
import { naming } from "./source.ts"

const types = { text: "varchar", integer: "bigint", number: "double" } as const

/** Fails where a query reads measurements that the question's sources do not name. */
const checkReads = (
  { name, sources }: Pick<Question, "name" | "sources">,
  reads: ReadonlySet<string>,
  bases: Bases
): void => {
  const named = new Set(sources.map(({ from }) => from))
  for (const table of reads) {
    const base = bases[table]
    if (base === undefined) {
      throw new Error(`the query of table ${name} reads ${table}, and nobody knows what that is made from`)
    }
    if (base.kind === "made") checkReads({ name, sources }, new Set(base.from), bases)
    else if ((base.kind === "input" || base.kind === "inputs") && !named.has(table)) {
      throw new Error(`the query of table ${name} reads ${table}, and its sources do not name it`)
    }
  }
}

/** A question's own sources, and those of its columns that only name what was run. */
const sourcesOf = ({ columns, sources }: Question) => {
  const names = new Set(columns.map(({ name }) => name))
  const said = new Set(sources.flatMap(({ columns = [] }) => columns))
  const implied = naming.filter(({ columns: [column = ""] = [], where = {} }) =>
    !said.has(column) && [column, ...Object.keys(where)].every((name) => names.has(name))
  )
  const by = new Set([...said, ...implied.flatMap(({ columns = [] }) => columns)])
  return {
    all: [...sources, ...implied],
    /** Whether a source is one of a column's. */
    isOf: ({ source: { columns } }: Applied, name: string) =>
      columns === undefined ? !by.has(name) : columns.includes(name)
  }
}

/** Places of the origins of the cells of some columns, row by row; `reads` are the tables that the query reads. */
export const resolve = async (
  database: Database,
  bases: Bases,
  question: Question,
  reads: ReadonlySet<string>,
  rows: ReadonlyArray<Row>,
  columns: ReadonlyArray<string>,
  origins: Origins
): Promise<ReadonlyMap<string, Int32Array>> => {
  checkReads(question, reads, bases)
  const typed = question.columns.map(({ kind, name }) => [name, types[kind]] as const)
  await createTable(database, "answer", Object.fromEntries(typed), rows)
  try {
    const { all, isOf } = sourcesOf(question)
    const applied: Array<Applied> = []
    for (const source of all) applied.push(await apply(database, bases, source))
    return new Map(columns.map((name) => {
      const behind = applied.filter((one) => isOf(one, name))
      const known = new Map<string, number>()
      const placeOf = (row: number): number => {
        const wanted = behind.map(({ place }) => place[row]!)
        const before = known.get(wanted.join())
        if (before !== undefined) return before
        const place = origins.place(merged(behind.flatMap(({ found }, index) => found[wanted[index]!]!)))
        known.set(wanted.join(), place)
        return place
      }
      return [
        name,
        Int32Array.from(rows, (row, index) => {
          const place = placeOf(index)
          if (origins.all[place]!.length === 0 && row[name] !== null) {
            throw new Error(`table ${question.name}, row ${index}: nothing is said of where ${name} comes from`)
          }
          return place
        })
      ]
    }))
  } finally {
    await database.run("drop table answer")
  }
}
