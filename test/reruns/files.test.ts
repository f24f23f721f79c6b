/** Input files: what they hold, what they are called and in which order they come reruns; where they lie does not. */
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest"
import { stringify } from "yaml"
import * as External from "../../pipeline/external.ts"
import * as Key from "../../pipeline/key.ts"
import { readStudy } from "../../stages/study-file.ts"
import { graphOf } from "../../stages/study.ts"
import { difference, nothing, type Records, table } from "./compare.ts"
import { studies } from "./studies.ts"

let root: string
const counts: Record<string, number> = {}
const count = (name: string) => counts[name] = (counts[name] ?? 0) + 1

/** Own records of a study, with digests of files by way of what the store keeps about them. */
const read = (file: string, environment: Record<string, string> = {}): Records => {
  const external = External.open(root)
  const { study } = readStudy(file)
  const records = graphOf(study, { folder: join(file, ".."), environment }).instances.map((instance) =>
    [
      instance.id,
      Key.record(instance, {
        fingerprint: { code: instance.stage.source, packages: {} },
        engine: { name: "engine", fingerprint: { code: "engine", packages: {} } },
        input: ({ instance, output }) => `${instance} ${output}`,
        file: (path) => external.digest(path)!
      })
    ] as const
  )
  external.save()
  return Object.fromEntries(records)
}

/** Study of a few words, read as often as it takes. */
const study = (changes: Record<string, unknown> = {}) => {
  const file = join(root, "study.yaml")
  writeFileSync(
    file,
    stringify({
      ...studies.smoke,
      corpus: { source: "files", paths: ["texts", "more.txt", "books/*.txt"], format: "text", heldOutFraction: 0.1 },
      training: { ...studies.smoke["training"], passes: 100_000 },
      evaluation: { blimp: "blimp" },
      ...changes
    }, { aliasDuplicateObjects: false })
  )
  return file
}

/** Some rows' worth of a word. */
const long = (word: string) => `${word}\n`.repeat(100)
const write = (path: string, text: string) => {
  mkdirSync(join(root, path, ".."), { recursive: true })
  writeFileSync(join(root, path), text)
}
const move = (from: string, to: string) => {
  mkdirSync(join(root, to, ".."), { recursive: true })
  renameSync(join(root, from), join(root, to))
}
const corpus = (...paths: ReadonlyArray<string>) => ({
  corpus: { source: "files", paths, format: "text", heldOutFraction: 0.1 }
})

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "relora-pipeline-files-"))
  for (const name of ["texts/a.txt", "texts/deep/b.txt", "more.txt", "books/c.txt", "books/d.txt"]) {
    write(name, long(name))
  }
  for (let index = 0; index < 67; index++) write(`blimp/paradigm-${index}.jsonl`, `{"pair": ${index}}`)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))
afterAll(() => table("input files changed one at a time", counts))

const same: Record<string, () => { file: string; environment?: Record<string, string> }> = {
  "another time of change": () => {
    utimesSync(join(root, "more.txt"), 1, 1)
    return { file: study() }
  },
  "a file written again, alike": () => {
    write("more.txt", long("more.txt"))
    return { file: study() }
  },
  "what is known about files deleted": () => {
    rmSync(join(root, "files.json"))
    return { file: study() }
  },
  "what is known about files damaged": () => {
    write("files.json", "{")
    return { file: study() }
  },
  "the folder of texts moved": () => {
    move("texts", "elsewhere/other")
    return { file: study(corpus("elsewhere/other", "more.txt", "books/*.txt")) }
  },
  "a file moved": () => {
    move("more.txt", "elsewhere/more.txt")
    return { file: study(corpus("texts", "elsewhere/more.txt", "books/*.txt")) }
  },
  "paths from the root of the disk": () => ({
    file: study(corpus(join(root, "texts"), join(root, "more.txt"), `${root}/books/*.txt`))
  }),
  "a folder instead of a pattern": () => ({ file: study(corpus("texts", "more.txt", "books")) }),
  "a pattern instead of a folder": () => ({ file: study(corpus("texts/**/*.txt", "more.txt", "books/*.txt")) }),
  "files instead of a pattern": () => ({ file: study(corpus("texts", "more.txt", "books/c.txt", "books/d.txt")) }),
  "a file of another kind beside the texts": () => {
    write("texts/notes.md", "notes")
    return { file: study() }
  },
  "BLiMP moved": () => {
    move("blimp", "data/blimp")
    return { file: study({ evaluation: { blimp: "data/blimp" } }) }
  },
  "BLiMP by the environment": () => ({
    file: study({ evaluation: {} }),
    environment: { BLIMP_DIR: join(root, "blimp") }
  }),
  "BLiMP by both, the study's before the environment's": () => ({
    file: study(),
    environment: { BLIMP_DIR: "/nowhere" }
  }),
  "a note beside BLiMP": () => {
    write("blimp/README.md", "notes")
    return { file: study() }
  },
  "the study and its data moved together": () => {
    study()
    for (const name of ["texts", "more.txt", "books", "blimp", "study.yaml"]) {
      cpSync(join(root, name), join(root, "project", name), { recursive: true })
    }
    return { file: join(root, "project/study.yaml") }
  }
}

const others: Record<string, { readonly stage: string; readonly change: () => string }> = {
  "a text changed": { stage: "tokenize", change: () => (write("texts/a.txt", "changed"), study()) },
  "a text changed to one as long": { stage: "tokenize", change: () => (write("more.txt", "MORE.TXT"), study()) },
  "two texts exchanged": {
    stage: "tokenize",
    change: () => (write("books/c.txt", "books/d.txt"), write("books/d.txt", "books/c.txt"), study())
  },
  "a text more": { stage: "tokenize", change: () => (write("texts/e.txt", "e"), study()) },
  "a text less": { stage: "tokenize", change: () => (rmSync(join(root, "books/d.txt")), study()) },
  "a text renamed": { stage: "tokenize", change: () => (move("books/d.txt", "books/e.txt"), study()) },
  "a text in a deeper folder": { stage: "tokenize", change: () => (move("texts/a.txt", "texts/deep/a.txt"), study()) },
  "texts in another order": { stage: "tokenize", change: () => study(corpus("more.txt", "texts", "books/*.txt")) },
  "another format": {
    stage: "tokenize",
    change: () =>
      study({
        corpus: { source: "files", paths: ["texts", "more.txt", "books/*.txt"], format: "jsonl", heldOutFraction: 0.1 }
      })
  },
  "another share held out": {
    stage: "tokenize",
    change: () =>
      study({
        corpus: { source: "files", paths: ["texts", "more.txt", "books/*.txt"], format: "text", heldOutFraction: 0.2 }
      })
  },
  "a file of BLiMP changed": { stage: "pairs", change: () => (write("blimp/paradigm-7.jsonl", "{}"), study()) },
  "a file of BLiMP renamed": {
    stage: "pairs",
    change: () => (move("blimp/paradigm-7.jsonl", "blimp/seven.jsonl"), study())
  },
  "no BLiMP": { stage: "pairs", change: () => study({ evaluation: {} }) }
}

describe("input files", () => {
  for (const [name, change] of Object.entries(same)) {
    it(`${name}: nothing reruns`, () => {
      const before = read(study())
      const { environment, file } = change()
      expect(difference(before, read(file, environment))).toEqual(nothing)
      count("nothing reruns, as expected")
    })
  }

  for (const [name, { change, stage }] of Object.entries(others)) {
    it(`${name}: ${stage} reruns`, () => {
      const before = read(study())
      expect(difference(before, read(change())).changed).toEqual([stage])
      count("one stage reruns, as expected")
    })
  }

  it("with a tokenizer of one's own: its content and its token between documents, not its place", () => {
    const tokenizer = (path: string, endOfText = "<|endoftext|>") =>
      read(study({ tokenizer: { kind: "file", path, vocabulary: 512, endOfText } }))
    write("t/tokenizer.json", JSON.stringify({ model: { vocab: { a: 0 } } }))
    const before = tokenizer("t/tokenizer.json")
    move("t/tokenizer.json", "u/tokenizer.json")
    expect(difference(before, tokenizer("u/tokenizer.json"))).toEqual(nothing)
    expect(difference(before, tokenizer("u/tokenizer.json", "a")).changed).toEqual(["tokenize"])
    write("u/tokenizer.json", JSON.stringify({ model: { vocab: { b: 0 } } }))
    expect(difference(before, tokenizer("u/tokenizer.json")).changed).toEqual(["tokenize"])
    count("nothing reruns, as expected")
  })
})
