/** Words and numbers as the command line prints them. */
import type { LeafValue } from "../../schemas/key.ts"
import type * as Code from "../code.ts"
import { isOfStage, type Root, stageOf } from "../explain.ts"
import type { Differing } from "../journal/fold.ts"
import type { Value } from "../query.ts"
import type { Acceptance } from "../stage.ts"

export { bytes, count, duration } from "../page/words.ts"

/** Floating-point operations: 850 MFLOP, 1.2 TFLOP. */
export const flops = (work: number): string => {
  const units = ["MFLOP", "GFLOP", "TFLOP", "PFLOP", "EFLOP"]
  const index = work < 1e9 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(work) / 3) - 2)
  return `${Number((work / 10 ** (6 + 3 * index)).toPrecision(3))} ${units[index]}`
}

const isDigest = (value: LeafValue | undefined): value is string =>
  typeof value === "string" && /^[0-9a-f]{64}$/.test(value)

const one = (value: LeafValue | undefined): string =>
  value === undefined
    ? "absent"
    : isDigest(value)
    ? value.slice(0, 12)
    : typeof value === "string"
    ? value
    : JSON.stringify(value)

/** old → new; of a list, how many entries differ and the first of them. */
export const change = (before: LeafValue | undefined, after: LeafValue | undefined): string => {
  if (Array.isArray(before) && Array.isArray(after)) {
    if (before.length !== after.length) return `${before.length} values → ${after.length} values`
    const first = before.findIndex((value, index) => value !== after[index])
    const differ = before.filter((value, index) => value !== after[index]).length
    return `[${first}] ${one(before[first])} → ${one(after[first])} (${differ} of ${before.length} differ)`
  }
  return `${one(before)} → ${one(after)}`
}

/** A leaf in a reader's words. */
const leaf = (name: string): string =>
  name.startsWith("package.")
    ? `version of ${name.slice(8)}`
    : name === "format"
    ? "form of key records"
    : name.startsWith("engine.")
    ? `the engine's ${leaf(name.slice("engine.".length))}`
    : name.startsWith("file.")
    ? `content of ${name.slice(5)}`
    : name.startsWith("input.")
    ? `input ${name.slice(6)}`
    : name.startsWith("config.")
    ? name.slice(7)
    : name === "accepted"
    ? "accepted changes further up"
    : name

const definition = ({ file, how, name }: Code.Changed): string =>
  `${file}: ${name === "" ? "statements that define nothing" : name} ${how}`

const moved = (cause: Root, { after, before, package: name }: Code.Moved): string =>
  `package ${name} ${one(before)} → ${one(after)}${
    cause.leaf.endsWith(`package.${name}`) ? "" : `, below ${cause.leaf.slice(cause.leaf.indexOf("package.") + 8)}`
  }`

/** What changed, from what to what, where: a line for each definition of changed code and each package of a changed one. */
export const rootLines = (cause: Root): ReadonlyArray<string> => {
  const stage = stageOf(cause.instance)
  const of = cause.leaf === "engine.code" ? `the engine of ${stage}` : stage
  if (cause.definitions?.length) return cause.definitions.map((changed) => `code of ${of}: ${definition(changed)}`)
  if (cause.packages?.length) return cause.packages.map((one) => `${moved(cause, one)} (stage ${stage})`)
  return [root(cause)]
}

const few = (parts: ReadonlyArray<string>): string =>
  parts[0]! + (parts.length > 1 ? ` and ${parts.length - 1} more` : "")

/** A leaf and its two values. */
export const leafChange = (
  { after, before, leaf: name }: {
    readonly leaf: string
    readonly before?: LeafValue | undefined
    readonly after?: LeafValue | undefined
  }
): string => `${leaf(name)} ${change(before, after)}`

/** An accepted change, by whom, when and why. */
export const acceptance = (accepted: Acceptance): string =>
  `${leafChange(accepted)}, accepted by ${accepted.author} on ${accepted.at.slice(0, 10)}: ${accepted.reason}`

/** That a key gave different results. */
export const unsteady = ({ outputs, promised }: Differing): string =>
  `the same key has also given another ${outputs.join(" and ")}${
    promised === true ? ", as its stage allows" : promised === false ? ", against what its stage promises" : ""
  }`

/** One line: what changed, from what to what, where. */
export const root = (cause: Root): string => {
  if (cause.leaf === "result") return `${cause.instance} was never made`
  if (cause.definitions?.length || cause.packages?.length) return few(rootLines(cause))
  const values = change(cause.before, cause.after)
  if (isOfStage(cause.leaf)) {
    const why = cause.about !== undefined
      ? `: ${cause.about}`
      : cause.bundlers !== undefined
      ? `: ${cause.bundlers.before} → ${cause.bundlers.after}`
      : cause.definitions === undefined
      ? ""
      : ": the order of its definitions, or how they are bundled"
    return `${leaf(cause.leaf)} of stage ${stageOf(cause.instance)} ${values}${why}`
  }
  const place = cause.place ?? `in ${cause.instance}`
  return `${cause.setting ?? leaf(cause.leaf)} ${values} (${place})`
}

/** The first causes in one line, and how many more there are. */
export const roots = (causes: ReadonlyArray<Root>, shown = 2): string =>
  causes.slice(0, shown).map(root).join("; ") + (causes.length > shown ? `; and ${causes.length - shown} more` : "")

/** A value of a query's answer. */
export const value = (value: Value | undefined): string =>
  value === null || value === undefined ? "" : typeof value === "number" && !Number.isInteger(value)
    ? value.toPrecision(6)
    : typeof value === "object"
    ? JSON.stringify(value)
    : String(value)

/** Rows as aligned columns, two spaces apart. */
export const columns = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths: Array<number> = []
  for (const row of rows) row.forEach((cell, index) => widths[index] = Math.max(widths[index] ?? 0, cell.length))
  return rows.map((row) =>
    row.map((cell, index) => index === row.length - 1 ? cell : cell.padEnd(widths[index]!)).join("  ")
  )
}
