import { dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import type { Graph, Instance, LabelledRef } from "../../pipeline/graph.ts"
import { Study } from "../../schemas/study.ts"
import { readStudy } from "../../stages/study-file.ts"
import { checkpointSteps, evaluatedSteps } from "../../stages/study-steps.ts"
import { graphOf } from "../../stages/study.ts"

const folder = new URL("../../studies", import.meta.url).pathname
const environment = {}

const settings = {
  name: "little",
  corpus: { source: "gutenberg" },
  tokenizer: { kind: "train", vocabulary: 512 },
  sequenceLength: 64,
  sizes: {
    nano: { width: 48, hidden: 192, layers: 2, heads: 12, kvHeads: 4 },
    micro: { width: 96, hidden: 384, layers: 3, heads: 12, kvHeads: 4 }
  },
  arms: {
    "full-rank": { method: "full-rank" },
    relora: { method: "relora", rank: 4, alpha: 8, resetEvery: 20 },
    warm: { method: "relora", rank: 4, alpha: 8, resetEvery: 20, warmStartSteps: 40 }
  },
  seeds: [1, 2],
  training: { steps: 100, batchSize: 4, schedule: { kind: "constant", warmupSteps: 10 } },
  checkpoints: { every: 50 }
}

const wired = (changes: Record<string, unknown> = {}): Graph =>
  graphOf(Study.parse({ ...settings, ...changes }), { folder, environment })

const idsOf = (graph: Graph, stage: string) =>
  graph.instances.filter((instance) => instance.stage.name === stage).map(({ id }) => id)

const one = (graph: Graph, id: string): Instance => {
  const instance = graph.byId.get(id)
  if (instance === undefined) throw new Error(`no ${id} in ${[...graph.byId.keys()].join(" ")}`)
  return instance
}

/** What of an instance is in its key, but for the contents of its inputs. */
const keyed = (instance: Instance) => JSON.stringify([instance.config, instance.files])

/** Ids of instances whose settings differ between two graphs of the same ids. */
const changed = (before: Graph, after: Graph): ReadonlyArray<string> => {
  expect(before.instances.map(({ id }) => id)).toEqual(after.instances.map(({ id }) => id))
  return before.instances.filter((instance) => keyed(instance) !== keyed(one(after, instance.id))).map(({ id }) => id)
}

describe("wiring a study", () => {
  it("makes each size, arm and seed", () => {
    const graph = wired()
    expect(idsOf(graph, "tokenize")).toEqual(["tokenize"])
    expect(idsOf(graph, "initialise")).toEqual([
      "initialise/nano/1",
      "initialise/nano/2",
      "initialise/micro/1",
      "initialise/micro/2"
    ])
    // Two segments for two arms, and three for the one that changes its method at step 40.
    expect(idsOf(graph, "pretrain")).toHaveLength(2 * 2 * (2 + 2 + 3))
    for (const stage of ["checkpoint", "spectra", "probe", "dynamics", "evaluate"]) {
      expect(idsOf(graph, stage)).toHaveLength(2 * 2 * 3 * 3)
    }
    expect(idsOf(graph, "similarity")).toHaveLength(2 * 2 * 3)
    expect(idsOf(graph, "pretrain").filter((id) => id.includes("nano/warm/1"))).toEqual([
      "pretrain/nano/warm/1/0-40",
      "pretrain/nano/warm/1/40-50",
      "pretrain/nano/warm/1/50-100"
    ])
    expect(graph.instances.at(-1)!.id).toBe("report")
  })

  it("keeps 0 and the last step, and evaluates them", () => {
    const study = Study.parse({ ...settings, checkpoints: [30, 60], evaluation: { steps: [60] } })
    expect(checkpointSteps(study)).toEqual([0, 30, 60, 100])
    expect(evaluatedSteps(study)).toEqual([0, 60, 100])
    expect(evaluatedSteps(Study.parse({ ...settings, checkpoints: [30] }))).toEqual([0, 30, 100])
  })

  it("cuts a rank after the last step, too, and reports the arm with the rank that is left", () => {
    const squeeze = { method: "lora-squeeze", rank: 4, alpha: 8, squeezeAt: [60, 100], ranks: [3, 1] }
    const graph = wired({ arms: { squeeze } })
    const config = (steps: string) => one(graph, `pretrain/nano/squeeze/1/${steps}`).config as Record<string, unknown>
    expect(config("0-50")).toMatchObject({ method: { rank: 4 }, events: [] })
    expect(config("0-50")["method"]).not.toHaveProperty("ranks")
    expect(config("50-60")).toMatchObject({ method: { rank: 4, ranks: [3] }, events: [{ step: 60, event: "squeeze" }] })
    expect(config("60-100")).toMatchObject({
      method: { rank: 3, alpha: 6, ranks: [1] },
      events: [{ step: 100, event: "squeeze" }]
    })
    const { arms } = one(graph, "report").config as { arms: ReadonlyArray<{ rank: number }> }
    expect(arms.map(({ rank }) => rank)).toEqual([1, 1])
  })

  it("chains segments from the initial state, each with the rates of its own steps", () => {
    const graph = wired()
    const [first, second] = ["0-50", "50-100"].map((steps) => one(graph, `pretrain/nano/full-rank/1/${steps}`))
    expect(first!.inputs["previous"]).toMatchObject({ instance: "initialise/nano/1", output: "state" })
    expect(second!.inputs["previous"]).toMatchObject({ instance: first!.id, output: "state" })
    const rates = (instance: Instance) => (instance.config as { learningRates: ReadonlyArray<number> }).learningRates
    expect(rates(first!).slice(0, 12)).toEqual([
      0,
      3e-5,
      6e-5,
      9e-5,
      1.2e-4,
      1.5e-4,
      1.8e-4,
      2.1e-4,
      2.4e-4,
      2.7e-4,
      3e-4,
      3e-4
    ])
    expect(rates(second!)).toEqual(Array(50).fill(3e-4))
    expect(second!.config).toMatchObject({ firstStep: 50, events: [], method: { kind: "full-rank" } })
    expect(one(graph, "pretrain/nano/relora/1/50-100").config).toMatchObject({
      events: [{ step: 61, event: "merge" }, { step: 81, event: "merge" }],
      method: { kind: "relora", rank: 4, seed: 1, mergeScale: "alpha/rank" }
    })
  })

  it("takes a checkpoint against the one before", () => {
    const graph = wired()
    const previous = (step: number) =>
      (one(graph, `checkpoint/nano/warm/1/${step}`).inputs["previous"] as ReadonlyArray<LabelledRef>)
        .map(({ labels, ref }) => [labels, ref.instance])
    expect(previous(0)).toEqual([])
    expect(previous(50)).toEqual([[{}, "initialise/nano/1"]])
    expect(previous(100)).toEqual([[{}, "pretrain/nano/warm/1/40-50"]])
    const since = (step: number) => one(graph, `spectra/nano/warm/1/${step}`).config
    expect([0, 50, 100].map(since)).toMatchObject([{ step: 0, since: 0 }, { since: 0 }, { since: 50 }])
  })

  it("gives all arms of a size and seed the same step 0", () => {
    const graph = wired()
    for (const stage of ["checkpoint", "spectra", "probe", "dynamics", "evaluate"]) {
      const [first, ...others] = ["full-rank", "relora", "warm"].map((arm) => one(graph, `${stage}/nano/${arm}/1/0`))
      for (const other of others) expect(keyed(other)).toBe(keyed(first!))
    }
    expect(one(graph, "checkpoint/nano/relora/1/0").config).toEqual({ method: null })
  })

  it("lets a warm start share the full-rank arm's segments", () => {
    const graph = wired({ checkpoints: { every: 20 } })
    for (const steps of ["0-20", "20-40"]) {
      const [fullRank, warm] = ["full-rank", "warm"].map((arm) => one(graph, `pretrain/nano/${arm}/1/${steps}`))
      expect(keyed(warm!)).toBe(keyed(fullRank!))
    }
    expect(keyed(one(graph, "checkpoint/nano/warm/1/40"))).toBe(keyed(one(graph, "checkpoint/nano/full-rank/1/40")))
    expect(one(graph, "pretrain/nano/warm/1/40-60").config).toMatchObject({ method: { kind: "relora" }, events: [] })
    expect(one(graph, "pretrain/nano/warm/1/60-80").config).toMatchObject({ events: [{ step: 61, event: "merge" }] })
  })

  it("changes only an arm's training, checkpoints and place in the report with its rank", () => {
    const relora = { ...settings.arms.relora, rank: 8 }
    const ids = changed(wired(), wired({ arms: { ...settings.arms, relora } }))
    expect(ids).toContain("pretrain/nano/relora/1/0-50")
    expect(ids).toContain("checkpoint/micro/relora/2/100")
    expect(ids).toContain("report")
    expect(ids.filter((id) => !/^(pretrain|checkpoint|probe)\/(nano|micro)\/relora\/[12]\/\d+/.test(id))).toEqual([
      "report"
    ])
    expect(ids).not.toContain("checkpoint/nano/relora/1/0")
  })

  it("changes only the report with the words about a study", () => {
    expect(changed(wired(), wired({ about: "another sentence" }))).toEqual(["report"])
  })

  it("keeps the segments of a longer training under a constant rate", () => {
    const longer = wired({ training: { ...settings.training, steps: 200 } })
    for (const instance of wired().instances.filter(({ stage }) => stage.name === "pretrain")) {
      expect(keyed(one(longer, instance.id))).toBe(keyed(instance))
    }
  })

  it("reports all that was measured, with labels", () => {
    const graph = wired({ evaluation: { steps: [50] } })
    const { inputs } = one(graph, "report")
    const labels = (port: string) => (inputs[port] as ReadonlyArray<LabelledRef>).map((input) => input.labels)
    expect(labels("metrics")).toHaveLength(28)
    expect(labels("metrics")[0]).toEqual({ size: "nano", arm: "full-rank", seed: 1, firstStep: 0, lastStep: 50 })
    expect(labels("spectra")[0]).toEqual({ size: "nano", arm: "full-rank", seed: 1, step: 0 })
    expect(labels("accuracy")).toHaveLength(36)
  })

  it("traces settings of instances to settings of the study", () => {
    const { study, lines } = readStudy(join(folder, "default.yaml"))
    const graph = graphOf(study, { folder, environment })
    const segment = graph.instances.find(({ id }) => id.startsWith("pretrain/nano/relora-published/"))
    expect(segment?.origins).toMatchObject({
      method: "arms.relora-published",
      model: "sizes.nano",
      learningRates: "arms.relora-published.schedule",
      batchSize: "training.batchSize"
    })
    // Every part of every configuration that a study decides leads to a line of it.
    const constants = /^(tokenize|pairs|initialise)/
    for (const { config, id, origins } of graph.instances) {
      for (const [setting, origin] of Object.entries(origins)) {
        expect(lines(origin), `${id} ${setting} ${origin}`).toBeDefined()
      }
      if (constants.test(id)) continue
      for (const setting of Object.keys(config as object)) {
        const traced = Object.keys(origins).some((prefix) =>
          prefix === setting || /^[.[]/.test(prefix.slice(setting.length)) && prefix.startsWith(setting)
        )
        expect(traced, `${id} ${setting}`).toBe(true)
      }
    }
  })

  it("takes BLiMP from the study or from the environment", () => {
    const files = (changes: Record<string, unknown>, variables: Record<string, string>) =>
      one(graphOf(Study.parse({ ...settings, ...changes }), { folder, environment: variables }), "pairs").files["blimp"]
    expect(files({}, {})).toEqual([])
    const [first] = files({ evaluation: { blimp: "blimp" } }, { BLIMP_DIR: "/elsewhere" })!
    expect(dirname(first!.path)).toBe(join(folder, "blimp"))
    const [other] = files({}, { BLIMP_DIR: "/elsewhere" })!
    expect(dirname(other!.path)).toBe("/elsewhere")
  })
})

describe("the paper's study", () => {
  const { study } = readStudy(join(folder, "paper.yaml"))
  const graph = graphOf(study, { folder, environment })

  it("is wired without its data, whose absence shows as paths where nothing is", () => {
    expect(graph.byId.get("tokenize")!.files["corpus"]).toEqual([
      {
        name: "../data/pretokenized-dolma/*.parquet",
        path: join(dirname(folder), "data/pretokenized-dolma/*.parquet")
      }
    ])
    expect(graph.instances.filter(({ stage }) => stage.name === "checkpoint")).toHaveLength(2 * 3 * 31)
  })

  it("has the paper's parameters, rates and merges", () => {
    const { arms } = one(graph, "report").config as {
      readonly arms: ReadonlyArray<
        { totalParameters: number; trainedParameters: number; merges: ReadonlyArray<number> }
      >
    }
    // arXiv 2509.12960, table of models: 11.2M and 64.6M full-rank; 11.6M and 66.1M in all with 10.0M and 40.2M trained.
    expect(arms.map(({ totalParameters, trainedParameters }) => [totalParameters, trainedParameters])).toEqual([
      [11_282_784, 11_282_784],
      [11_682_144, 10_060_128],
      [11_682_144, 10_060_128],
      [64_595_328, 64_595_328],
      [66_192_768, 40_240_512],
      [66_192_768, 40_240_512]
    ])
    expect(arms[1]!.merges).toEqual([2001, 4001, 6001, 8001, 10_001, 12_001, 14_001, 16_001, 18_001])
    const rates = (steps: string) =>
      (one(graph, `pretrain/tiny/relora-published/42/${steps}`).config as { learningRates: ReadonlyArray<number> })
        .learningRates
    expect(rates("2000-2100")[0]).toBe(0)
    expect(rates("19000-20000").at(-1)).toBeCloseTo(2.945e-4, 7)
  })

  it("is more work for larger models, and less for ReLoRA than in full rank", () => {
    const flops = (arm: string, size: string) => one(graph, `pretrain/${size}/${arm}/42/2100-3000`).flops
    expect(flops("full-rank", "small")).toBeGreaterThan(4 * flops("full-rank", "tiny"))
    expect(flops("relora-described", "small")).toBeLessThan(flops("full-rank", "small"))
  })
})

describe("what is expected", () => {
  const expectation = (changes: Record<string, unknown> = {}) => {
    const [expected] = one(wired({ training: { ...settings.training, ...changes } }), "tokenize").expects
    return expected!
  }

  it("of the text: a row for each of the batches, or for as few as may be passed over again", () => {
    expect(expectation()).toMatchObject({ output: "packed", rows: 400 * 65 })
    expect(expectation({ passes: 3 })).toMatchObject({ rows: 134 * 65 })
    expect(expectation().otherwise(150 * 65)).toBe(
      "too little text: the training split makes 150 rows of 65 tokens, and 100 steps of 4 rows take 400, each at most once " +
        "(training.passes). To mend it, lower training.steps to at most 37, give more text in corpus, or set training.passes to 3 to " +
        "train on rows more than once"
    )
  })

  it("of memory: more with each of width, length and vocabulary, and not with the batch beyond what is in memory at once", () => {
    const bytes = (changes: Record<string, unknown>) => one(wired(changes), "pretrain/nano/relora/1/0-50").memory!.bytes
    const least = bytes({})
    expect(least).toBeGreaterThan(150e6)
    expect(bytes({ sizes: { nano: { ...settings.sizes.nano, width: 96 } } })).toBeGreaterThan(least)
    expect(bytes({ sequenceLength: 512 })).toBeGreaterThan(least)
    expect(bytes({ tokenizer: { kind: "train", vocabulary: 5000 } })).toBeGreaterThan(least)
    const batch = (batchSize: number) => bytes({ training: { ...settings.training, batchSize } })
    expect(batch(4096)).toBe(batch(32))
  })
})
