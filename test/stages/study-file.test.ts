import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { kinds } from "../../schemas/method.ts"
import { InvalidStudy, readStudy } from "../../stages/study-file.ts"

const studies = new URL("../../studies", import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), "study-"))

const written = (text: string, name = "x.yaml"): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** The message of a study that is refused, without the folder. */
const refused = (text: string): ReadonlyArray<string> => {
  try {
    readStudy(written(text))
  } catch (error) {
    if (error instanceof InvalidStudy) return error.message.replaceAll(`${folder}/`, "").split("\n")
    throw error
  }
  return []
}

const good = `name: good
corpus: { source: gutenberg }
tokenizer: { kind: train, vocabulary: 512 }
sequenceLength: 64
sizes:
  nano: { width: 48, hidden: 192, layers: 2, heads: 12, kvHeads: 4 }
arms:
  full-rank:
    method: full-rank
  relora-v1.5: &relora
    method: relora
    rank: 4
    resetEvery: 10
  published:
    <<: *relora
    mergeScale: 1
seeds:
  - 1
  - 2
training:
  steps: 40
  batchSize: 4
  schedule: { kind: linear, warmupSteps: 10 }
checkpoints: [10, { every: 20 }]
`

describe("reading a study", () => {
  it("reads the studies of the project", () => {
    for (const name of ["default", "smoke", "paper"]) {
      expect(readStudy(join(studies, `${name}.yaml`)).study.name).toBe(name)
    }
  })

  it("knows the line of each setting, or of its nearest parent in the file", () => {
    const { lines } = readStudy(written(good))
    expect(lines("name")).toBe(1)
    expect(lines("arms.relora-v1.5.rank")).toBe(12)
    expect(lines("arms.relora-v1.5.dropout")).toBe(10)
    expect(lines("arms.published.rank")).toBe(12)
    expect(lines("arms.published.mergeScale")).toBe(16)
    expect(lines("seeds.1")).toBe(19)
    expect(lines("training.schedule.warmupSteps")).toBe(23)
    expect(lines("training.learningRate")).toBe(20)
    expect(lines("checkpoints.1.every")).toBe(24)
    expect(lines("evaluation.textsPerDomain")).toBeUndefined()
  })

  it("reports every mistake at once, with its line and what is allowed", () => {
    const bad = good
      .replace("gutenberg", "gutenburg")
      .replace("sequenceLength: 64", "sequenceLenght: 64")
      .replace("kvHeads: 4", "kvHeads: 5")
      .replace("rank: 4", "rank: -3")
      .replace("mergeScale: 1", "mergeScale: 2")
      .replace("- 2", "- 1")
      .replace("steps: 40", "steps: many")
      .replace("{ every: 20 }", "{ evry: 20 }")
    expect(refused(bad)).toEqual([
      "x.yaml: sequenceLength: is missing: expected a positive whole number",
      "x.yaml:2: corpus.source: expected one of gutenberg, files, got \"gutenburg\"",
      "x.yaml:4: sequenceLenght: unknown setting; did you mean sequenceLength?",
      "x.yaml:6: sizes.nano.kvHeads: expected a divisor of heads 12, so that every key head serves as many query heads, got 5",
      "x.yaml:12: arms.relora-v1.5.rank: expected a positive whole number, got -3",
      "x.yaml:12: arms.published.rank: expected a positive whole number, got -3",
      "x.yaml:16: arms.published.mergeScale: expected one of 1, alpha/rank, got 2",
      "x.yaml:19: seeds.1: expected each seed once, got 1",
      "x.yaml:21: training.steps: expected a positive whole number, got \"many\"",
      "x.yaml:24: checkpoints.1.every: is missing: expected a positive whole number",
      "x.yaml:24: checkpoints.1.evry: unknown setting; did you mean every?"
    ])
  })

  it("offers the settings of the method that was chosen", () => {
    expect(refused(good.replace("method: full-rank", "method: full-rank\n    rank: 4"))).toEqual([
      "x.yaml:10: arms.full-rank.rank: unknown setting; expected one of method, schedule, learningRate, sweep, equalWork, equalMemory"
    ])
    expect(refused(good.replace("method: full-rank", "learningRate: 1"))).toEqual([
      `x.yaml:8: arms.full-rank.method: is missing: expected one of ${kinds.join(", ")}`
    ])
  })

  it("says where a file is not YAML", () => {
    expect(refused("name: one\nname: two\nabout: \"open\n")).toEqual([
      "x.yaml:2: not YAML: Map keys must be unique",
      expect.stringMatching(/^x\.yaml:\d: not YAML: Missing closing "quote/)
    ])
    expect(refused("")).toEqual(["x.yaml: expected settings (name: value), got nothing"])
  })

  it("lists the studies beside one that is not there", () => {
    expect(() => readStudy(join(studies, "defualt.yaml"))).toThrow(
      `no such file; did you mean ${
        join(studies, "default.yaml")
      }? Studies there: audit.yaml, default.yaml, hybrid.yaml, methods.yaml, paper.yaml, smoke.yaml`
    )
    expect(() => readStudy("nowhere/x.yaml")).toThrow("nowhere/x.yaml: no such file, and no folder nowhere")
  })

  it("holds a tokenizer's ids against the rows of the embedding", () => {
    written(JSON.stringify({ model: { vocab: { a: 0, b: 1 } }, added_tokens: [{ id: 2 }] }), "tokenizer.json")
    const study = (vocabulary: number) =>
      good.replace("kind: train, vocabulary: 512", `kind: file, path: tokenizer.json, vocabulary: ${vocabulary}`)
    expect(refused(study(3))).toEqual([])
    expect(refused(study(2))).toEqual([
      "x.yaml:3: tokenizer.vocabulary: expected at least the 3 ids of tokenizer.json, got 2"
    ])
  })

  it("holds the size of the text against the tokens that the steps take", () => {
    written("word ".repeat(20_000), "text.txt")
    const study = (training: string) =>
      good.replace("source: gutenberg", "source: files, format: text, paths: [text.txt], heldOutFraction: 0")
        .replace("batchSize: 4", `batchSize: 4\n  ${training}`)
    // 40 steps of 4 rows of 65 tokens are 10,400; the text has 100,000 bytes.
    expect(refused(study("beta1: 0.9"))).toEqual([])
    expect(refused(study("beta1: 0.9").replace("steps: 40", "steps: 400"))).toEqual([
      "x.yaml:21: training.steps: asks for more text than there is: about 100,000 bytes to train on cannot be 104,000 " +
      "tokens. To mend it, lower training.steps to at most 384, give more text in corpus, or set training.passes to 2 to train on " +
      "rows more than once"
    ])
    expect(refused(study("passes: 2").replace("steps: 40", "steps: 400"))).toEqual([])
  })
})
