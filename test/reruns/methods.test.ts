/** Of every method: which segments of training each of its settings is in the key of. */
import { describe, expect, it } from "vitest"
import * as Key from "../../pipeline/key.ts"
import { Arm, declarationOf, kinds } from "../../schemas/method.ts"
import { Study } from "../../schemas/study.ts"
import { graphOf } from "../../stages/study.ts"
import { recordsOf } from "./keys.ts"
import type { Settings } from "./settings.ts"
import { studies } from "./studies.ts"

/** What a method needs that has no default; events come after steps 10, 20 and 30, or a few steps of each segment. */
const needed: Readonly<Record<string, Settings>> = {
  relora: { resetEvery: 10 },
  lte: { heads: 2, mergeEvery: 10 },
  galore: { refreshEvery: 10 },
  fira: { refreshEvery: 10 },
  loro: { exactEvery: 10 },
  "subspace-muon": { refreshEvery: 10 },
  switchlora: { decaySteps: 100, switchEvery: 10 },
  "lora-squeeze": { squeezeAt: [15], ranks: [2] },
  "periodic-lora": { stageSteps: 10 },
  sora: { raiseFrom: 15, raiseEvery: 10, raises: 2 },
  oplora: { momentum: 0.5 },
  srlora: { fuseEvery: 10, fuseUntil: 35 },
  "sd-lora": { stageAt: [15], ranks: [2], norm: "none" }
}

/** Another value for each setting. */
const others: Settings = {
  rank: 3,
  alpha: 5,
  dropout: 0.25,
  targets: ["attention"],
  initA: "zero",
  mergeScale: 1,
  reinitEffective: false,
  optimizerPrune: 0.5,
  resetEvery: 20,
  warmStartSteps: 20,
  productDtype: "bf16",
  scale: 0.5,
  refreshEvery: 20,
  momentsAtRefresh: "rotate",
  residual: "official",
  scaling: "matrix",
  limiter: false,
  density: 0.1,
  heads: 1,
  mergeEvery: 20,
  resetAtMerge: true,
  law: "kaiming",
  activation: "identity",
  exactEvery: 20,
  exactGradient: "adam",
  factorRate: 0.5,
  momentsAtExact: "keep",
  momentum: 0.9,
  iterations: 3,
  otherRate: 0.5,
  outside: 0.5,
  interval: 10,
  decaySteps: 50,
  switchEvery: 20,
  freezeSteps: 3,
  squeezeAt: [25],
  ranks: [1],
  rewarmSteps: 5,
  stageSteps: 20,
  keep: 0.5,
  rule: "decay",
  restartSchedule: false,
  maskRate: 0.25,
  maskScope: "token",
  sparsity: 1e-4,
  raiseFrom: 16,
  raiseEvery: 5,
  raises: 1,
  raiseTo: 1e-3,
  thresholdBy: "rate",
  operator: "official",
  l1: 0.1,
  mode: "full",
  lookahead: 2,
  proximal: 0.1,
  damping: 0.1,
  momentumRank: 2,
  shortcut: "middle",
  previous: "all",
  fuseEvery: 20,
  fuseUntil: 20,
  fuseShare: 1,
  basis: "current",
  score: "sensitivity",
  smoothing: 0.5,
  stageAt: [25],
  norm: "separate",
  atStage: "restart",
  magnitudes: "shared",
  magnitude: 0.5
}

/** Segments of a study with one arm, by their steps: 0-5, 5-15, 15-25, 25-35. */
const segments = (arm: Settings): ReadonlyMap<string, string> => {
  const study = Study.parse({
    ...studies.smoke,
    arms: { arm },
    training: { ...studies.smoke["training"], steps: 35, schedule: { kind: "linear", warmupSteps: 3, horizon: 400 } },
    checkpoints: [5, 15, 25, 35]
  })
  const records = recordsOf(graphOf(study, { folder: ".", environment: {} }))
  return new Map(
    Object.entries(records).filter(([id]) => id.startsWith("pretrain/")).map(([id, record]) => [
      id.split("/").at(-1)!,
      // What is upstream shows by itself; here it is a segment's own settings that count.
      Key.of(Object.fromEntries(Object.entries(record).filter(([leaf]) => !leaf.startsWith("input.previous"))))
    ])
  )
}

const settingsOf = (kind: string, arm: Settings) =>
  Object.keys(Study.parse({ ...studies.smoke, arms: { arm } }).arms["arm"]!).filter((name) => name !== "method")
    .map((name) => ({ kind, name }))

describe.each(kinds.filter((kind) => kind !== "full-rank"))("%s", (kind) => {
  const hasRank = "rank" in Arm.options.find(({ shape }) => shape.method.value === kind)!.shape
  const arm: Settings = { method: kind, ...(hasRank ? { rank: 4 } : {}), ...needed[kind] }
  const before = segments(arm)
  const { when } = declarationOf(kind)

  for (const { name } of settingsOf(kind, arm)) {
    it(`has ${name} in the key of the steps that depend on it`, () => {
      expect(others).toHaveProperty(name)
      // Cuts come after the warm start.
      const to = ["lora-squeeze", "sd-lora", "sora"].includes(kind) && name === "warmStartSteps" ? 10 : others[name]
      const after = segments({ ...arm, [name]: to })
      const changed = [...after].filter(([id, key]) => before.get(id) !== key).map(([id]) => id)
      const first = [...before.keys()][0]!
      switch (when[name]) {
        case undefined:
          // Ranks of later stages are not told to the first, and after the last rise nothing of λ before the first is left.
          expect(changed).toEqual(
            kind === "sd-lora" && name === "ranks"
              ? ["15-25", "25-35"]
              : kind === "sora" && name === "sparsity"
              ? ["0-5", "5-15", "15-25"]
              : [...before.keys()]
          )
          break
        case "attach":
          expect(changed).toEqual([first])
          break
        case "planned":
          // Measured, not trained; or the steps before the first one that moves are shared.
          if (name === "productDtype") expect(changed).toEqual([])
          else if (name === "warmStartSteps") expect(changed.length).toBeGreaterThan(0)
          else {
            expect(changed.length).toBeGreaterThan(0)
            expect(changed).not.toContain(first)
          }
          break
        default:
          // What an event does, in the segments that hold one
          expect(changed.length).toBeGreaterThan(0)
          expect(changed).not.toContain(first)
      }
    })
  }
})
