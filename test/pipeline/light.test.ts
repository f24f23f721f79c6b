import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { decideAll } from "../../pipeline/decide.ts"
import { light } from "../../pipeline/light.ts"
import { factsOf, graphOf, layer, runToy, temporaryStore, toy, type ToyStudy } from "../fixtures/toy.ts"

const lightToy = (root: string, study: ToyStudy, seconds: Record<string, number>) =>
  Effect.gen(function*() {
    const graph = graphOf(study)
    const { kept, left } = light(
      graph.instances,
      decideAll(graph, yield* factsOf(root)),
      ({ id }) => ({ seconds: seconds[id], bytes: 0, flops: 0, basis: "itself" })
    )
    return { kept: kept.map(({ id }) => id), left: left.map(({ because, instance }) => [instance.id, because]) }
  }).pipe(Effect.scoped, Effect.provide(layer(root)), Effect.runPromise)

describe("light", () => {
  it("leaves out what is heavy or not known, and what needs it", async () => {
    expect(await lightToy(temporaryStore(), toy, { make: 1, "scale/two": 59, "scale/three": 60, sum: 1 })).toEqual({
      kept: ["make", "scale/two"],
      left: [["scale/three", "heavy"], ["sum", "needs"]]
    })
    expect(await lightToy(temporaryStore(), toy, { "scale/two": 1 })).toMatchObject({
      kept: [],
      left: [["make", "unknown"], ["scale/two", "needs"], ["scale/three", "needs"], ["sum", "needs"]]
    })
  })

  it("keeps what is there, however long it took", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    const heavy = { make: 1e4, "scale/two": 1e4, "scale/three": 1e4, sum: 1 }
    expect(await lightToy(root, { ...toy, arms: { two: 2 } }, heavy)).toEqual({
      kept: ["make", "scale/two", "sum"],
      left: []
    })
  })
})
