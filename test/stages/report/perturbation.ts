/** Perturbs what cells are made from, a row of an input, a setting, a published figure, and sees which cells change. */
import { loadComparisons } from "../../../stages/report/comparisons.ts"
import type { Config } from "../../../stages/report/config.ts"
import { type Database, withDatabase } from "../../../stages/report/database.ts"
import { readFacts } from "../../../stages/report/facts.ts"
import { type Inputs, load } from "../../../stages/report/load.ts"
import { basesOf } from "../../../stages/report/provenance/bases.ts"
import { reader } from "../../../stages/report/provenance/reads.ts"
import { read } from "../../../stages/report/query.ts"
import { type Answers, answers, questions } from "../../../stages/report/questions.ts"
import type { Value } from "../../../stages/report/table.ts"

/** Columns that say what a row is of, not what was measured. */
const names = new Set(
  ("position input row size arm seed step since other layer component head kind rows columns source domain suite phenomenon paradigm " +
    "pair event split name model method ordinal object share says measure of_arm than_arm relation at_size product_dtype first_merge " +
    "published_size")
    .split(" ")
)

/** A cell of a table of the report. */
export interface CellName {
  readonly table: string
  readonly row: number
  readonly column: string
}

/** A change to some rows of a table of the database. */
export interface Perturbation {
  readonly table: string
  /** Condition on its rows. */
  readonly where: string
  /** What a changed cell must name. */
  readonly leaf: string
  /** Whether the condition that a changed cell names must hold for one of the rows: they are one. */
  readonly row: boolean
  /** Columns to change; every one that was measured where absent. */
  readonly columns?: ReadonlyArray<string>
}

export interface Outcome {
  readonly changed: ReadonlyArray<CellName>
  /** Changed cells that do not name what was changed. */
  readonly unnamed: ReadonlyArray<CellName>
  /** Cells of measured numbers that name it. */
  readonly naming: ReadonlyArray<CellName>
}

/** Another value for each, by no amount that rows or columns share; NaN and infinity become numbers. */
const disturbed = (column: string, type: string, index: number): string =>
  type === "VARCHAR"
    ? `${column} || '!'`
    : /INT/.test(type)
    ? `${column} + 1 + (rowid + ${index}) % 3`
    : `if(isfinite(${column}), ${column} * 1.25 + 0.1 + (rowid * 7919 + ${index} * 41) % 101 / 25.0, 0.75 + rowid % 7 / 100.0)`

export interface Lab {
  readonly answers: Answers
  readonly perturb: (perturbation: Perturbation) => Promise<Outcome>
  /** Rows of a table of the database that meet a condition. */
  readonly rowsOf: (table: string, where?: string) => Promise<ReadonlyArray<number>>
  /** Every input, by the rows that it has. */
  readonly inputs: ReadonlyArray<{ readonly table: string; readonly where: string; readonly leaf: string }>
}

/** Gives `use` a report's database in which things can be perturbed. */
export const inLab = <A>(config: Config, inputs: Inputs, use: (lab: Lab) => Promise<A>): Promise<A> =>
  withDatabase(new AbortController().signal, async (database) => {
    await load(database, config, inputs)
    for (const name of ["documents", "packed"]) await materialise(database, name)
    const facts = await readFacts(database, config)
    const bases = basesOf(inputs.digests)
    const composed = await answers(database, facts, bases)
    const shown = new Set(composed.tables.map(({ name }) => name))
    const asked = questions(facts).filter(({ name }) => shown.has(name))
    const { reads } = await reader(database, bases)
    const readBy = new Map<string, ReadonlySet<string>>()
    for (const { name, sql } of asked) readBy.set(name, (await reads(sql)).tables)

    const ask = async (name: string): Promise<ReadonlyArray<Readonly<Record<string, Value>>>> => {
      const question = asked.find((question) => question.name === name)!
      const columns = Object.fromEntries(question.columns.map(({ kind, name }) => [name, `${kind}?` as const]))
      return read(database, { name, sql: question.sql, columns }, question.parameters)
    }

    const columnsOf = async (table: string, only: ReadonlyArray<string> | undefined) => {
      const { rows } = await database.query(
        `select column_name, data_type from duckdb_columns() where table_name = '${table}' order by column_index`
      )
      return rows.map((row) => [String(row["column_name"]), String(row["data_type"])] as const)
        .filter(([name]) => only === undefined ? !names.has(name) : only.includes(name))
    }

    const meets = async (table: string, where: string, condition: string) => {
      const { rows } = await database.query(
        `select 1 from ${table} where ${where} and (${condition === "" ? "true" : condition})`
      )
      return rows.length > 0
    }

    const perturb = async ({ columns, leaf, row, table, where }: Perturbation): Promise<Outcome> => {
      const sets = (await columnsOf(table, columns)).map(([name, type], index) =>
        `${name} = ${disturbed(name, type, index)}`
      )
      const made = Object.entries(bases).filter(([, base]) => base.kind === "made" && base.from.includes(table))
        .map(([name]) => name)
      const touched = new Set([table, ...made])
      const affected = composed.tables.filter(({ name }) => [...readBy.get(name)!].some((read) => touched.has(read)))
      const conditions = new Map<string, boolean>()
      const names = async (origin: number): Promise<boolean> => {
        for (const one of composed.origins[origin]!) {
          if (!(leaf === one.leaf || leaf.startsWith(`${one.leaf}.`))) continue
          if (!row) return true
          if (!conditions.has(one.rows)) conditions.set(one.rows, await meets(table, where, one.rows))
          if (conditions.get(one.rows)) return true
        }
        return false
      }
      const naming: Array<CellName> = []
      for (const answer of affected) {
        for (const { kind, name } of answer.columns) {
          for (const [at, origin] of answer.origins.get(name)!.entries()) {
            if (kind === "number" && await names(origin)) naming.push({ table: answer.name, row: at, column: name })
          }
        }
      }
      const changed: Array<CellName> = []
      const unnamed: Array<CellName> = []
      await database.run("begin")
      try {
        await database.run(`update ${table} set ${sets.join(", ")} where ${where}`)
        if (made.length > 0) {
          for (const name of ["accuracy_differences", "phenomenon_differences", "chance_tests", "published_tests"]) {
            await database.run(`drop table ${name}`)
          }
          await loadComparisons(database)
        }
        for (const answer of affected) {
          const rows = await ask(answer.name)
          if (rows.length !== answer.rows.length) {
            throw new Error(
              `table ${answer.name} has ${rows.length} rows where it had ${answer.rows.length}: ${table} where ${where}`
            )
          }
          for (const [at, before] of answer.rows.entries()) {
            for (const { name } of answer.columns) {
              if (Object.is(rows[at]![name] ?? null, before[name] ?? null)) continue
              const cell = { table: answer.name, row: at, column: name }
              changed.push(cell)
              if (!await names(answer.origins.get(name)![at]!)) unnamed.push(cell)
            }
          }
        }
      } finally {
        await database.run("rollback")
      }
      return { changed, unnamed, naming }
    }

    const known = Object.entries(bases).flatMap(([table, base]): Array<Lab["inputs"][number]> =>
      base.kind === "inputs"
        ? base.inputs.map(({ leaf }, place) => ({ table, where: `input = ${place}`, leaf }))
        : base.kind === "input"
        ? [{ table, where: "true", leaf: base.input.leaf }]
        : []
    )
    return use({
      answers: composed,
      perturb,
      inputs: known,
      rowsOf: async (table, where = "true") =>
        (await database.query(`select rowid as id from ${table} where ${where} order by rowid`)).rows
          .map((row) => Number(row["id"]))
    })
  })

const materialise = async (database: Database, name: string) => {
  await database.run(
    `create table held as select * from ${name}; drop view ${name}; alter table held rename to ${name}`
  )
}
