/** From what a question says of its cells' sources to the inputs, settings and facts behind each cell. */
import { createTable, type Database, quoted } from "../database.ts"
import type { Question } from "../question.ts"
import type { Value } from "../table.ts"
import type { Base, Input } from "./bases.ts"
import type { Reads } from "./reads.ts"
import { type Match, naming, type Source } from "./source.ts"

/** One thing that cells are made from, as in schemas/tables.ts, CellSources. */
export interface Origin {
  readonly leaf: string
  readonly digest: string
  readonly rows: string
  readonly about: string
}

type Rows = ReadonlyArray<Readonly<Record<string, Value>>>

/** An expression of a match, and how many it takes. */
const expressionsOf = (match: Match): ReadonlyArray<string> =>
  typeof match === "string" ? [match] : "from" in match ? [match.from, match.to] : match

const literal = (value: Value): string => typeof value === "string" ? quoted(value) : String(value)

/** A condition on a column, of values that are literals or columns. */
const condition = (column: string, match: Match, values: ReadonlyArray<string>): string =>
  typeof match === "string"
    ? `${column} = ${values[0]}`
    : "from" in match
    ? `${column} between ${values[0]} and ${values[1]}`
    : `${column} in (${values.join(", ")})`

/** What a source gives each row of the answer: a number into `found`, which is what it comes to for equal rows. */
interface Sourced {
  readonly source: Source
  readonly row: ReadonlyArray<number>
  readonly found: ReadonlyArray<ReadonlyArray<Origin>>
}

const unconditional = (labels: Input["labels"], column: string): boolean => column in labels

/** Gives each distinct list of values a number, in the order in which they come. */
const numbered = (rows: ReadonlyArray<ReadonlyArray<Value>>) => {
  const numbers = new Map<string, number>()
  const distinct: Array<ReadonlyArray<Value>> = []
  const row = rows.map((values) => {
    const name = JSON.stringify(values)
    let number = numbers.get(name)
    if (number === undefined) {
      number = distinct.length
      numbers.set(name, number)
      distinct.push(values)
    }
    return number
  })
  return { row, distinct }
}

/** Applies one source to the rows of the answer, which stand in the table `answer`. */
const apply = async (database: Database, bases: Readonly<Record<string, Base>>, source: Source): Promise<Sourced> => {
  const base = bases[source.from]
  if (base === undefined || base.kind === "made" || base.kind === "words") {
    throw new Error(`${source.from} is no table that cells may come from`)
  }
  const matches = Object.entries(source.where ?? {})
  const expressions = matches.flatMap(([, match]) => expressionsOf(match))
  const asked = await database.query(
    `select ${
      ["position", ...expressions.map((expression, index) => `${expression} as v${index}`)].join(", ")
    }\nfrom answer order by position`
  )
  const { distinct, row } = numbered(
    asked.rows.map((values) => expressions.map((_, index) => values[`v${index}`] ?? null))
  )
  /** Literal conditions on columns for one list of values. */
  const conditions = (
    values: ReadonlyArray<Value>
  ): ReadonlyArray<{ readonly column: string; readonly text: string }> => {
    let at = 0
    return matches.map(([column, match]) => {
      const own = values.slice(at, at += expressionsOf(match).length).filter((value) => value !== null)
      return { column, text: condition(column, match, own.map(literal)) }
    })
  }
  const known = (values: ReadonlyArray<Value>) => {
    let at = 0
    return matches.every(([, match]) => {
      const own = values.slice(at, at += expressionsOf(match).length)
      return Array.isArray(match) ? own.some((value) => value !== null) : own.every((value) => value !== null)
    })
  }
  const all = (texts: ReadonlyArray<string>) => texts.join(" and ")
  const wanted = distinct.map((values, id) => ({ id, values })).filter(({ values }) => known(values))
  const found: Array<Array<Origin>> = distinct.map(() => [])

  /** Rows of the base that meet each list of values: what `column` has there. */
  const meeting = async (column: string) => {
    if (wanted.length === 0) return []
    const columns = matches.map(([column]) => column)
    let at = 0
    const on = matches.map(([column, match]) => {
      const names = expressionsOf(match).map(() => `wanted.v${at++}`)
      return condition(`base.${column}`, match, names)
    })
    const lists = wanted.map(({ id, values }) =>
      `(${[id, ...values.map((value) => value === null ? "null" : literal(value))].join(", ")})`
    )
    const { rows } = await database.query(`
      with wanted(${["id", ...expressions.map((_, index) => `v${index}`)].join(", ")}) as (values ${lists.join(",\n")})
      select distinct wanted.id, base.${column} as found
      from wanted join (select distinct ${[...new Set([column, ...columns])].join(", ")} from ${source.from}) as base
        on ${all(["true", ...on])}
      order by all`)
    return rows.map(({ found, id }) => ({ id: Number(id), found: Number(found) }))
  }

  switch (base.kind) {
    case "input":
      for (const { id, values } of wanted) {
        found[id]!.push({ ...base.input, rows: all(conditions(values).map(({ text }) => text)), about: "" })
      }
      break
    case "inputs":
      for (const { found: place, id } of await meeting("input")) {
        const { digest, labels, leaf } = base.inputs[place]!
        const rows = all(
          conditions(distinct[id]!).filter(({ column }) => !unconditional(labels, column)).map(({ text }) => text)
        )
        found[id]!.push({ leaf, digest, rows, about: "" })
      }
      break
    case "settings": {
      const settings = source.settings ?? base.settings
      const leaves = (prefix: string) =>
        settings === undefined ? [prefix] : settings.map((setting) => `${prefix}.${setting}`)
      const plain = (leaf: string) => ({ leaf, digest: "", rows: "", about: "" })
      if (!base.list) { for (const { id } of wanted) found[id]!.push(...leaves(base.leaf).map(plain)) }
      else {
        for (const { found: position, id } of await meeting("position")) {
          found[id]!.push(...leaves(`${base.leaf}[${position}]`).map(plain))
        }
      }
      break
    }
    case "facts":
      for (const { id, values } of wanted) {
        found[id]!.push({
          leaf: `fact.${source.from}`,
          digest: "",
          rows: all(conditions(values).map(({ text }) => text)),
          about: ""
        })
      }
  }
  return { source, row, found }
}

/** Origins of one leaf made one: its rows are those that any of them counts. */
const merged = (origins: ReadonlyArray<Origin>): ReadonlyArray<Origin> => {
  const byLeaf = new Map<string, Array<Origin>>()
  for (const origin of origins) {
    const own = byLeaf.get(origin.leaf)
    if (own === undefined) byLeaf.set(origin.leaf, [origin])
    else own.push(origin)
  }
  return [...byLeaf.values()].map((own) => {
    const conditions = [...new Set(own.map(({ rows }) => rows))].sort()
    const rows = conditions.includes("")
      ? ""
      : conditions.length === 1
      ? conditions[0]!
      : conditions.map((text) => `(${text})`).join(" or ")
    return { ...own[0]!, rows }
  }).sort((a, b) => a.leaf < b.leaf ? -1 : a.leaf > b.leaf ? 1 : 0)
}

/** Numbers of what cells were made from: equal lists have one number. */
export interface Origins {
  readonly number: (origins: ReadonlyArray<Origin>) => number
  readonly all: ReadonlyArray<ReadonlyArray<Origin>>
}
export const origins = (): Origins => {
  const numbers = new Map<string, number>()
  const all: Array<ReadonlyArray<Origin>> = []
  return {
    all,
    number: (list) => {
      const name = JSON.stringify(list)
      const known = numbers.get(name)
      if (known !== undefined) return known
      numbers.set(name, all.length)
      return all.push(list) - 1
    }
  }
}

const types = { text: "varchar", integer: "bigint", number: "double" } as const

/** Fails where a question's sources and what its query reads do not fit together. */
const checkReads = ({ name, sources }: Question, { tables }: Reads, bases: Readonly<Record<string, Base>>): void => {
  const named = new Set(sources.map(({ from }) => from))
  const read = new Set([...tables].flatMap((table) => {
    const base = bases[table]
    if (base === undefined) {
      throw new Error(`the query of table ${name} reads ${table}, of which nobody knows what it comes from`)
    }
    return base.kind === "made" ? base.from : [table]
  }))
  for (const table of read) {
    const { kind } = bases[table]!
    if ((kind === "input" || kind === "inputs") && !named.has(table)) {
      throw new Error(`the query of table ${name} reads ${table}, and its sources do not name it`)
    }
  }
}

/** Numbers of the sources of each column's cells, row by row. */
export const resolve = async (
  database: Database,
  bases: Readonly<Record<string, Base>>,
  question: Question,
  reads: Reads,
  rows: Rows,
  into: Origins
): Promise<ReadonlyMap<string, Int32Array>> => {
  checkReads(question, reads, bases)
  const columns = question.columns.map(({ kind, name }) => [name, types[kind]] as const)
  await createTable(database, "answer", Object.fromEntries(columns), rows)
  try {
    const names = new Set(question.columns.map(({ name }) => name))
    const own = question.sources
    const claimed = new Set(own.flatMap(({ columns = [] }) => columns))
    const implied = naming.filter(({ columns: [column = ""] = [], where = {} }) =>
      !claimed.has(column) && [column, ...Object.keys(where)].every((name) => names.has(name))
    )
    const applied: Array<Sourced> = []
    for (const source of [...own, ...implied]) applied.push(await apply(database, bases, source))
    const impliedColumns = new Set(implied.flatMap(({ columns = [] }) => columns))
    return new Map(question.columns.map(({ name }) => {
      const behind = applied.filter(({ source: { columns } }) =>
        columns === undefined ? !impliedColumns.has(name) && !claimed.has(name) : columns.includes(name)
      )
      const known = new Map<string, number>()
      return [
        name,
        Int32Array.from(rows, (row, index) => {
          const key = behind.map((sourced) => sourced.row[index]).join()
          let number = known.get(key)
          if (number === undefined) {
            number = into.number(merged(behind.flatMap(({ found, row }) => found[row[index]!]!)))
            known.set(key, number)
          }
          if (into.all[number]!.length === 0 && row[name] !== null && row[name] !== undefined) {
            throw new Error(`table ${question.name}, row ${index}: nothing is said of where ${name} comes from`)
          }
          return number
        })
      ]
    }))
  } finally {
    await database.run("drop table answer")
  }
}
