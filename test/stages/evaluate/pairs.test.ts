import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { fromRows, toRows } from "../../../schemas/table.ts"
import { Pairs, Words } from "../../../schemas/tables.ts"
import { blimpFiles } from "../../../stages/evaluate/blimp.ts"
import { body } from "../../../stages/evaluate/pairs.ts"
import { pairs as stage } from "../../../stages/evaluate/stage.ts"
import { paradigms } from "../../../stages/evaluate/suite/suite.ts"
import { runBody } from "../run-body.ts"
import { bookWords } from "./books.ts"

const shared = process.env.RELORA_TEST_DATA ?? new URL("../../../../shared/data", import.meta.url).pathname
const folder = join(shared, "blimp", "data")
const missing = existsSync(folder) ? "" : ` (skipped: no ${folder})`

const words = fromRows(Words, [...bookWords].map(([word, count]) => ({ word, count })))
const settings = { perParadigm: 50, minimumCount: 20, seed: 42, suites: [] }

describe("the pairs stage", () => {
  it("numbers the pairs of each paradigm from 0, in the suite's order", async () => {
    const { outputs, progress } = await runBody(stage, body, settings, { words })
    const rows = toRows(Pairs, outputs.pairs)
    expect(rows).toHaveLength(50 * paradigms.length)
    expect(rows.map(({ suite }) => suite)).not.toContain("blimp")
    expect(rows.filter(({ pair }) => pair === 0).map(({ paradigm }) => paradigm)).toEqual(
      paradigms.map(({ name }) => name)
    )
    expect(rows.map(({ pair }) => pair)).toEqual(paradigms.flatMap(() => Array.from({ length: 50 }, (_, pair) => pair)))
    expect(progress.at(-1)).toEqual({ done: paradigms.length, total: paradigms.length, unit: "paradigms" })
  })

  it("takes words by their count in the training split", async () => {
    const rare = fromRows(
      Words,
      [...bookWords].map(([word, count]) => ({ word, count: word === "himself" ? 19 : count }))
    )
    await expect(runBody(stage, body, settings, { words: rare })).rejects.toThrow(/reflexive_\w+ .*himself/)
  })

  it.skipIf(missing !== "")(`adds BLiMP where its files are given${missing}`, async () => {
    const files = { blimp: blimpFiles(folder) }
    const { outputs } = await runBody(stage, (io) => body({ ...io, files }), { ...settings, perParadigm: 1 }, { words })
    expect(outputs.pairs.suite.filter((suite) => suite === "blimp")).toHaveLength(67_000)
    expect(outputs.pairs.suite).toHaveLength(67_000 + paradigms.length)
  })

  it("adds suites of its own, by their fields, with names where a line has none", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pairs-"))
    const file = (name: string, lines: ReadonlyArray<object>) => {
      writeFileSync(join(folder, name), lines.map((line) => `${JSON.stringify(line)}\n`).join("\n"))
      return { name, path: join(folder, name) }
    }
    const files = [
      file("agreement.jsonl", [{ right: "A", wrong: "B" }, { right: "C", wrong: "D", kind: "k", area: "a" }]),
      file("other.jsonl", [{ right: "E", wrong: "F", kind: "k", area: "a" }, { right: "G" }])
    ]
    const own = { suite: "mine", good: "right", bad: "wrong", paradigm: "kind", phenomenon: "area" }
    const run = (given: typeof files) =>
      runBody(stage, (io) => body({ ...io, files: { "pairs.mine": given } }), {
        ...settings,
        perParadigm: 0,
        suites: [own]
      }, { words })
    const { outputs } = await run(files.slice(0, 1))
    expect(toRows(Pairs, outputs.pairs)).toEqual([
      { suite: "mine", phenomenon: "agreement", paradigm: "agreement", pair: 0, good: "A", bad: "B" },
      { suite: "mine", phenomenon: "a", paradigm: "k", pair: 0, good: "C", bad: "D" }
    ])
    await expect(run(files)).rejects.toThrow("other.jsonl:3 has no text in the field wrong (fields here: right)")
    await expect(run([file("empty.jsonl", [])])).rejects.toThrow("check evaluation.pairs.mine.paths")
    rmSync(folder, { recursive: true })
  })

  it("stops when it is interrupted", async () => {
    const signal = AbortSignal.abort(new Error("interrupted"))
    await expect(runBody(stage, body, settings, { words }, signal)).rejects.toThrow("interrupted")
  })
})
