import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ModelShape } from "../../../schemas/model.ts"
import { Arm } from "../../../schemas/study.ts"
import type { AnyTable } from "../../../schemas/table.ts"
import {
  Accuracy,
  Dynamics,
  Intruders,
  Metrics,
  Perplexity,
  Scores,
  Similarity,
  Spectra
} from "../../../schemas/tables.ts"
import { methodAt, trainingFlops } from "../../../stages/arm.ts"
import { printedP } from "../../../stages/report/comparisons.ts"
import { withDatabase } from "../../../stages/report/database.ts"
import { measurements } from "../../../stages/report/measurements.ts"
import { compose, type Report } from "../../../stages/report/report.ts"
import { config, writeInputs } from "../../fixtures/report.ts"

const folder = mkdtempSync(join(tmpdir(), "report-tables-"))
let report: Report
let inputs: ReturnType<typeof writeInputs>
beforeAll(async () => {
  inputs = writeInputs(folder)
  report = await withDatabase(new AbortController().signal, (database) => compose(database, config(), inputs))
})
afterAll(() => rmSync(folder, { recursive: true }))

const rows = (name: string) => report.tables.find((table) => table.name === name)!.rows
const find = (name: string, where: Record<string, unknown>) => {
  const found = rows(name).filter((row) => Object.entries(where).every(([column, value]) => row[column] === value))
  expect(found, `${name} ${JSON.stringify(where)}`).toHaveLength(1)
  return found[0]!
}

describe("columns that the queries see", () => {
  const types: Record<string, string> = { string: "varchar", int32: "integer", int64: "bigint", float64: "double" }
  const tables: Record<keyof typeof measurements, AnyTable> = {
    metrics: Metrics,
    spectra: Spectra,
    dynamics: Dynamics,
    intruders: Intruders,
    similarity: Similarity,
    perplexity: Perplexity,
    accuracy: Accuracy,
    scores: Scores
  }
  it.each(Object.keys(tables) as Array<keyof typeof measurements>)("are those that %s is stored with", (name) => {
    const stored = Object.entries(tables[name].columns).map(([column, { physical }]) => [column, types[physical]])
    expect(Object.entries(measurements[name])).toEqual(stored)
  })
})

describe("training", () => {
  it("takes the unigram entropy over the rows that training reached", () => {
    // rows 0 … 39 hold four tokens equally often; rows 40 … 49 hold another and are never reached
    expect(find("training", { size: "nano", arm: "full-rank" })["entropy"]).toBeCloseTo(Math.log(4), 12)
  })

  it("gives each run its loss and what it is above the entropy", () => {
    const row = find("training", { size: "micro", arm: "as-published" })
    expect(row).toMatchObject({ steps: 20, tokens: 160, batch_size: 2, sequence_length: 4 })
    // 6 − 20/10 − 0.5 + 0.25 and 0.5 for the one merge before the last step
    expect(row["loss"]).toBeCloseTo(4.25, 12)
    expect(row["above_entropy"]).toBeCloseTo(4.25 - Math.log(4), 12)
  })
})

describe("configuration", () => {
  it("has a column for each arm, beside the published runs", () => {
    const table = report.tables.find(({ name }) => name === "configuration")!
    expect(table.columns.map(({ title }) => title)).toEqual([
      "setting",
      "full-rank",
      "relora",
      "as-published",
      "full-rank",
      "relora"
    ])
    expect(find("configuration", { setting: "rank" }))
      .toMatchObject({ value_0: null, value_1: "2", published_full_rank: null, published_relora: "16" })
    // settings of one side only are kept, the study's first
    expect(find("configuration", { setting: "clipping" })).toMatchObject({ value_2: "none", published_relora: null })
    expect(rows("configuration").at(-1)).toMatchObject({
      setting: "weightDecay",
      value_0: null,
      published_full_rank: "0.01"
    })
  })
})

describe("cost", () => {
  it("counts the steps before a method begins apart", () => {
    expect(find("cost", { size: "nano", arm: "relora" }))
      .toMatchObject({ tokens: 160, flops: 5 * 1e6 + 15 * 8e5, of_full_rank: 85 })
    expect(find("cost", { size: "micro", arm: "as-published" })).toMatchObject({
      flops: 3 * 20 * 8e5,
      of_full_rank: 80
    })
  })

  it("of the published runs is counted as this study's is, beside their hours", () => {
    const shape = { width: 96, hidden: 384, layers: 12, heads: 12, kvHeads: 4, vocabulary: 50_304 }
    const flops = (method: string) => {
      const relora = Arm.parse({ method: "relora", rank: 16, resetEvery: 2000, initA: "zero" })
      const place = { width: 96, seed: 0 }
      const arm = method === "relora" ? methodAt(relora, 20_000, place) : { kind: "full-rank" as const }
      return trainingFlops(ModelShape.parse(shape), arm, 2048, 41_943_040_000)
    }
    const row = find("cost", { size: "nano", arm: "full-rank" })
    expect(row).toMatchObject({ published_gpus: 16, published_gpu_hours: 847.37, published_wall_hours: 52.96 })
    expect(Number(row["published_flops"]) / flops("full-rank")).toBeCloseTo(1, 12)
    const relora = find("cost", { size: "nano", arm: "relora" })
    expect(Number(relora["published_flops"]) / flops("relora")).toBeCloseTo(1, 12)
    expect(relora["published_rate"]).toBeCloseTo(flops("relora") / (732.7 * 3600), -6)
  })
})

describe("learning rates", () => {
  it("stand beside the published schedule at the same share of training", () => {
    expect(find("learning-rates", { arm: "full-rank", step: 10 }))
      .toMatchObject({ rate: 1e-3, of_peak: 100, published_step: 10_000 })
    // the linear decay from 2,500 on to 0 at 200,000; the rate of the reset's own step is 0
    expect(find("learning-rates", { arm: "full-rank", step: 20 })["published_rate"])
      .toBeCloseTo(3e-4 * (200_000 - 19_999) / 197_500, 12)
    expect(find("learning-rates", { arm: "relora", step: 20 })["published_rate"]).toBeCloseTo(2.95e-4, 6)
  })
})

describe("learning dynamics", () => {
  it("are averaged over layers, and a measure that is not of a kind leaves its cell empty", () => {
    const activation = find("dynamics", { size: "nano", arm: "relora", kind: "activation" })
    expect(activation).toMatchObject({ numerical_rank: 6, anisotropy: 0.25, zero: 0, matrices: 3 })
    expect(activation["per"]).toBeCloseTo(0.6, 12)
    const gradient = find("dynamics", { size: "nano", arm: "relora", kind: "gradient_A" })
    expect(gradient).toMatchObject({ anisotropy: null, zero: 1 })
    // of the layers that have one
    expect(gradient["per"]).toBeCloseTo(0.65, 12)
  })

  it("compare each checkpoint with the last and with the one before", () => {
    const row = find("similarity", { size: "micro", arm: "full-rank", step: 10 })
    expect(row).toMatchObject({ since: 5, samples: 64 })
    expect(row["cka_last"]).toBeCloseTo(0.51, 12)
    expect(row["cka_since"]).toBeCloseTo(0.91, 12)
    expect(row["pwcca_last"]).toBeCloseTo(0.7, 12)
    expect(find("similarity", { size: "micro", arm: "full-rank", step: 0 })).toMatchObject({ since: null })
    expect(find("similarity", { size: "micro", arm: "full-rank", step: 20 })).toMatchObject({
      since: 15,
      cka_last: null
    })
  })

  it("count intruders at the last checkpoint", () => {
    expect(find("intruders", { size: "nano", arm: "relora" })).toMatchObject({
      intruders: 2,
      top: 8,
      least_similarity: 0.5
    })
    expect(find("intruders", { size: "nano", arm: "full-rank" })).toMatchObject({ intruders: 1 })
  })

  it("norms and sparsity stand in a table of their own", () => {
    const row = find("norms", { component: "w_2", kind: "weight", size: "nano", arm: "relora" })
    expect(row).toMatchObject({ frobenius: 4, nuclear: 9, max_abs: 0.5, gini: 0.5, hoyer: 0.25 })
  })
})

describe("loss and perplexity", () => {
  it("weighs domains by tokens in one definition and by texts in the other", () => {
    const row = find("loss", { size: "nano", arm: "full-rank" })
    // fiction: 30 tokens at 4 nats, 3 texts; verse: 10 tokens at 5 nats, 1 text
    expect(row["nats_per_token"]).toBeCloseTo(4.25, 12)
    expect(row["token_weighted"]).toBeCloseTo(Math.exp(4.25), 9)
    expect(row["mean_of_texts"]).toBeCloseTo((3 * (Math.exp(4) + 10) + (Math.exp(5) + 10)) / 4, 9)
  })

  it("compares every arm with the full-rank arm of its size", () => {
    expect(find("loss", { size: "nano", arm: "full-rank" })["difference"]).toBe(0)
    expect(find("loss", { size: "micro", arm: "relora" })["difference"]).toBeCloseTo(0.25, 12)
  })

  it("puts the smaller published model beside the smaller size, by method", () => {
    expect(find("loss", { size: "nano", arm: "full-rank" })).toMatchObject({
      published_size: "tiny",
      published_loss: 4.881,
      published_perplexity: 205.5,
      published_difference: 0
    })
    const relora = find("loss", { size: "micro", arm: "as-published" })
    expect(relora).toMatchObject({ published_size: "small", published_loss: 4.17 })
    expect(relora["published_difference"]).toBeCloseTo(0.393, 12)
  })

  it("follows every checkpoint, one shared by the arms included", () => {
    expect(rows("checkpoints").filter((row) => row["size"] === "nano" && row["step"] === 0)).toHaveLength(3)
    expect(find("checkpoints", { size: "nano", arm: "relora", step: 0 })["nats_per_token"]).toBeCloseTo(6.25, 12)
  })
})

describe("checkpoints", () => {
  it("have the loss that led to them, and the published figures of their share of training", () => {
    expect(find("checkpoints", { size: "nano", arm: "full-rank", step: 0 })).toMatchObject({ tokens: 0, loss: null })
    const row = find("checkpoints", { size: "nano", arm: "full-rank", step: 10 })
    expect(row).toMatchObject({
      tokens: 80,
      published_size: "tiny",
      published_step: 10_000,
      published_loss: 5.082,
      published_perplexity: 313.8,
      published_blimp: 62.19
    })
    expect(row["loss"]).toBeCloseTo(5, 12)
  })
})

describe("merges", () => {
  it("take the loss before and after, of a step and of five, and less what the full-rank run does there", () => {
    const row = find("merges", { size: "nano", arm: "as-published", ordinal: 1 })
    expect(row["step"]).toBe(10)
    expect(row["before"]).toBeCloseTo(5.25, 12)
    // the step after the merge does not show it yet
    expect(row["after"]).toBeCloseTo(5.15, 12)
    expect(row["jump"]).toBeCloseTo(-0.1, 12)
    // steps 6 … 10, one of them 0.5 harder, and 11 … 15, four of them 0.5 higher for the merge
    expect(row["before_five"]).toBeCloseTo(5.55, 12)
    expect(row["after_five"]).toBeCloseTo(5.35, 12)
    expect(row["jump_five"]).toBeCloseTo(-0.2, 12)
    // neither the hard batch nor what is learnt in five steps: four fifths of 0.5
    expect(row["less_full_rank"]).toBeCloseTo(0.4, 12)
    expect(find("merges", { size: "nano", arm: "relora", ordinal: 1 })["less_full_rank"]).toBeCloseTo(0, 12)
    expect(row).toMatchObject({ published_step: 2001, published_before: 6.892, published_after: 6.881 })
  })

  it("have nothing after the last step", () => {
    expect(find("merges", { size: "nano", arm: "relora", ordinal: 2 })).toMatchObject({
      step: 20,
      after: null,
      jump: null,
      after_five: null,
      less_full_rank: null
    })
  })

  it("are none in a full-rank arm", () => {
    expect(rows("merges").map((row) => row["arm"])).not.toContain("full-rank")
  })
})

describe("minimal pairs", () => {
  it("average paradigms, not pairs, and stand beside the published phenomenon", () => {
    // nano, full-rank, step 20: 30, 32, 34 and 36 of 50 right
    expect(find("minimal-pairs-blimp", { phenomenon: "quantifiers" })).toMatchObject({
      paradigms: 2,
      pairs: 100,
      accuracy_0: 66,
      published_tiny_full_rank: 60.25,
      published_small_relora: 57.33
    })
    expect(find("minimal-pairs-generated", { phenomenon: "overall" })["accuracy_0"]).toBeCloseTo(66, 12)
  })

  it("keep ties and identical pairs in sight", () => {
    expect(find("paradigms", { suite: "blimp", paradigm: "animate_subject", size: "nano", arm: "relora" }))
      .toMatchObject({ correct: 34, ties: 3, identical: 1, percent: 68 })
  })
})

describe("tests of accuracies", () => {
  const last = { suite: "blimp", size: "nano", arm: "relora" }

  it("compare arms pair by pair with the full-rank arm of their size", () => {
    // 28, 30, 32 and 34 of 50 right instead of 30, 32, 34 and 36: two pairs of each paradigm are lost
    const row = find("accuracy-differences", last)
    expect(row).toMatchObject({ against: "full-rank", pairs: 200, better: 0, worse: 8, p: "0.00781" })
    expect(row["percent"]).toBeCloseTo(62, 12)
    expect(row["difference"]).toBeCloseTo(-4, 12)
    // the deviation of a resampled mean is √(0.04 · 0.96 / 200), 1.39 points; draws are whole pairs, half a point
    expect(row["low"]).toBeCloseTo(-4 - 1.96 * 1.39, 0)
    expect(row["high"]).toBeCloseTo(-4 + 1.96 * 1.39, 0)
    expect(row["z_p"]).toBe("0.202")
    expect(rows("accuracy-differences").map((row) => row["arm"])).not.toContain("full-rank")
  })

  it("stand beside the published ones", () => {
    expect(find("accuracy-differences", last)).toMatchObject({ published_size: "tiny", published_p: "1.21e-24" })
    expect(find("accuracy-differences", { ...last, size: "micro" })).toMatchObject({ published_p: "7.43e-166" })
    expect(find("accuracy-differences", { ...last, suite: "generated" })["published_p"]).toBeNull()
  })

  it("are made of paradigms too, beside the published paradigm", () => {
    const row = find("paradigm-differences", {
      suite: "blimp",
      size: "nano",
      arm: "relora",
      paradigm: "principle_A_c_command"
    })
    // 28 of 50 right instead of 30: 2 · 2⁻²
    expect(row).toMatchObject({ pairs: 50, p: "0.5", published_size: "tiny" })
    expect(row["percent"]).toBeCloseTo(56, 12)
    expect([row["published_percent"], row["published_baseline"]]).toEqual([59.7, 63.9])
    expect(Number(row["low"])).toBeLessThan(-4)
    expect(rows("paradigm-differences")).toHaveLength(2 * 2 * 2 * 4)
  })

  it("adjust those of phenomena for their number", () => {
    const row = find("phenomenon-differences", { ...last, phenomenon: "quantifiers" })
    // none better, 4 worse: 2 · 2⁻⁴; of 24 tests the other 16 have 2 · 2⁻²
    expect(row).toMatchObject({ pairs: 100, p: "0.125", q: "0.375" })
  })

  it("test every checkpoint against chance", () => {
    // 25, 27, 29 and 31 of 50
    const row = find("chance", { suite: "generated", size: "nano", arm: "full-rank", step: 0 })
    expect(row).toMatchObject({ pairs: 200, correct: 112, p: "0.104" })
    expect(rows("chance")).toHaveLength(2 * 2 * 3 * 5)
  })

  it("say that one seed gives no interval over seeds, and give none", () => {
    const table = report.tables.find(({ name }) => name === "accuracy-differences")!
    expect(table.columns.map(({ name }) => name)).not.toContain("seed_low")
    expect(table.caption).toContain("One seed was run, so no interval over seeds is given")
    expect(report.findings.join("\n")).toContain("no interval over seeds is given")
    expect(report.findings).toContain(
      "On BLiMP at size nano: full-rank 66.0 %, relora 62.0 % and as-published 62.0 % (chance 50 %); from full-rank, with " +
        "95 % intervals over pairs: relora −4.0 points (−7.0 to −1.5) and as-published −4.0 points (−7.0 to −1.5)."
    )
  })

  it("are printed however small they are", () => {
    expect([Math.log(0.25), Math.log(1.234e-5), -5514.2, Math.log(9.999e-7), NaN].map(printedP)).toEqual([
      "0.25",
      "1.23e-5",
      "1.63e-2395",
      "1.00e-6",
      null
    ])
  })
})

describe("phenomena of BLiMP", () => {
  it("are 13 in the data, two of which its paper counts as one", () => {
    expect(rows("minimal-pairs-blimp").map(({ phenomenon }) => phenomenon)).not.toContain(
      "argument_structure with s-selection"
    )
  })
})

describe("models from elsewhere", () => {
  it("have a table of their own", () => {
    const value = (what: string, measure: string) =>
      find("imported-models", { model: "stories", what, measure })["value"]
    expect(value("blimp, quantifiers", "accuracy (%)")).toBe(66)
    expect(value("held-out", "perplexity by domain")).toBeCloseTo((Math.exp(4) + Math.exp(5)) / 2, 9)
    expect(value("w_2", "PER")).toBeCloseTo(0.87, 12)
  })
})

describe("sources of held-out text", () => {
  it("are averaged over domains as Paloma does, beside the other two measures", () => {
    const row = find("sources", { size: "nano", arm: "full-rank" })
    expect(row).toMatchObject({ source: "held-out", domains: 2, texts: 4, tokens: 40 })
    expect(row["macro"]).toBeCloseTo((Math.exp(4) + Math.exp(5)) / 2, 9)
    expect(row["token_weighted"]).toBeCloseTo(Math.exp(4.25), 9)
  })
})

describe("weights and updates", () => {
  it("are averaged over layers with a 95 % band of Student's t", () => {
    const row = find("weights", { component: "w_2", kind: "weight", size: "nano", arm: "full-rank", step: 20 })
    expect(row["per"]).toBeCloseTo(0.87, 12)
    // three layers, deviation 0.01: t(0.975; 2) · 0.01 / √3, and t(0.975; 2) is 0.95 · √(2 / (1 − 0.95²))
    expect(row["per_band"]).toBeCloseTo(0.95 * Math.sqrt(2 / (1 - 0.95 ** 2)) * 0.01 / Math.sqrt(3), 12)
    expect(row["condition_number"]).toBeCloseTo(6, 12)
  })

  it("are taken of the first and of the last half of the layers", () => {
    const where = { component: "w_2", kind: "weight", size: "nano", arm: "full-rank", step: 20 }
    const row = find("layer-halves", where)
    // of three layers the first two: 0.88 and 0.87; then 0.86
    expect(row).toMatchObject({ first_layers: 2, last_layers: 1 })
    expect(row).not.toHaveProperty("last_per_band")
    expect(row["first_per"]).toBeCloseTo(0.875, 12)
    expect(row["last_per"]).toBeCloseTo(0.86, 12)
    expect(row["first_condition"]).toBeCloseTo(5.5, 12)
    // of an adapter over its rank: 5 and 6, 7
    expect(find("layer-halves", { ...where, kind: "adapter", arm: "relora" }))
      .toMatchObject({ first_condition: 5.5, last_condition: 7 })
  })

  it("show the published value at the same share of training", () => {
    const where = { component: "w_2", kind: "weight", size: "nano" }
    expect(find("weights-by-step", { ...where, arm: "full-rank", step: 10 }))
      .toMatchObject({ published_model: "tiny", published_step: 10_000, published_per: 0.958 })
    expect(find("weights-by-step", { ...where, arm: "relora", step: 20 }))
      .toMatchObject({ published_step: 20_100, published_per: 0.874 })
    expect(find("weights-by-step", { ...where, arm: "full-rank", step: 5 })["published_per"]).toBeNull()
  })

  it("name the published object, which is not the same for both methods", () => {
    const where = { component: "w_2", size: "micro", step: 20 }
    expect(find("updates", { ...where, kind: "adapter", arm: "relora" })["published_object"]).toBe("B·A in bf16")
    expect(find("updates", { ...where, kind: "realised", arm: "full-rank" })["published_object"]).toBe("gradient")
    expect(find("updates", { ...where, kind: "realised", arm: "relora" })["published_object"]).toBeNull()
  })

  it("puts a quotient of all singular values beside the published one, and that beside bf16 only", () => {
    const where = { component: "w_2", size: "nano", step: 20 }
    expect(find("updates", { ...where, kind: "adapter", arm: "as-published" }))
      .toMatchObject({ condition_number: Infinity, published_condition_number: 5120 })
    expect(find("updates", { ...where, kind: "adapter", arm: "relora" }))
      .toMatchObject({ condition_number: Infinity, published_per: 0.168, published_condition_number: null })
    expect(find("updates", { ...where, kind: "realised", arm: "relora" })["condition_number"]).toBeNull()
  })

  it("take ranks and their condition numbers where rounding ends", () => {
    expect(find("updates", { component: "w_2", size: "nano", kind: "adapter", arm: "relora" }))
      .toMatchObject({ numerical_rank: 2, condition_number_of_rank: 6 })
    expect(find("updates-by-step", { component: "w_2", size: "nano", kind: "adapter", arm: "as-published", step: 10 }))
      .toMatchObject({ numerical_rank: 0, condition_number_of_rank: Number.NaN })
  })

  it("say from which step a realised change is, and bound none by its sides", () => {
    const where = { component: "w_2", size: "nano", arm: "relora", step: 15 }
    expect(find("updates-by-step", { ...where, kind: "realised" })).toMatchObject({ from_step: 10, per_bound: null })
    expect(find("updates-by-step", { ...where, kind: "adapter" })["from_step"]).toBeNull()
  })

  it("tell a zero matrix, which has no spectrum, from an infinite condition number", () => {
    const where = { component: "w_2", kind: "adapter", size: "nano", arm: "as-published" }
    expect(find("updates-by-step", { ...where, step: 10 }))
      .toMatchObject({ per: Number.NaN, condition_number: Number.NaN, zero: 3, matrices: 3 })
    expect(find("updates-by-step", { ...where, step: 15 })).toMatchObject({ condition_number: Infinity, zero: 0 })
  })

  it("give the bound on the rank of an adapter", () => {
    expect(find("updates", { component: "ov", kind: "adapter", size: "nano", arm: "relora" })["per_bound"]).toBe(0.25)
  })
})

describe("findings", () => {
  it("name the best arm of each size and the distance of the others", () => {
    expect(report.findings).toContain(
      "At size nano, full-rank ends with the lowest training loss, 4.000 nats per token; relora is 0.250 higher " +
        "(0.250 on " +
        "held-out text); as-published is 0.750 higher (0.750 on held-out text)."
    )
  })

  it("say whose adapters stayed at zero before the first merge, and whose did not", () => {
    const about = (arm: string) => report.findings.find((finding) => finding.startsWith(`${arm} (`))
    expect(about("as-published")).toMatch(/stayed at zero .* is exactly 0/)
    expect(about("relora")).toMatch(/moved before the first merge \(after step 10\); .* in 24 of 24/)
    expect(about("full-rank")).toBeUndefined()
  })
})

describe("the finding on merges", () => {
  const about = () => report.findings.find((finding) => finding.startsWith("Change in training loss across a merge"))

  it("shows a jump that comes a step late, free of the batch and of what is learnt", () => {
    expect(about()).toContain("as-published +0.400 at nano and +0.400 at micro")
    expect(about()).toContain("relora 0.000 at nano and 0.000 at micro")
    expect(about()).toContain("less the same of the full-rank run")
  })

  it("keeps what batches differ in where there is no full-rank run to take it out with", async () => {
    const all = config()
    const arms = all.arms.filter(({ method }) => method === "relora")
    const { findings, tables } = await withDatabase(
      new AbortController().signal,
      (database) => compose(database, { ...all, arms }, inputs)
    )
    const alone = findings.find((finding) => finding.startsWith("Change in training loss across a merge"))
    expect(alone).toContain("as-published −0.200 at nano")
    expect(alone).not.toContain("less the same")
    const merges = tables.find(({ name }) => name === "merges")!
    expect(merges.columns.map(({ name }) => name)).not.toContain("less_full_rank")
  })
})

describe("scale", () => {
  it("is stated at the head of every table with published figures", () => {
    const withPublished = report.tables.filter((table) =>
      table.columns.some(({ group, name }) => group?.startsWith("published") || name.startsWith("published")) ||
      table.rows.some((row) => row["source"] === "published") || table.name === "published-curves"
    )
    expect(withPublished.length).toBeGreaterThan(8)
    for (const table of withPublished) {
      expect(table.note, table.name).toMatch(/11\.3 million .* 50,304 .* 41\.9 billion .* 160 training tokens/)
    }
  })

  it("is followed by where the published figures are from, and what was corrected in them", () => {
    const note = (name: string) => report.tables.find((table) => table.name === name)!.note
    for (const name of ["weights", "weights-by-step"]) {
      expect(note(name)).toMatch(/per\.pdf.* labels, .* swapped .* corrected/)
    }
    expect(note("cost")).toMatch(/Published cost: .* run metadata/)
    expect(note("claims")).toContain("the table of their sources")
    expect(rows("published-sources").find(({ about }) => about === "spectra of weights")!["how"]).toMatch(
      /swapped .* corrected/
    )
  })
})
