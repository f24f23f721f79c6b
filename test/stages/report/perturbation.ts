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
    "pair event split name model setting about method ordinal object share says measure of_arm than_arm relation at_size product_dtype first_merge " +
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
  /** Cells of measured numbers that name it; not looked for where it is one row. */
  readonly naming: ReadonlyArray<CellName>
}

/** Another value for each, by no amount that rows or columns share; NaN and infinity become numbers. */
const disturbed = (column: string, type: string, index: number): string =>
  type === "VARCHAR"
    ? `${column} || '!'`
    : /INT/.test(type)
    ? `${column} + 1 + (rowid + ${index}) % 3`
    : `if(isfinite(${column}), ${column} * 1.25 + 0.1 + (rowid * 7919 + ${index} * 41) % 101 / 25.0, 0.75 + rowid % 7 / 100.0)`

/** What many perturbations came to. */
export interface Survey {
  /** Cells that changed and did not name what was perturbed. */
  readonly unnamed: ReadonlyArray<string>
  readonly changed: number
  /** Of the cells of measured numbers that name what was perturbed, the share that changed. */
  readonly share: number
  /** Leaves that cells name, of which none changed. */
  readonly idle: ReadonlyArray<string>
}

/** Perturbs one thing after the other. */
export const survey = async (lab: Lab, perturbations: ReadonlyArray<Perturbation>): Promise<Survey> => {
  const unnamed: Array<string> = []
  const idle: Array<string> = []
  let [changed, named, moved] = [0, 0, 0]
  for (const perturbation of perturbations) {
    const outcome = await lab.perturb(perturbation)
    const cells = new Set(outcome.changed.map((cell) => JSON.stringify(cell)))
    const hit = outcome.naming.filter((cell) => cells.has(JSON.stringify(cell))).length
    changed += cells.size
    named += outcome.naming.length
    moved += hit
    if (outcome.naming.length > 0 && cells.size === 0) idle.push(perturbation.leaf)
    for (const { column, row, table } of outcome.unnamed) {
      unnamed.push(`${perturbation.leaf} where ${perturbation.where} changed ${table}/${row}/${column}`)
    }
  }
  return { unnamed, changed, share: moved / named, idle }
}

/** Settings by their columns in the database. */
const settings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  arms: {
    rank: "rank",
    settings: "settings",
    total_parameters: "totalParameters",
    trained_parameters: "trainedParameters",
    warm_start_flops: "warmStartFlops",
    step_flops: "stepFlops",
    merges: "merges"
  },
  sizes: {
    width: "width",
    hidden: "hidden",
    layers: "layers",
    heads: "heads",
    kv_heads: "kvHeads",
    vocabulary: "vocabulary",
    parameters: "parameters"
  },
  study: { tail: "steps", batch_size: "batchSize", sequence_length: "sequenceLength" },
  settings: { value: "value" },
  claims: { says: "says", source: "source", margin: "margin", than_value: "than" }
}

/** Every perturbation of a setting. */
export const ofSettings = async (lab: Lab): Promise<ReadonlyArray<Perturbation>> => {
  const all: Array<Perturbation> = []
  for (const [table, columns] of Object.entries(settings)) {
    for (const row of await lab.rowsOf(table)) {
      for (const [column, setting] of Object.entries(columns)) {
        const leaf = table === "study" ? `config.${setting}` : `config.${table}[${row}].${setting}`
        all.push({ table, where: `rowid = ${row}`, leaf, row: false, columns: [column] })
      }
    }
  }
  return all
}

/** Every perturbation of a row of published figures. */
export const ofFacts = async (lab: Lab): Promise<ReadonlyArray<Perturbation>> => {
  const all: Array<Perturbation> = []
  for (const table of lab.facts) {
    for (const row of await lab.rowsOf(table)) {
      all.push({ table, where: `rowid = ${row}`, leaf: `fact.${table}`, row: true })
    }
  }
  return all
}

export interface Lab {
  readonly answers: Answers
  readonly perturb: (perturbation: Perturbation) => Promise<Outcome>
  /** Rows of a table of the database that meet a condition. */
  readonly rowsOf: (table: string, where?: string) => Promise<ReadonlyArray<number>>
  /** Tables of published figures. */
  readonly facts: ReadonlyArray<string>
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
      const known = new Map<number, boolean>()
      const names = async (origin: number): Promise<boolean> => {
        if (!known.has(origin)) known.set(origin, await isNamed(origin))
        return known.get(origin)!
      }
      const isNamed = async (origin: number): Promise<boolean> => {
        for (const one of composed.origins[origin]!) {
          if (!(leaf === one.leaf || leaf.startsWith(`${one.leaf}.`))) continue
          if (!row) return true
          if (!conditions.has(one.rows)) conditions.set(one.rows, await meets(table, where, one.rows))
          if (conditions.get(one.rows)) return true
        }
        return false
      }
      const naming: Array<CellName> = []
      for (const answer of row ? [] : affected) {
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
          const all = Object.keys(bases).filter((name) => bases[name]!.kind === "made" || name === "published_tests")
          for (const name of all) await database.run(`drop table ${name}`)
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
      facts: Object.keys(bases).filter((name) => bases[name]!.kind === "facts"),
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
