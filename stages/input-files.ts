/** Files that a study names by path, folder or pattern. */
import { readdirSync, statSync } from "node:fs"
import { basename, isAbsolute, join, relative, resolve, sep } from "node:path"
import type { ExternalFile } from "../pipeline/stage.ts"

/** Endings of files taken from a folder, by the format of what they hold. */
const endings = {
  text: [".txt", ".txt.gz"],
  jsonl: [".jsonl", ".jsonl.gz"],
  parquet: [".parquet"]
} as const
export type Format = keyof typeof endings

const withSlashes = (path: string): string => path.split(sep).join("/")

/**
 * A pattern of relative paths: `*` is any run of characters within a name, `**` any number of folders, all other
 * characters are themselves. (Node 20 has no glob of its own.)
 */
export const matcher = (pattern: string): (path: string) => boolean => {
  const escaped = (part: string) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]*")
  const parts = pattern.split("/")
  const source = parts.map((part, index) => {
    const last = index === parts.length - 1
    if (part === "**") return last ? ".*" : "(?:[^/]+/)*"
    return escaped(part) + (last ? "" : "/")
  })
  const expression = new RegExp(`^${source.join("")}$`)
  return (path) => expression.test(path)
}

/** Files below a folder, as sorted paths relative to it. */
const below = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => withSlashes(relative(folder, join(entry.parentPath, entry.name))))
    .sort()

const kindOf = (path: string): "file" | "folder" | undefined => {
  const found = statSync(path, { throwIfNoEntry: false })
  return found?.isDirectory() ? "folder" : found?.isFile() ? "file" : undefined
}

/**
 * Files of one entry. Their names are relative to what the entry fixes (the folder, or the part of a pattern before
 * its first `*`), so that a key does not depend on where the data lies.
 */
const entryFiles = (entry: string, folder: string, format: Format): ReadonlyArray<ExternalFile> => {
  const path = isAbsolute(entry) ? entry : resolve(folder, entry)
  if (entry.includes("*")) {
    const parts = withSlashes(path).split("/")
    const fixed = parts.findIndex((part) => part.includes("*"))
    const base = parts.slice(0, fixed).join("/") || "/"
    const matches = matcher(parts.slice(fixed).join("/"))
    if (kindOf(base) !== "folder") return []
    return below(base).filter(matches).map((name) => ({ name, path: join(base, name) }))
  }
  switch (kindOf(path)) {
    case "file":
      return [{ name: basename(path), path }]
    case "folder":
      return below(path)
        .filter((name) => endings[format].some((ending) => name.endsWith(ending)))
        .map((name) => ({ name, path: join(path, name) }))
    case undefined:
      return []
  }
}

/** One file that a study names. */
export const inputFile = (path: string, folder: string): ExternalFile => {
  const resolved = resolve(folder, path)
  return { name: basename(resolved), path: resolved }
}

/**
 * Files of a list of entries, in the list's order and sorted within an entry.
 *
 * An entry without files stands for itself, as one file that is not there: so a study can be looked at before its data
 * has arrived, and what is missing is called by the name it has in the study.
 */
export const inputFiles = (
  entries: ReadonlyArray<string>,
  folder: string,
  format: Format
): ReadonlyArray<ExternalFile> => {
  const taken = new Set<string>()
  return entries.flatMap((entry, index) => {
    const files = entryFiles(entry, folder, format)
    if (files.length === 0) {
      const path = resolve(folder, entry)
      return [{ name: entry, path: kindOf(path) === "folder" ? join(path, `*${endings[format][0]}`) : path }]
    }
    return files.map((file) => {
      const name = taken.has(file.name) ? `${index}/${file.name}` : file.name
      taken.add(name)
      return { ...file, name }
    })
  })
}
