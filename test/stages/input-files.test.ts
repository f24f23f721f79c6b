import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { inputFiles, matcher } from "../../stages/input-files.ts"

const folder = mkdtempSync(join(tmpdir(), "inputs-"))
mkdirSync(join(folder, "data/more"), { recursive: true })
for (const name of ["b.txt", "a.txt", "c.txt.gz", "d.jsonl", "more/a.txt"]) {
  writeFileSync(join(folder, "data", name), "x")
}

const names = (...entries: ReadonlyArray<string>) => inputFiles(entries, folder, "text").map(({ name }) => name)

describe("patterns", () => {
  it.each([
    ["*.txt", ["a.txt", ".txt"], ["a/b.txt", "a.txt.gz", "atxt"]],
    ["**/*.txt", ["a.txt", "a/b.txt", "a/b/c.txt"], ["a.txt/b"]],
    ["a/**", ["a/b", "a/b/c"], ["b/a"]],
    ["a+(b)*", ["a+(b)", "a+(b)c"], ["aab"]]
  ])("%s", (pattern, matched, others) => {
    expect(matched.filter(matcher(pattern))).toEqual(matched)
    expect(others.filter(matcher(pattern))).toEqual([])
  })
})

describe("input files", () => {
  it("come sorted, from files, folders and patterns, and are named from where the entry begins to vary", () => {
    expect(names("data")).toEqual(["a.txt", "b.txt", "c.txt.gz", "more/a.txt"])
    expect(names("data/*.txt")).toEqual(["a.txt", "b.txt"])
    expect(names("data/**/a.txt")).toEqual(["a.txt", "more/a.txt"])
    expect(names("data/b.txt")).toEqual(["b.txt"])
  })

  it("keep apart files of one name from two entries", () => {
    expect(names("data/a.txt", "data/more")).toEqual(["a.txt", "1/a.txt"])
  })

  it("stand for an entry that has none, by a path where nothing is", () => {
    expect(inputFiles(["later/*.txt", "data"], folder, "parquet")).toEqual([
      { name: "later/*.txt", path: join(folder, "later/*.txt") },
      { name: "data", path: join(folder, "data/*.parquet") }
    ])
  })
})
