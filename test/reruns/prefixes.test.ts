/**
 * Segments of training that agree in their steps are shared: between a study and what it becomes, and between arms.
 *
 * The stand-in for training makes a state from the one before, step by step, by what a step depends on: so that a state does not
 * depend on where training was cut, as that of the real stage does not (test/stages/pretrain/segment.test.ts).
 */
import { describe, expect, it } from "vitest"
import type { Instance, Ref } from "../../pipeline/graph.ts"
import * as Key from "../../pipeline/key.ts"
import type { Method } from "../../schemas/model.ts"
import { Study } from "../../schemas/study.ts"
import { graphOf } from "../../stages/study.ts"
import { byKey, recordsOf, sha256 } from "./keys.ts"
import type { Settings } from "./settings.ts"
import { studies } from "./studies.ts"

interface Segment {
  readonly firstStep: number
  readonly learningRates: ReadonlyArray<number>
  readonly events: ReadonlyArray<{ readonly step: number; readonly event: string }>
  readonly method: Method
}

const train = (instance: Instance, key: string, output: string, input: (ref: Ref) => string): string => {
  if (instance.stage.name !== "pretrain" || output !== "state") return byKey(instance, key, output)
  const { events, firstStep, learningRates, method, ...rest } = instance.config as Segment
  const mergeOnly = ["mergeScale", "optimizerPrune", "reinitEffective", "initA"]
  const always = Object.entries(method).filter(([name]) => !mergeOnly.includes(name))
  return learningRates.reduce((state, rate, index) => {
    const step = firstStep + index + 1
    const merged = events.some((event) => event.step === step) ? method : null
    const attached = index === 0 && method.kind === "relora" ? method.initA ?? null : null
    return sha256(JSON.stringify([state, rest, rate, step, always, merged, attached]))
  }, input(instance.inputs["previous"] as Ref))
}

/** Keys of the segments of a study, by instance. */
const segments = (settings: Settings): ReadonlyMap<string, string> => {
  const graph = graphOf(Study.parse(settings), { folder: ".", environment: {} })
  return new Map(
    Object.entries(recordsOf(graph, train)).filter(([id]) => id.startsWith("pretrain/"))
      .map(([id, record]) => [id.slice("pretrain/pico/".length), Key.of(record)])
  )
}

/** Segments of the later study that the earlier one has not made, by instance. */
const toTrain = (before: Settings, after: Settings): ReadonlyArray<string> => {
  const made = new Set(segments(before).values())
  return [...segments(after)].filter(([, key]) => !made.has(key)).map(([id]) => id)
}

const relora = { method: "relora", rank: 4, alpha: 8, resetEvery: 20 }
const base: Settings = {
  ...studies.smoke,
  arms: { full: { method: "full-rank" }, relora },
  training: { ...studies.smoke["training"], steps: 60, schedule: { kind: "constant", warmupSteps: 5 } },
  checkpoints: { every: 10 }
}
const withTraining = (settings: Settings, changes: Settings): Settings => ({
  ...settings,
  training: { ...settings["training"], ...changes }
})

describe("segments of a study", () => {
  it("are reused by a longer training under the same schedule", () => {
    expect(toTrain(base, withTraining(base, { steps: 80 }))).toEqual([
      "full/42/60-70",
      "full/42/70-80",
      "relora/42/60-70",
      "relora/42/70-80"
    ])
    const linear = withTraining(base, { schedule: { kind: "linear", warmupSteps: 5, horizon: 200 } })
    expect(toTrain(linear, withTraining(linear, { steps: 70 }))).toEqual(["full/42/60-70", "relora/42/60-70"])
    // Without a horizon, the schedule is another for another length.
    const open = withTraining(base, { schedule: { kind: "linear", warmupSteps: 5 } })
    expect(toTrain(open, withTraining(open, { steps: 70 }))).toHaveLength(14)
  })

  it("are reused up to the first reset that moves", () => {
    const later = { ...base, arms: { ...base["arms"], relora: { ...relora, resetEvery: 30 } } }
    // The first reset was after step 21, and is after step 31.
    expect(toTrain(base, later)).toEqual([20, 30, 40, 50].map((first) => `relora/42/${first}-${first + 10}`))
  })

  it("are reused beside a checkpoint that is added, on either side of it", () => {
    expect(toTrain(base, { ...base, checkpoints: [{ every: 10 }, 35] })).toEqual([
      "full/42/30-35",
      "full/42/35-40",
      "relora/42/30-35",
      "relora/42/35-40"
    ])
    expect(toTrain(base, { ...base, checkpoints: [10, 20, 40, 50] })).toEqual(["full/42/20-40", "relora/42/20-40"])
  })
})

describe("segments of arms", () => {
  const arms = (arms: Settings) => {
    const keys = segments({ ...base, arms })
    const unique = new Set(keys.values())
    return { segments: keys.size, trained: unique.size }
  }

  it("are shared during a warm start, with full-rank training and with each other", () => {
    const warm = { ...relora, warmStartSteps: 40 }
    expect(arms({ full: { method: "full-rank" }, warm, other: { ...warm, rank: 2 } })).toEqual({
      segments: 18,
      // Six of full-rank training, and the last two of each other arm.
      trained: 10
    })
  })

  it("are shared up to the first merge by arms that merge differently", () => {
    for (const change of [{ mergeScale: 1 }, { reinitEffective: false }, { optimizerPrune: 0.5 }, { resetEvery: 60 }]) {
      // The first merge is after step 21.
      expect(arms({ one: relora, other: { ...relora, ...change } }), JSON.stringify(change)).toEqual({
        segments: 12,
        trained: 10
      })
    }
  })

  it("are not shared by arms whose pairs begin or train differently", () => {
    for (const change of [{ initA: "zero" }, { rank: 2 }, { alpha: 4 }, { dropout: 0.2 }, { targets: ["swiglu"] }]) {
      expect(arms({ one: relora, other: { ...relora, ...change } }), JSON.stringify(change)).toEqual({
        segments: 12,
        trained: 12
      })
    }
  })
})
