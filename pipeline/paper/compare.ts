/**
 * Holds a committed paper against one that has just been made from the store.
 *
 * Equal inputs must give equal bytes. Where inputs differ, since another machine has trained, say, numbers of tables may differ as far
 * as their columns allow, and all else needs the same structure.
 */
import type { KeyRecord } from "../../schemas/key.ts"
import type { PaperManifest } from "../../schemas/paper.ts"
import * as Digest from "../digest.ts"
import * as Key from "../key.ts"
import { withoutRun } from "../page/fill.ts"
import type { Contents, Paper } from "./paper.ts"
import { structure } from "./structure.ts"
import { compareTables, isSameShape, type TableDifference } from "./tables.ts"

export type Verdict =
  | "same"
  /** Differs, as is allowed where inputs do. */
  | "within"
  | "differs"
  /** Made, and not in the folder. */
  | "missing"
  /** In the folder, and not made any more. */
  | "left over"
  /** In the folder, with other bytes than the manifest says. */
  | "edited"

export interface FileVerdict {
  readonly path: string
  readonly verdict: Verdict
  /** Of tables that differ. */
  readonly table?: TableDifference
}

export interface Comparison {
  /** Whether the paper was made from the same inputs: then bytes must be equal. */
  readonly exact: boolean
  /** Leaves of the key record that have changed since the paper was made. */
  readonly changes: ReadonlyArray<Key.Change>
  /** Settings of the study that have changed since, where inputs differ. */
  readonly settings: ReadonlyArray<Key.Change>
  readonly files: ReadonlyArray<FileVerdict>
  readonly kept: boolean
}

/** A page as its stage made it. */
const withoutRuns = (path: string, content: Uint8Array): Uint8Array =>
  path.endsWith(".html") ? Buffer.from(withoutRun(Buffer.from(content).toString())) : content

const isAlike = (path: string, a: Uint8Array, b: Uint8Array) => {
  try {
    return structure(path, a) === structure(path, b)
  } catch {
    return false
  }
}

const isEqual = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0

const compareFile = async (
  path: string,
  before: Uint8Array | undefined,
  after: Uint8Array | undefined,
  manifest: PaperManifest,
  exact: boolean
): Promise<FileVerdict> => {
  if (before === undefined) return { path, verdict: "missing" }
  if (after === undefined) return { path, verdict: "left over" }
  const edited = manifest.files[path]?.sha256 !== Digest.ofBytes(before)
  const a = withoutRuns(path, before)
  const b = withoutRuns(path, after)
  // Facts of later runs may have been put into a page.
  if (isEqual(a, b)) return { path, verdict: edited && !path.endsWith(".html") ? "edited" : "same" }
  const wrong = edited ? "edited" : "differs"
  if (path.endsWith(".parquet")) {
    let table: TableDifference | undefined
    try {
      table = await compareTables(a, b, exact)
    } catch {
      // Damaged, or no Parquet at all: there are no cells to tell.
      return { path, verdict: wrong }
    }
    if (table === undefined) return { path, verdict: edited || exact ? wrong : "within" }
    const allowed = !edited && !exact && table.beyond === 0 && isSameShape(table)
    return { path, verdict: allowed ? "within" : wrong, table }
  }
  const allowed = !edited && !exact && isAlike(path, a, b)
  return { path, verdict: allowed ? "within" : wrong }
}

/** Compares the paper with what was made now, by this record and these settings. */
export const comparePaper = async (
  { contents, manifest }: Paper,
  made: Contents,
  record: KeyRecord,
  settings: KeyRecord
): Promise<Comparison> => {
  const changes = Key.changes(manifest.record, record)
  const exact = !changes.some(({ leaf }) => leaf.startsWith("input."))
  const paths = [...new Set([...made.keys(), ...contents.keys(), ...Object.keys(manifest.files)])].sort()
  const files: Array<FileVerdict> = []
  for (const path of paths) files.push(await compareFile(path, contents.get(path), made.get(path), manifest, exact))
  const settingChanges = exact ? [] : Key.changes(manifest.settings, settings)
  return {
    exact,
    changes,
    settings: settingChanges,
    files,
    kept: settingChanges.length === 0 && files.every(({ verdict }) => verdict === "same" || verdict === "within")
  }
}
