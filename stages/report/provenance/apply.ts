/** Applies one source to the rows of an answer: which inputs, settings or published figures each row has by it. */
import { type Database, literal } from "../database.ts"
import { type SourceName, sources } from "../published.ts"
import type { Value } from "../table.ts"
import type { Base, Bases } from "./bases.ts"
import { type Origin, plainOrigin } from "./origins.ts"
import type { Match, Source } from "./source.ts"

/** What a source gives the rows of an answer. Rows that want the same share one place in `found`. */
export interface Applied {
  readonly source: Source
  readonly place: ReadonlyArray<number>
  readonly found: ReadonlyArray<ReadonlyArray<Origin>>
}

/** What rows of the source must be, for some rows of the answer. */
interface Wanted {
  readonly place: number
  readonly values: ReadonlyArray<Value>
}

const expressionsOf = (match: Match): ReadonlyArray<string> =>
  typeof match === "string" ? [match] : "from" in match ? [match.from, match.to] : match

/** A condition on a column; the values are literals or columns. */
const condition = (column: string, match: Match, values: ReadonlyArray<string>): string =>
  typeof match === "string"
    ? `${column} = ${values[0]}`
    : "from" in match
    ? `${column} between ${values[0]} and ${values[1]}`
    : `${column} in (${values.join(", ")})`

/** Each match of a source with its part of a list that has one item for each expression. */
const matched = <A>({ where = {} }: Source, items: ReadonlyArray<A>) => {
  let at = 0
  return Object.entries(where).map(([column, match]) => ({
    column,
    match,
    own: items.slice(at, at += expressionsOf(match).length)
  }))
}

/** The expressions of a source over the rows of the answer, which stand in the table `answer`; equal lists of values once. */
const evaluate = async (database: Database, source: Source) => {
  const expressions = Object.values(source.where ?? {}).flatMap(expressionsOf)
  const columns = expressions.map((expression, index) => `${expression} as v${index}`)
  const { rows } = await database.query(`select ${["position", ...columns].join(", ")} from answer order by position`)
  const places = new Map<string, number>()
  const distinct: Array<Wanted> = []
  const place = rows.map((row) => {
    const values = expressions.map((_, index) => row[`v${index}`] ?? null)
    const name = JSON.stringify(values)
    const known = places.get(name)
    if (known !== undefined) return known
    places.set(name, distinct.length)
    return distinct.push({ place: distinct.length, values }) - 1
  })
  return { distinct, place }
}

/** Whether any row can meet what is wanted: nothing equals null. */
const isPossible = (source: Source, { values }: Wanted): boolean =>
  matched(source, values).every(({ match, own }) =>
    Array.isArray(match) ? own.some((value) => value !== null) : own.every((value) => value !== null)
  )

/** Values of a match as SQL has them; of several to choose from, each once. */
const literals = (match: Match, own: ReadonlyArray<Value>): ReadonlyArray<string> =>
  Array.isArray(match) ? [...new Set(own.filter((value) => value !== null).map(literal))] : own.map(literal)

/** A table may hold a part of a range, whatever its label says. */
const isRange = (match: Match): boolean => typeof match !== "string" && "from" in match

/** The condition in words of SQL, on columns that labels do not settle. */
const spelt = (source: Source, { values }: Wanted, labels: object = {}): string =>
  matched(source, values).filter(({ column, match }) => !(column in labels) || isRange(match))
    .map(({ column, match, own }) => condition(column, match, literals(match, own))).join(" and ")

/** What a column has in the rows of the source that meet each of what is wanted. */
const meeting = async (database: Database, source: Source, wanted: ReadonlyArray<Wanted>, column: string) => {
  if (wanted.length === 0) return []
  const names = wanted[0]!.values.map((_, index) => `v${index}`)
  const conditions = matched(source, names.map((name) => `wanted.${name}`))
    .map(({ column, match, own }) => condition(`base.${column}`, match, own))
  const columns = new Set([column, ...Object.keys(source.where ?? {})])
  const { rows } = await database.query(`
    with wanted(${["place", ...names].join(", ")}) as (
      values ${wanted.map(({ place, values }) => `(${[place, ...values.map(literal)].join(", ")})`).join(",\n")}
    )
    select distinct wanted.place, base.${column} as found
    from wanted join (select distinct ${[...columns].join(", ")} from ${source.from}) as base
      on ${["true", ...conditions].join(" and ")}
    order by all`)
  return rows.map((row) => ({ want: Number(row["place"]), found: Number(row["found"]) }))
}

/** Where published figures are from. */
const aboutOf = (published: ReadonlyArray<SourceName>): string =>
  published.map((name) => sources[name]).map(({ about, from, how }) => `${about}: ${from}; ${how}`).join(". ")

const settingsOf = (base: Extract<Base, { kind: "settings" }>, source: Source, at: string): ReadonlyArray<Origin> => {
  const settings = source.settings ?? base.settings
  return (settings === undefined ? [at] : settings.map((setting) => `${at}.${setting}`)).map(plainOrigin)
}

export const apply = async (database: Database, bases: Bases, source: Source): Promise<Applied> => {
  const base = bases[source.from]
  const { distinct, place } = await evaluate(database, source)
  const wanted = distinct.filter((want) => isPossible(source, want))
  const found: Array<Array<Origin>> = distinct.map(() => [])
  switch (base?.kind) {
    case "inputs":
      for (const { found: input, want } of await meeting(database, source, wanted, "input")) {
        const { digest, labels, leaf } = base.inputs[input]!
        found[want]!.push({ leaf, digest, rows: spelt(source, distinct[want]!, labels), about: "" })
      }
      break
    case "input":
      for (const want of wanted) found[want.place]!.push({ ...base.input, rows: spelt(source, want), about: "" })
      break
    case "settings":
      if (base.list) {
        for (const { found: position, want } of await meeting(database, source, wanted, "position")) {
          found[want]!.push(...settingsOf(base, source, `${base.leaf}[${position}]`))
        }
      } else for (const want of wanted) found[want.place]!.push(...settingsOf(base, source, base.leaf))
      break
    case "facts":
      for (const want of wanted) {
        found[want.place]!.push({
          leaf: `fact.${source.from}`,
          digest: "",
          rows: spelt(source, want),
          about: aboutOf(source.published === undefined ? base.published : [source.published])
        })
      }
      break
    default:
      throw new Error(`${source.from} is no table that cells may come from`)
  }
  return { source, place, found }
}
