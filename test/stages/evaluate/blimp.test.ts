import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { blimpFiles, blimpPairs, readBlimp } from "../../../stages/evaluate/blimp.ts"
import { sample } from "../../../stages/evaluate/suite/sample.ts"
import { paradigms } from "../../../stages/evaluate/suite/suite.ts"
import { bookWords } from "./books.ts"

const shared = process.env.RELORA_TEST_DATA ?? new URL("../../../../shared/data", import.meta.url).pathname
const folder = join(shared, "blimp", "data")
const missing = existsSync(folder) ? "" : ` (skipped: no ${folder})`

const scratch = mkdtempSync(join(tmpdir(), "blimp-"))
afterAll(() => rmSync(scratch, { recursive: true }))

const line = (change: Record<string, unknown> = {}): string =>
  JSON.stringify({
    sentence_good: "Good.",
    sentence_bad: "Bad.",
    linguistics_term: "binding",
    UID: "principle_A",
    ...change
  })

describe(`BLiMP${missing}`, () => {
  it.skipIf(missing !== "")("is read whole: 67 paradigms of 1,000 pairs in 13 phenomena", async () => {
    const files = blimpFiles(folder)
    expect(files.map(({ name }) => name)).toEqual(files.map(({ name }) => name).toSorted())
    const pairs = await readBlimp(files)
    expect(pairs).toHaveLength(67_000)
    expect(new Set(pairs.map(({ paradigm }) => paradigm)).size).toBe(67)
    expect(new Set(pairs.map(({ phenomenon }) => phenomenon)).size).toBe(13)
    expect(pairs[0]).toEqual({
      suite: "blimp",
      phenomenon: "island_effects",
      paradigm: "adjunct_island",
      pair: 0,
      good: "Who should Derek hug after shocking Richard?",
      bad: "Who should Derek hug Richard after shocking?"
    })
    const identical = pairs.filter(({ bad, good }) => good === bad)
    expect(identical.map(({ pair, paradigm }) => `${paradigm} ${pair}`)).toEqual([
      "passive_1 324",
      "passive_1 810",
      "principle_A_case_2 105",
      "principle_A_case_2 287",
      "principle_A_case_2 372",
      "principle_A_case_2 816",
      "principle_A_case_2 967"
    ])
  })

  it.skipIf(missing !== "")("has the phenomena of the generated suite, and none of its sentences", async () => {
    const pairs = await readBlimp(blimpFiles(folder))
    expect(new Set(pairs.map(({ phenomenon }) => phenomenon))).toEqual(
      new Set(paradigms.map(({ phenomenon }) => phenomenon))
    )
    const sentences = new Set(pairs.flatMap(({ bad, good }) => [good, bad]))
    const vocabulary = new Set(bookWords.keys())
    for (const paradigm of paradigms) {
      for (const { good } of sample(paradigm, { seed: 42, count: 50, vocabulary })) {
        expect(sentences.has(good), good).toBe(false)
      }
    }
  })

  it("is left out where no file is given", async () => {
    expect(await readBlimp([])).toEqual([])
  })

  it("names a folder that is not there or holds other files", () => {
    const absent = join(scratch, "absent")
    expect(() => blimpFiles(absent)).toThrow(absent)
    writeFileSync(join(scratch, "a.jsonl"), line())
    writeFileSync(join(scratch, "notes.txt"), "")
    expect(() => blimpFiles(scratch)).toThrow(`${scratch} holds 1 .jsonl files and BLiMP has 67`)
  })

  it("names a file that is short, and a line that is broken", () => {
    const lines = Array.from({ length: 1000 }, () => line())
    expect(blimpPairs("a.jsonl", lines.join("\n"))).toHaveLength(1000)
    expect(() => blimpPairs("a.jsonl", lines.slice(1).join("\n"))).toThrow("a.jsonl holds 999 pairs")
    const broken = (text: string) => () => blimpPairs("a.jsonl", lines.with(4, text).join("\n"))
    expect(broken("{")).toThrow(/^a.jsonl:5 is not JSON/)
    expect(broken(line({ sentence_bad: 3 }))).toThrow("a.jsonl:5 has 3 and not text in the field sentence_bad")
    expect(broken("null")).toThrow("a.jsonl:5 holds no JSON object")
  })

  it("refuses two files of one paradigm", async () => {
    const files = Array.from({ length: 67 }, (_, index) => {
      const path = join(scratch, `twice-${index}.jsonl`)
      writeFileSync(path, Array.from({ length: 1000 }, () => line({ UID: `p${Math.min(index, 65)}` })).join("\n"))
      return { name: `twice-${index}.jsonl`, path }
    })
    await expect(readBlimp(files)).rejects.toThrow("twice-66.jsonl and twice-65.jsonl both hold the paradigm p65")
  })
})
