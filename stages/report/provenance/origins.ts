/** What cells were made from, each list once. */

/** One thing that cells were made from, as in schemas/tables.ts, CellSources. */
export interface Origin {
  readonly leaf: string
  readonly digest: string
  readonly rows: string
  readonly about: string
}

/** A leaf that is all that is to be said. */
export const plainOrigin = (leaf: string): Origin => ({ leaf, digest: "", rows: "", about: "" })

/** Conditions on rows made one: rows that meet any of them. */
const anyOf = (conditions: ReadonlyArray<string>): string =>
  conditions.includes("")
    ? ""
    : conditions.length === 1
    ? conditions[0]!
    : conditions.toSorted().map((text) => `(${text})`).join(" or ")

/** Origins in the order of their leaves, those of one leaf made one. */
export const merged = (origins: ReadonlyArray<Origin>): ReadonlyArray<Origin> => {
  const byLeaf = new Map<string, { readonly origin: Origin; readonly rows: Set<string> }>()
  for (const origin of origins) {
    const own = byLeaf.get(origin.leaf)
    if (own === undefined) byLeaf.set(origin.leaf, { origin, rows: new Set([origin.rows]) })
    else own.rows.add(origin.rows)
  }
  return [...byLeaf.values()].map(({ origin, rows }) => ({ ...origin, rows: anyOf([...rows]) }))
    .sort((a, b) => a.leaf < b.leaf ? -1 : a.leaf > b.leaf ? 1 : 0)
}

export interface Origins {
  /** The place of a list. */
  readonly place: (origins: ReadonlyArray<Origin>) => number
  readonly all: ReadonlyArray<ReadonlyArray<Origin>>
}

/** Starts with none. */
export const collectOrigins = (): Origins => {
  const places = new Map<string, number>()
  const all: Array<ReadonlyArray<Origin>> = []
  return {
    all,
    place: (origins) => {
      const name = JSON.stringify(origins)
      const known = places.get(name)
      if (known !== undefined) return known
      places.set(name, all.length)
      return all.push(origins) - 1
    }
  }
}
