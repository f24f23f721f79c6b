/** What the page's script is told of where cells come from. */
import { isWithin } from "../../../schemas/leaf.ts"
import type { CellData } from "../client/data.ts"
import type { Config } from "../config.ts"
import type { Origin } from "../provenance/origins.ts"
import { settingLeaves } from "../provenance/settings.ts"
import type { Answer, Answers } from "../questions.ts"

/** Places of things in a list that grows, each thing once. */
const listed = <A>() => {
  const places = new Map<string, number>()
  const all: Array<A> = []
  return {
    all,
    place: (item: A): number => {
      const name = JSON.stringify(item)
      const known = places.get(name)
      if (known !== undefined) return known
      places.set(name, all.length)
      return all.push(item) - 1
    }
  }
}

/** Of `tables`, those that the page shows. */
export const cellData = (
  tables: ReadonlyArray<Answer>,
  { origins, views }: Pick<Answers, "origins" | "views">,
  config: Config
): CellData => {
  const inputs = listed<CellData["inputs"][number]>()
  const conditions = listed<string>()
  const facts = listed<CellData["facts"][number]>()
  const kept = listed<number>()
  conditions.place("")
  const settings = settingLeaves(config, "config")
  const told = new Map<string, string>()
  const originOf = (all: ReadonlyArray<Origin>): CellData["origins"][number] => {
    const own = {
      inputs: [] as Array<readonly [number, number]>,
      facts: [] as Array<number>,
      settings: [] as Array<string>
    }
    for (const { about, digest, leaf, rows } of all) {
      if (leaf.startsWith("input.")) own.inputs.push([inputs.place([leaf, digest]), conditions.place(rows)])
      else if (leaf.startsWith("fact.")) own.facts.push(facts.place([leaf.slice("fact.".length), rows, about]))
      else {
        for (const [name, value] of settings.filter(([name]) => isWithin(name, leaf))) {
          own.settings.push(name)
          told.set(name, value)
        }
      }
    }
    return Object.fromEntries(Object.entries(own).filter(([, items]) => items.length > 0))
  }
  const cells = Object.fromEntries(
    tables.map((table) => [
      table.name,
      table.columns.map(({ name }) => {
        const places = Array.from(table.origins.get(name)!, kept.place)
        return { column: name, origin: places.every((place) => place === places[0]) ? places[0]! : places }
      })
    ])
  )
  const names = new Set(tables.flatMap(({ views }) => views))
  return {
    queries: Object.fromEntries(tables.map(({ file, name, sql, views }) => [name, { file, sql, views }])),
    views: Object.fromEntries([...views].filter(([name]) => names.has(name))),
    origins: kept.all.map((origin) => originOf(origins[origin]!)),
    inputs: inputs.all,
    conditions: conditions.all,
    facts: facts.all,
    settings: Object.fromEntries(told),
    cells
  }
}
