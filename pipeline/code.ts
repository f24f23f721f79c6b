/**
 * What code consists of, beyond its digest: the definitions of each module, and the packages below a package. The build makes
 * it (scripts/definitions.mjs), a run keeps it in the store (code/, once for each code), and `why` compares it. Nothing here is in
 * a key: without it, an explanation has digests to tell and no names.
 */
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import * as nodePath from "node:path"
import * as z from "zod"
import { Disk } from "./disk.ts"
import type { Fingerprint } from "./fingerprint.ts"

/** Digest of the minified text of each definition, by file and name; "" names statements that define nothing. */
const Definitions = z.record(z.string(), z.record(z.string(), z.string()))
export type Definitions = z.output<typeof Definitions>

/** Definitions, and what made their digests: only those made by the same can be compared. */
const Parts = z.object({ by: z.string(), definitions: Definitions })

const Packages = z.record(z.string(), z.string())
/** Versions by place in node_modules. */
export type Packages = z.output<typeof Packages>

/** A definition that differs between two codes. */
export interface Changed {
  readonly file: string
  /** Empty for statements of the file that define nothing. */
  readonly name: string
  readonly how: "changed" | "added" | "removed"
}

/** A package below another whose version differs; undefined where there is none. */
export interface Moved {
  readonly package: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/** Folder of a store that holds what codes consist of. */
export const folderOf = (root: string): string => nodePath.join(root, "code")

/** Definitions that differ. One that only went to another file has not changed. */
export const changes = (before: Definitions, after: Definitions): ReadonlyArray<Changed> => {
  const of = (definitions: Definitions) =>
    Object.entries(definitions).flatMap(([file, names]) =>
      Object.entries(names).map(([name, digest]) => ({ file, name, digest, same: `${name} ${digest}` }))
    )
  const [older, newer] = [of(before), of(after)]
  const gone = older.filter(({ file, name }) => after[file]?.[name] === undefined)
  const come = newer.filter(({ file, name }) => before[file]?.[name] === undefined)
  const [left, arrived] = [new Set(gone.map(({ same }) => same)), new Set(come.map(({ same }) => same))]
  const found: ReadonlyArray<Changed> = [
    ...newer.filter(({ digest, file, name }) => (before[file]?.[name] ?? digest) !== digest)
      .map(({ file, name }) => ({ file, name, how: "changed" as const })),
    ...come.filter(({ same }) => !left.has(same)).map(({ file, name }) => ({ file, name, how: "added" as const })),
    ...gone.filter(({ same }) => !arrived.has(same)).map(({ file, name }) => ({ file, name, how: "removed" as const }))
  ]
  const place = ({ file, name }: Changed) => `${file} ${name}`
  return found.toSorted((a, b) => place(a) < place(b) ? -1 : 1)
}

/** Packages that differ. */
export const moves = (before: Packages, after: Packages): ReadonlyArray<Moved> =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
    .filter((path) => before[path] !== after[path])
    .map((path) => ({
      package: path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length),
      before: before[path],
      after: after[path]
    }))

/** File, below a folder, of what a code or the version of a package consists of; undefined where its version says it all. */
const fileOf = (folder: string, digest: string): string | undefined => {
  const name = digest.slice(digest.lastIndexOf("+") + 1)
  return /^[0-9a-f]{12,64}$/.test(name) ? nodePath.join(folder, `${name}.json`) : undefined
}

/** Reads what codes and packages consist of; undefined where that was not kept. */
export interface Reader {
  /** Definitions that differ; or where they were made by different bundlers, these. */
  readonly changes: (before: string, after: string) =>
    | { readonly definitions: ReadonlyArray<Changed> }
    | { readonly bundlers: { readonly before: string; readonly after: string } }
    | undefined
  readonly moves: (before: string, after: string) => ReadonlyArray<Moved> | undefined
}

/** Looks into folders, in order; each file is read once. */
export const reader = (folders: ReadonlyArray<string>): Reader => {
  const known = new Map<string, unknown>()
  const read = <S extends z.ZodType>(schema: S, digest: string): z.output<S> | undefined => {
    if (!known.has(digest)) known.set(digest, folders.map((folder) => load(fileOf(folder, digest))).find(Boolean))
    return schema.safeParse(known.get(digest)).data
  }
  const load = (file: string | undefined): unknown => {
    try {
      return file === undefined ? undefined : JSON.parse(readFileSync(file, "utf8"))
    } catch {
      return undefined
    }
  }
  const compared = new Map<string, unknown>()
  const between =
    <S extends z.ZodType, A>(schema: S, compare: (before: z.output<S>, after: z.output<S>) => A) =>
    (before: string, after: string): A | undefined => {
      const name = `${before} ${after}`
      if (!compared.has(name)) {
        const [older, newer] = [read(schema, before), read(schema, after)]
        compared.set(name, older === undefined || newer === undefined ? undefined : compare(older, newer))
      }
      return compared.get(name) as A | undefined
    }
  return {
    changes: between(Parts, (before, after) =>
      before.by === after.by
        ? { definitions: changes(before.definitions, after.definitions) }
        : { bundlers: { before: before.by, after: after.by } }),
    moves: between(Packages, moves)
  }
}

/** Copies what some fingerprints consist of from the build into the store, where it is not there yet as the build has it. */
export const keep = Effect.fn("Code.keep")(function*(
  from: string,
  root: string,
  fingerprints: Iterable<Fingerprint>
) {
  const disk = yield* Disk
  const digests = new Set([...fingerprints].flatMap(({ code, packages }) => [code, ...Object.values(packages)]))
  for (const digest of digests) {
    const [source, target] = [fileOf(from, digest), fileOf(folderOf(root), digest)]
    if (source === undefined || target === undefined) continue
    const content = yield* disk.read(source)
    if (content === undefined || (yield* disk.read(target))?.equals(content)) continue
    const draft = `${target}.${process.pid}`
    yield* disk.makeFolder(nodePath.dirname(target))
    yield* disk.write(draft, content)
    yield* disk.rename(draft, target)
  }
})
