/** What a table's cells were made from, as JSON beside its other forms. */
import type { Origin } from "../provenance/origins.ts"
import type { Answer, Answers } from "../questions.ts"
import { heading } from "../table.ts"

/** An origin in three parts; what is empty is left out. */
const parts = (origins: ReadonlyArray<Origin>) => {
  const inputs = origins.filter(({ leaf }) => leaf.startsWith("input."))
  const settings = origins.filter(({ leaf }) => leaf.startsWith("config."))
  const facts = origins.filter(({ leaf }) => leaf.startsWith("fact."))
  return {
    ...(inputs.length > 0 && {
      inputs: inputs.map(({ digest, leaf, rows }) => ({ leaf, digest, ...(rows !== "" && { rows }) }))
    }),
    ...(settings.length > 0 && { settings: settings.map(({ leaf }) => leaf) }),
    ...(facts.length > 0 && {
      facts: facts.map(({ about, leaf, rows }) => ({ fact: leaf.slice("fact.".length), rows, about }))
    })
  }
}

export const sidecar = (table: Answer, { origins, views }: Pick<Answers, "origins" | "views">): string => {
  // Origins by the place that they have in this file.
  const places = new Map<number, number>()
  const placeOf = (origin: number): number => {
    const known = places.get(origin)
    if (known !== undefined) return known
    places.set(origin, places.size)
    return places.size - 1
  }
  const cells = table.rows.map((_, row) => table.columns.map(({ name }) => placeOf(table.origins.get(name)![row]!)))
  const head = {
    table: table.name,
    title: table.title,
    query: { file: table.file, sql: table.sql },
    views: table.views.map((name) => ({ name, sql: views.get(name)! })),
    columns: table.columns.map((column) => ({
      name: column.name,
      heading: heading(column),
      ...(column.group !== undefined && { group: column.group })
    }))
  }
  const lines = (items: ReadonlyArray<unknown>) => items.map((item) => `    ${JSON.stringify(item)}`).join(",\n")
  // One line an origin and a row: a change is a change of a line.
  return `${JSON.stringify(head, null, 2).slice(0, -2)},
  "origins": [
${lines([...places.keys()].map((origin) => parts(origins[origin]!)))}
  ],
  "cells": [
${lines(cells)}
  ]
}
`
}
