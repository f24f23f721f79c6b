import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { decideAll } from "../../pipeline/decide.ts"
import type { Graph, Instance } from "../../pipeline/graph.ts"
import type { State, Success } from "../../pipeline/journal/fold.ts"
import { plan } from "../../pipeline/plan.ts"
import { type Prediction, predictor } from "../../pipeline/predict.ts"
import { factsOf, graphOf, layer, runToy, temporaryStore, toy, type ToyStudy } from "../fixtures/toy.ts"

const planToy = (root: string, study: ToyStudy, jobs: number, predict?: (instance: Instance) => Prediction) =>
  Effect.gen(function*() {
    const facts = yield* factsOf(root)
    const graph = graphOf(study)
    return plan(graph.instances, decideAll(graph, facts), predict ?? predictor("toy", facts.state), jobs)
  }).pipe(Effect.scoped, Effect.provide(layer(root)), Effect.runPromise)

const seconds = (each: Record<string, number>) => ({ id }: Instance): Prediction => ({
  seconds: each[id],
  bytes: 10,
  flops: 100,
  basis: "itself"
})

describe("plan", () => {
  it("lays instances out over jobs as run does, and adds up", async () => {
    const times = seconds({ make: 1, "scale/two": 5, "scale/three": 3, sum: 2 })
    const one = await planToy(temporaryStore(), toy, 1, times)
    expect(one.steps.map(({ begins, instance }) => [instance.id, begins])).toEqual([
      ["make", 0],
      ["scale/two", 1],
      ["scale/three", 6],
      ["sum", 9]
    ])
    expect(one).toMatchObject({ work: 11, wall: 11, flops: 400, bytes: 40, unknown: [] })
    expect(await planToy(temporaryStore(), toy, 2, times)).toMatchObject({ work: 11, wall: 8 })
  })

  it("counts what is made once for two, and what is there not at all", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    expect(await planToy(root, toy, 2)).toMatchObject({ steps: [], work: 0, wall: 0 })
    const { shared, steps } = await planToy(root, { ...toy, arms: { one: 7, other: 7 } }, 2)
    expect(steps.map(({ instance }) => instance.id)).toEqual(["scale/one", "sum"])
    expect(shared).toEqual(["scale/other"])
  })

  it("counts once what is made for two of which the inputs are not there yet", async () => {
    const study = { ...toy, arms: { one: 7, other: 7, third: 3 } }
    const root = temporaryStore()
    const { shared, steps } = await planToy(root, study, 2)
    expect(steps.map(({ instance }) => instance.id).toSorted()).toEqual(["make", "scale/one", "scale/third", "sum"])
    expect(shared).toEqual(["scale/other"])
    const { ran, reused } = await runToy(root, study)
    expect(ran).toHaveLength(steps.length)
    expect(reused).toEqual(shared)
  })

  it("says what may be spared, what is not known and what cannot run", async () => {
    const root = temporaryStore()
    const first = await planToy(root, toy, 2)
    expect(first.unknown).toHaveLength(4)
    expect(first.steps.every(({ prediction }) => prediction.basis === "nothing")).toBe(true)
    await runToy(root, toy)
    const changed = await planToy(root, { ...toy, arms: { two: 2, three: 4 } }, 2)
    expect(changed.steps.map(({ instance, perhaps }) => [instance.id, perhaps])).toEqual([
      ["scale/three", false],
      ["sum", true]
    ])
    expect(changed.unknown).toEqual([])
    const blocked = await planToy(root, { ...toy, file: `${root}/absent` }, 2)
    expect(blocked.blocked).toEqual(["make", "scale/two", "scale/three", "sum"])
  })

  it("runs what it planned", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    const study = { ...toy, size: 6 }
    const { steps } = await planToy(root, study, 2)
    expect((await runToy(root, study)).ran.toSorted()).toEqual(steps.map(({ instance }) => instance.id).toSorted())
  })
})

describe("prediction", () => {
  const past = (instance: string, seconds: number, flops: number, seq: number, run = "own"): Success =>
    ({
      type: "StageSucceeded",
      instance,
      stage: instance.split("/")[0],
      key: `${instance} ${seq}`,
      seconds,
      flops,
      seq,
      run,
      outputs: { numbers: { size: seconds * 10 } }
    }) as never
  const state = (results: ReadonlyArray<Success>): State =>
    ({
      results: new Map(results.map((result) => [result.key, result])),
      runs: new Map([["own", { study: "toy" }], ["elsewhere", { study: "other" }]])
    }) as never
  const graph: Graph = graphOf(toy)
  const scale = (flops: number): Instance => ({ ...graph.byId.get("scale/three")!, flops })

  it("takes the last time of the same instance, scaled when its work changed", () => {
    const predict = predictor("toy", state([past("scale/three", 4, 100, 1), past("scale/three", 6, 100, 2)]))
    expect(predict(scale(100))).toMatchObject({ seconds: 6, bytes: 60, basis: "itself" })
    const once = predictor("toy", state([past("scale/three", 6, 100, 2)]))
    expect(once(scale(200))).toMatchObject({ seconds: 12, basis: "itself" })
  })

  it("else takes the line through others of its stage, of whatever study", () => {
    const predict = predictor("toy", state([past("scale/a", 3, 100, 1, "elsewhere"), past("scale/b", 5, 200, 2)]))
    expect(predict(scale(400)).seconds).toBeCloseTo(9)
    expect(predict(scale(400)).basis).toBe("its stage")
    // No line through these begins below zero or falls.
    const steep = predictor("toy", state([past("scale/a", 1, 100, 1), past("scale/b", 9, 200, 2)]))
    expect(steep(scale(1)).seconds).toBeGreaterThan(0)
    const falling = predictor("toy", state([past("scale/a", 9, 100, 1), past("scale/b", 1, 200, 2)]))
    expect(falling(scale(1000)).seconds).toBeCloseTo(5)
  })

  it("else, where work is not known, takes those that are nearest by their path", () => {
    const predict = predictor("toy", state([past("scale/three/1", 3, 0, 1), past("scale/two/1", 30, 0, 2)]))
    expect(predict(scale(0))).toMatchObject({ seconds: 3, bytes: 30 })
  })

  it("of a stage that never ran go by its work and the machine's rate, and only where its work is known", () => {
    const predict = predictor("toy", state([past("scale/three", 4, 100, 1)]), 50)
    const never = { ...scale(200), id: "other/one", stage: { name: "other" }, size: 7 } as unknown as Instance
    expect(predict(never)).toEqual({ seconds: 4, bytes: 7, flops: 200, basis: "the machine" })
    expect(predict({ ...never, flops: 0 })).toMatchObject({ seconds: undefined, bytes: 7, basis: "nothing" })
    expect(predict(scale(100))).toMatchObject({ seconds: 4, basis: "itself" })
  })
})
