import fc from "fast-check"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { studySchemaFile } from "../../schemas/study-schema.ts"
import { stepsUpTo, Study } from "../../schemas/study.ts"

const study = (changes: Record<string, unknown> = {}) => ({
  name: "little",
  corpus: { source: "gutenberg" },
  tokenizer: { kind: "train", vocabulary: 512 },
  sequenceLength: 64,
  sizes: { nano: { width: 48, hidden: 192, layers: 2, heads: 12, kvHeads: 4 } },
  arms: { "full-rank": { method: "full-rank" } },
  training: { steps: 100, batchSize: 4, schedule: { kind: "constant" } },
  checkpoints: { every: 50 },
  ...changes
})

const messages = (changes: Record<string, unknown>) =>
  Study.safeParse(study(changes)).error?.issues.map(({ message, path }) => `${path.join(".")}: ${message}`) ?? []

const relora = (changes: Record<string, unknown>) => ({
  arms: { relora: { method: "relora", resetEvery: 20, ...changes } }
})
const jagged = { kind: "jagged-cosine", warmupSteps: 20, restartWarmupSteps: 5 }

describe("a study", () => {
  it("needs little: the rest has defaults", () => {
    expect(Study.parse(study(relora({})))).toMatchObject({
      seeds: [42],
      training: { learningRate: 3e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
      arms: {
        relora: {
          rank: 16,
          alpha: 32,
          dropout: 0.1,
          targets: ["attention", "swiglu"],
          initA: "kaiming",
          mergeScale: "alpha/rank",
          reinitEffective: true,
          optimizerPrune: 0.999,
          warmStartSteps: 0
        }
      },
      analysis: { components: ["v_proj", "o_proj", "w_2", "ov"] },
      evaluation: { textsPerDomain: 24, pairsPerParadigm: 50 }
    })
  })

  it("gives each head an even width and each key head as many query heads", () => {
    const nano = { width: 48, hidden: 192, layers: 2, heads: 12, kvHeads: 4 }
    expect(messages({ sizes: { nano } })).toEqual([])
    expect(messages({ sizes: { nano: { ...nano, width: 36 } } })).toEqual([
      expect.stringContaining("sizes.nano.width: ")
    ])
    expect(messages({ sizes: { nano: { ...nano, kvHeads: 5 } } })).toEqual([
      expect.stringContaining("sizes.nano.kvHeads: ")
    ])
  })

  it("wants restarts that warm-ups fit into", () => {
    expect(messages(relora({ schedule: jagged }))).toEqual([])
    expect(messages(relora({ schedule: { ...jagged, warmupSteps: 15 } }))).toEqual([
      "arms.relora.schedule.warmupSteps: expected a divisor of the 20 steps between restarts (arm relora)"
    ])
    expect(messages(relora({ schedule: { ...jagged, restartWarmupSteps: 20 } }))).toEqual([
      "arms.relora.schedule.restartWarmupSteps: expected less than the 20 steps between restarts (arm relora)"
    ])
  })

  it("wants to know when a schedule restarts that no resets give a rhythm", () => {
    const training = { steps: 100, batchSize: 4, schedule: jagged }
    expect(messages({ training })).toEqual([
      "training.schedule.restartEvery: is missing: arm full-rank has no resetEvery to take it from"
    ])
    expect(messages({ training: { ...training, schedule: { ...jagged, restartEvery: 20 } } })).toEqual([])
  })

  it("says once what is wrong with a schedule that several arms share", () => {
    const schedule = { kind: "linear", warmupSteps: 10, horizon: 50 }
    expect(messages({
      arms: { one: { method: "full-rank" }, two: { method: "full-rank" } },
      training: { steps: 100, batchSize: 4, schedule }
    })).toEqual(["training.schedule.horizon: expected at least training.steps 100"])
  })

  it("starts adapters with a cycle, and before the end", () => {
    expect(messages(relora({ warmStartSteps: 40 }))).toEqual([])
    expect(messages(relora({ warmStartSteps: 30 }))).toEqual([expect.stringContaining("multiple of resetEvery 20")])
    expect(messages(relora({ warmStartSteps: 100 }))).toEqual([expect.stringContaining("less than training.steps 100")])
  })

  it("knows the layers that can carry adapters", () => {
    expect(messages(relora({ targets: ["v_proj", "layers.1.swiglu"] }))).toEqual([])
    expect(messages(relora({ targets: ["attention", "layers.2."] }))).toEqual([
      expect.stringContaining("arms.relora.targets.1: ")
    ])
    expect(messages(relora({ targets: ["proj"] }))).toEqual([
      "arms.relora.targets.0: expected none that names de_embedding_proj, too: it is trained in full"
    ])
  })

  it("cuts a rank to lower ones, up to the last step", () => {
    const squeeze = (changes: Record<string, unknown>) =>
      messages({
        arms: { squeeze: { method: "lora-squeeze", rank: 8, squeezeAt: [50, 100], ranks: [4, 2], ...changes } }
      })
    expect(squeeze({})).toEqual([])
    expect(squeeze({ squeezeAt: [50, 101] })).toEqual([
      "arms.squeeze.squeezeAt: expected steps up to training.steps 100"
    ])
    expect(squeeze({ ranks: [8, 2] })).toEqual([
      "arms.squeeze.ranks: expected descending ranks below 8"
    ])
    expect(squeeze({ rank: "width/12" })).toEqual([
      "arms.squeeze.ranks: expected ranks below 4, the rank in size nano"
    ])
  })

  it("raises SoRA's threshold before the end, by all that it takes to say so", () => {
    const sora = (changes: Record<string, unknown>) =>
      messages({ arms: { sora: { method: "sora", raiseFrom: 40, raiseEvery: 10, raises: 6, ...changes } } })
    expect(sora({})).toEqual([])
    expect(sora({ raises: 7 })).toEqual([
      "arms.sora.raiseFrom: expected its last rise, after step 100, before training.steps 100"
    ])
    expect(sora({ raiseEvery: undefined })).toEqual([expect.stringContaining("arms.sora.raiseEvery: is missing")])
    expect(sora({ raiseFrom: undefined })).toEqual([expect.stringContaining("arms.sora.raiseFrom: is missing")])
    expect(sora({ raiseTo: 1e-4 })).toEqual([expect.stringContaining("arms.sora.raiseTo: expected more than sparsity")])
    expect(sora({ warmStartSteps: 40 })).toEqual([
      expect.stringContaining("arms.sora.raiseFrom: expected a step after warmStartSteps 40")
    ])
  })

  it("joins ResLoRA's inputs to one layer, and makes none of its layers anew", () => {
    const reslora = (changes: Record<string, unknown>, training = {}) =>
      messages({
        arms: { reslora: { method: "reslora", ...changes } },
        training: { steps: 100, batchSize: 4, schedule: { kind: "constant" }, ...training }
      })
    expect(reslora({ shortcut: "middle", previous: "all" })).toEqual([])
    expect(reslora({ shortcut: "input", previous: 2 })).toEqual([
      expect.stringContaining("arms.reslora.previous: expected 1")
    ])
    expect(reslora({}, { recompute: true })).toEqual([
      expect.stringContaining("arms.reslora.method: does not go with training.recompute")
    ])
  })

  it("has no rank larger than the smaller side of a matrix", () => {
    // Of 12 heads 4 hold keys and values: k_proj and v_proj of nano are 16 × 48.
    expect(messages(relora({ rank: 16 }))).toEqual([])
    expect(messages(relora({ rank: 17 }))).toEqual([
      "arms.relora.rank: expected at most 16, the smaller side of attention.k_proj (16 × 48) in size nano; lower it, or " +
      "leave that layer out of targets"
    ])
    expect(messages(relora({ rank: 48, targets: ["q_proj", "swiglu"] }))).toEqual([])
    expect(messages(relora({ rank: 49, targets: ["swiglu"] }))).toEqual([
      expect.stringContaining("expected at most 48, the smaller side of swiglu.w_0 (192 × 48)")
    ])
  })

  it("evaluates only what is kept", () => {
    expect(messages({ evaluation: { steps: [0, 50, 100] } })).toEqual([])
    expect(messages({ evaluation: { steps: [51] } })).toEqual([expect.stringContaining("evaluation.steps.0: ")])
    expect(messages({ checkpoints: [101] })).toEqual(["checkpoints.0: expected at most training.steps 100"])
  })

  it("takes each seed, and any name of the right form, once", () => {
    expect(messages({ seeds: [1, 2, 1] })).toEqual(["seeds.2: expected each seed once"])
    expect(messages({ arms: { "Full Rank": { method: "full-rank" } } })).toEqual([
      expect.stringContaining("arms.Full Rank: name of the wrong form")
    ])
    expect(messages({ arms: {} })).toEqual([expect.stringContaining("arms: names nothing")])
  })
})

describe("steps", () => {
  it("come from lists, rules and both", () => {
    expect(stepsUpTo(10, [7, 3])).toEqual([3, 7])
    expect(stepsUpTo(10, { every: 4, offset: 0 })).toEqual([0, 4, 8])
    expect(stepsUpTo(10, [1, { every: 4, offset: 2 }, { every: 1, offset: 0, until: 2 }])).toEqual([0, 1, 2, 6, 10])
  })

  it("are ascending, each once, and none after the last", () => {
    const rule = fc.record({ every: fc.integer({ min: 1, max: 40 }), offset: fc.nat(60) })
    fc.assert(
      fc.property(fc.nat(100), fc.array(fc.oneof(fc.nat(120), rule)), (last, steps) => {
        const found = stepsUpTo(last, steps)
        expect(found).toEqual([...new Set(found)].sort((a, b) => a - b))
        expect(found.every((step) => step <= last)).toBe(true)
      }),
      { seed: 1 }
    )
  })
})

it("the schema for editors is the one that studies are checked by", () => {
  const committed = readFileSync(new URL("../../schemas/study.schema.json", import.meta.url), "utf8")
  expect(committed, "run: node scripts/study-schema.mjs").toBe(studySchemaFile())
})
