/**
 * BLiMP, the Benchmark of Linguistic Minimal Pairs (Warstadt et al., TACL 8, 2020): 67 files of 1,000 pairs.
 * The files are not part of the project: github.com/alexwarstadt/blimp, folder data, CC BY 4.0.
 */
import { readdirSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { ExternalFile } from "../../pipeline/stage.ts"
import type { Row } from "../../schemas/table.ts"
import type { Pairs } from "../../schemas/tables.ts"
import { jsonLine, requiredText } from "./json-lines.ts"

const fileCount = 67
const pairsPerFile = 1000
const remedy =
  "BLiMP's data folder is at github.com/alexwarstadt/blimp (folder data); name it in evaluation.blimp or " +
  "BLIMP_DIR, or leave both out to score the generated suite only"

/** The 67 files of BLiMP's data folder, by name. */
export const blimpFiles = (folder: string): ReadonlyArray<ExternalFile> => {
  let names: ReadonlyArray<string>
  try {
    names = readdirSync(folder).filter((name) => name.endsWith(".jsonl")).sort()
  } catch (cause) {
    throw new Error(`cannot read the BLiMP folder ${folder}: ${(cause as Error).message}. ${remedy}`, { cause })
  }
  if (names.length !== fileCount) {
    throw new Error(
      `the BLiMP folder ${folder} holds ${names.length} .jsonl files and BLiMP has ${fileCount}. ${remedy}`
    )
  }
  return names.map((name) => ({ name, path: join(folder, name) }))
}

/** A line as a pair; `linguistics_term` has 13 values, of which the paper counts s-selection to argument structure. */
const parse = (text: string, where: string, pair: number): Row<typeof Pairs> => {
  try {
    const line = jsonLine(text, where)
    return {
      suite: "blimp",
      phenomenon: requiredText(line, "linguistics_term"),
      paradigm: requiredText(line, "UID"),
      pair,
      good: requiredText(line, "sentence_good"),
      bad: requiredText(line, "sentence_bad")
    }
  } catch (cause) {
    throw new Error(`${(cause as Error).message}. ${remedy}`, { cause })
  }
}

/** Pairs of one file's text, in the file's order. */
export const blimpPairs = (name: string, text: string): ReadonlyArray<Row<typeof Pairs>> => {
  const lines = text.split("\n").filter((line) => line.trim() !== "")
  if (lines.length !== pairsPerFile) {
    throw new Error(`${name} holds ${lines.length} pairs and a file of BLiMP has ${pairsPerFile}. ${remedy}`)
  }
  return lines.map((line, pair) => parse(line, `${name}:${pair + 1}`, pair))
}

/** Pairs of all files, none where no file is given. */
export const readBlimp = async (files: ReadonlyArray<ExternalFile>): Promise<ReadonlyArray<Row<typeof Pairs>>> => {
  if (files.length === 0) return []
  if (files.length !== fileCount) {
    throw new Error(`BLiMP has ${fileCount} files and ${files.length} are given. ${remedy}`)
  }
  const rows: Array<Row<typeof Pairs>> = []
  const fileOf = new Map<string, string>()
  for (const { name, path } of files) {
    const pairs = blimpPairs(name, await readFile(path, "utf8"))
    for (const paradigm of new Set(pairs.map((pair) => pair.paradigm))) {
      const other = fileOf.get(paradigm)
      if (other !== undefined) throw new Error(`${name} and ${other} both hold the paradigm ${paradigm}. ${remedy}`)
      fileOf.set(paradigm, name)
    }
    rows.push(...pairs)
  }
  return rows
}
