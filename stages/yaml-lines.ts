/** Where in a YAML file a setting is written. */
import { type Document, isAlias, isMap, isSeq, type LineCounter, type Node, type Pair } from "yaml"

/** A setting as segments of its path, e.g. ["arms", "relora", "rank"]. */
type Path = ReadonlyArray<string | number>

/** Follows `*alias` to what it names. */
const resolved = (document: Document, node: unknown): unknown => isAlias(node) ? node.resolve(document) : node

const keyOf = (pair: Pair): string => {
  const key = (pair.key as { value?: unknown } | null)?.value
  return typeof key === "symbol" ? key.description ?? "" : String(key ?? "") // the merge key is a symbol
}

/** Where a node starts, as an offset into the file. */
const startOf = (node: unknown): number | undefined => (node as Node | null | undefined)?.range?.[0]

/**
 * The pair a key belongs to, through merges (`<<`): a key written in the map itself comes before a merged one, and a
 * map merged first before one merged later.
 */
const pairOf = (document: Document, node: unknown, key: string): Pair | undefined => {
  const map = resolved(document, node)
  if (!isMap(map)) return undefined
  const own = map.items.find((pair) => keyOf(pair) === key)
  if (own !== undefined) return own
  for (const merge of map.items.filter((pair) => keyOf(pair) === "<<")) {
    const source = resolved(document, merge.value)
    for (const from of isSeq(source) ? source.items : [source]) {
      const found = pairOf(document, from, key)
      if (found !== undefined) return found
    }
  }
  return undefined
}

/**
 * Offset of the setting, or of its nearest parent that is written.
 *
 * Names may hold dots, so a path that was joined by dots is read by trying the longest name first.
 */
const offsetOf = (document: Document, path: Path): number | undefined => {
  let node: unknown = document.contents
  let offset: number | undefined
  for (let at = 0; at < path.length;) {
    node = resolved(document, node)
    let next: { readonly start: unknown; readonly value: unknown; readonly used: number } | undefined
    if (isSeq(node)) {
      const item = node.items[Number(path[at])]
      if (item !== undefined) next = { start: item, value: item, used: 1 }
    }
    for (let used = path.length - at; next === undefined && isMap(node) && used > 0; used--) {
      const pair = pairOf(document, node, path.slice(at, at + used).join("."))
      if (pair !== undefined) next = { start: pair.key, value: pair.value, used }
    }
    if (next === undefined) break
    offset = startOf(next.start) ?? offset
    node = next.value
    at += next.used
  }
  return offset
}

/** Finds the line (from 1) on which a setting, or its nearest parent, is written; nothing for what is in no file. */
export const lineFinder = (document: Document, counter: LineCounter) => (path: string | Path): number | undefined => {
  const segments = typeof path === "string" ? path.replaceAll(/\[(\d+)\]/g, ".$1").split(".") : path
  const offset = offsetOf(document, segments)
  return offset === undefined ? undefined : counter.linePos(offset).line
}
