/** Arms that are given as much memory, or as much work, as another. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { stringify } from "yaml"
import { Study } from "../../schemas/study.ts"
import { methodAt, stateSize } from "../../stages/arm.ts"
import { largest, memoryOf, planOf, workOf } from "../../stages/budget.ts"
import { readStudy } from "../../stages/study-file.ts"
import { graphOf } from "../../stages/study.ts"
import { difference } from "../reruns/compare.ts"
import { recordsOf } from "../reruns/keys.ts"
import type { Settings } from "../reruns/settings.ts"
import { studies } from "../reruns/studies.ts"

const folder = mkdtempSync(join(tmpdir(), "relora-pipeline-budget-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const relora = { method: "relora", rank: 4, alpha: 8, resetEvery: 5, sweep: [1e-3, 1e-2] }
const base = (arms: Settings, more: Settings = {}): Settings => ({
  ...studies.smoke,
  sizes: { pico: { width: 32, hidden: 48, layers: 1, heads: 4, kvHeads: 2 } },
  arms: { full: { method: "full-rank" }, relora, ...arms },
  training: { ...studies.smoke["training"], steps: 20, schedule: { kind: "linear", warmupSteps: 3 } },
  checkpoints: { every: 10 },
  evaluation: { textsPerDomain: 1, pairsPerParadigm: 0, steps: [20] },
  claims: [],
  ...more
})
const size = "pico"
const plan = (arms: Settings, name: string) => planOf(Study.parse(base(arms)), size, name)
const refused = (settings: Settings): ReadonlyArray<string> => {
  const file = join(folder, "x.yaml")
  writeFileSync(file, stringify(settings, { aliasDuplicateObjects: false }))
  try {
    readStudy(file)
  } catch (error) {
    return (error as Error).message.split("\n").map((line) => line.replace(/^.*x\.yaml(:\d+)?: /, ""))
  }
  return []
}

it("the largest number that holds is found", () => {
  for (const most of [1, 2, 3, 7, 8, 1000]) expect(largest(1, (n) => n <= most)).toBe(most)
  expect(largest(5, (n) => n <= 4)).toBeUndefined()
})

describe("equal memory", () => {
  it("is the largest rank whose state takes no more than the other arm's", () => {
    for (const method of ["galore", "fira", "lora", "subspace-muon", "sltrain"]) {
      const { model, settings } = plan({ other: { method, equalMemory: "relora" } }, "other")
      const budget = memoryOf(plan({}, "relora.0.01"))
      const at = (more: number) => {
        const rank = (settings as { rank: number }).rank + more
        return stateSize(model, methodAt({ ...settings, rank } as never, 20, { seed: 0, width: model.width }))
      }
      expect(at(0), method).toBeLessThanOrEqual(budget)
      expect(at(1), method).toBeGreaterThan(budget)
    }
  })

  it("makes the model of an arm without a rank narrower, and fills what is left", () => {
    const narrow = plan({ narrow: { method: "full-rank", equalMemory: "relora" } }, "narrow")
    const whole = plan({}, "full"), budget = memoryOf(plan({}, "relora.0.01"))
    expect(memoryOf(whole)).toBeGreaterThan(budget)
    expect(narrow.model.width).toBeLessThan(whole.model.width)
    expect(narrow.model.width % (2 * narrow.model.heads)).toBe(0)
    expect(memoryOf(narrow)).toBeLessThanOrEqual(budget)
    const { hidden } = narrow.model
    expect(memoryOf({ ...narrow, model: { ...narrow.model, hidden: hidden + 1 } })).toBeGreaterThan(budget)
  })

  it("counts the largest state: a full-rank warm start is full-rank's", () => {
    const warm = { ...relora, warmStartSteps: 10, sweep: undefined }
    expect(memoryOf(plan({ warm }, "warm"))).toBe(memoryOf(plan({}, "full")))
  })

  it("may be a number of bytes", () => {
    const bytes = memoryOf(plan({}, "full")) - 1
    const { settings } = plan({ other: { method: "lora", equalMemory: bytes } }, "other")
    expect(settings).toMatchObject({ rank: expect.any(Number) })
  })
})

describe("equal work", () => {
  it("is as many steps as take no more than the other arm's", () => {
    const { study, ...found } = plan({ cheap: { method: "loro", rank: 2, equalWork: "full" } }, "cheap")
    const { steps } = study.training
    const budget = workOf(plan({}, "full"))
    expect(steps).toBeGreaterThan(20)
    const at = (steps: number) => workOf({ ...found, study: { ...study, training: { ...study.training, steps } } })
    expect(at(steps)).toBeLessThanOrEqual(budget)
    expect(at(steps + 1)).toBeGreaterThan(budget)
  })

  it("is trained and scored to its own end, by a schedule that ends there", () => {
    const graph = graphOf(Study.parse(base({ cheap: { method: "loro", rank: 2, equalWork: "full" } })), {
      folder: ".",
      environment: {}
    })
    const { steps } = plan({ cheap: { method: "loro", rank: 2, equalWork: "full" } }, "cheap").study.training
    const own = graph.instances.filter(({ id }) => id.includes("/cheap/")).map(({ id }) => id)
    const [seed] = studies.smoke["seeds"] ?? [42]
    expect(own).toEqual([
      ...[[0, 10], [10, 20], [20, steps]].map(([first, last]) => `pretrain/${size}/cheap/${seed}/${first}-${last}`),
      `checkpoint/${size}/cheap/${seed}/${steps}`,
      `evaluate/${size}/cheap/${seed}/${steps}`
    ])
    const { learningRates: rates } = graph.byId.get(own[2]!)!.config as {
      readonly learningRates: ReadonlyArray<number>
    }
    const peak = Study.parse(base({})).training.learningRate
    expect(rates.at(-1)).toBeCloseTo(peak / (steps - 3), 10)
  })
})

describe("keys", () => {
  const records = (settings: Settings) => recordsOf(graphOf(Study.parse(settings), { folder: ".", environment: {} }))
  const ids = (settings: Settings, other: Settings) => difference(records(settings), records(other)).own
  const arms = (rank: number) => ({
    relora: { ...relora, rank, sweep: undefined },
    same: { method: "lora", equalMemory: "relora" },
    long: { method: "lora", rank: 2, equalWork: "full" }
  })

  it("of an arm with another's memory follow the other's rank, and nothing else does", () => {
    const changed = ids(base(arms(4)), base(arms(6)))
    expect(changed.filter((id) => /\/same\//.test(id)).length).toBeGreaterThan(0)
    expect(changed.filter((id) => /\/(full|long)\//.test(id))).toEqual([])
    expect(changed.filter((id) => /^(initialise|tokenize)/.test(id))).toEqual([])
  })

  it("of an arm with another's work follow the number of steps alone", () => {
    const before = base(arms(4))
    const after = {
      ...before,
      training: { ...before["training"], steps: 30, schedule: { kind: "constant", warmupSteps: 3 } }
    }
    const constant = { ...before, training: { ...before["training"], schedule: { kind: "constant", warmupSteps: 3 } } }
    expect(ids(constant, after).filter((id) => /^pretrain\/.*\/long\/\d+\/(0-10|10-20)$/.test(id))).toEqual([])
  })
})

describe("a budget that cannot be", () => {
  it("names its place and the remedy", () => {
    expect(refused(base({ other: { method: "lora", equalMemory: "rel" } }))).toEqual([
      "arms.other.equalMemory: expected another arm: full, relora, got \"rel\""
    ])
    expect(refused(base({ other: { method: "lora", rank: 3, equalMemory: "relora" } }))).toEqual([
      "arms.other.rank: is chosen by equalMemory: leave out one of the two"
    ])
    expect(
      refused(base({ one: { method: "lora", equalWork: "two" }, two: { method: "lora", equalWork: "full" } }))
    ).toEqual(["arms.one.equalWork: expected another arm without equalWork of its own: full, relora, got \"two\""])
    expect(refused(base({ other: { method: "lora", equalMemory: 1000 } }))).toEqual([
      expect.stringMatching(
        /^arms\.other\.equalMemory: cannot be met: with rank 1 it takes \d+ bytes, and 1000 are given; give more/
      )
    ])
    expect(refused(base({ other: { method: "full-rank", equalMemory: 1000 } }))).toEqual([
      expect.stringMatching(/^arms\.other\.equalMemory: cannot be met: at width \d+, the least for \d+ heads/)
    ])
    expect(refused(base({ other: { ...relora, sweep: undefined, warmStartSteps: 20, equalWork: "relora" } }))[0])
      .toMatch(
        /^arms\.other\.(equalWork|warmStartSteps): /
      )
    const claims = [{ says: "x", measure: "held-out-loss", of: "long", is: "<", than: "full" }]
    expect(refused(base({ long: { method: "lora", equalWork: "full" } }, { claims }))[0]).toMatch(
      /^claims\.0\.of: expected an arm of the study/
    )
  })

  it("of a schedule that is too short for the steps says so", () => {
    const schedule = { kind: "linear", warmupSteps: 3, horizon: 20 }
    expect(refused(base({ long: { method: "lora", rank: 2, equalWork: "full", schedule } }))[0]).toMatch(
      /^arms\.long\.schedule\.horizon: expected at least its steps \d+ \(size \w+: rank 2, \d+ steps\)/
    )
  })
})
