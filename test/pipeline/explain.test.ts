import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { root as rootText } from "../../pipeline/cli/format.ts"
import { decideAll } from "../../pipeline/decide.ts"
import { between, explain } from "../../pipeline/explain.ts"
import { Journal } from "../../pipeline/journal/journal.ts"
import { factsOf, layer, runToy, studyOf, temporaryStore, toy, type ToyStudy } from "../fixtures/toy.ts"

const why = (root: string, study: ToyStudy, id: string, changed: Record<string, string> = {}) =>
  Effect.gen(function*() {
    const facts = yield* factsOf(root, changed)
    const loaded = studyOf(study)
    return explain(loaded.graph, loaded, facts, decideAll(loaded.graph, facts), id)
  }).pipe(Effect.scoped, Effect.provide(layer(root)), Effect.runPromise)

describe("explain", () => {
  it("names the changed setting with old and new value and its line, far downstream", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    const changed = { ...toy, arms: { two: 2, three: 5 } }
    const { reason, roots } = await why(root, changed, "sum")
    expect(reason).toBe("changed")
    expect(roots).toHaveLength(1)
    expect(roots[0]).toMatchObject({ setting: "arms.three", before: 3, after: 5, place: "toy.yaml:3" })
    expect(roots[0]!.path).toEqual(["scale/three", "sum"])
    expect(rootText(roots[0]!)).toBe("arms.three 3 → 5 (toy.yaml:3)")
  })

  it("explains after the rerun what it explained before", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    const changed = { ...toy, arms: { two: 2, three: 5 } }
    const before = await why(root, changed, "sum")
    await runToy(root, changed)
    const after = await why(root, changed, "sum")
    expect(after.status).toBe("fresh")
    expect(after.roots.map(rootText)).toEqual(before.roots.map(rootText))
  })

  it("tells one cause once though it arrives by two ways", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    const { roots } = await why(root, { ...toy, size: 6 }, "sum")
    expect(roots.map(rootText)).toEqual(["size 4 → 6 (toy.yaml:1)"])
  })

  it("names changed code", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    const { roots } = await why(root, toy, "scale/two", { scale: "new code" })
    expect(roots.map(rootText)).toEqual(["code of stage scale code of scale → new code"])
  })

  it("names a salt that came, changed or went", async () => {
    const root = temporaryStore()
    const salted = (value: string) => ({ ...toy, salt: { scale: value } })
    await runToy(root, toy)
    const words = async (study: ToyStudy) => (await why(root, study, "sum")).roots.map(rootText)
    expect(await words(salted("a"))).toEqual(["salt.scale absent → a (toy.yaml:1)"])
    expect((await runToy(root, salted("a"))).called).toEqual(["scale 2", "scale 3"])
    expect(await words(salted("b"))).toEqual(["salt.scale a → b (toy.yaml:1)"])
    await runToy(root, salted("b"))
    // Results of before are disowned, not lost.
    expect((await runToy(root, salted("a"))).called).toEqual([])
    expect((await runToy(root, toy)).called).toEqual([])
  })

  it("says of an instance without a past that it never ran", async () => {
    expect(await why(temporaryStore(), toy, "sum")).toMatchObject({ reason: "never ran", status: "waiting" })
  })

  it("has nothing to say of what is fresh and has run once", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    expect(await why(root, toy, "sum")).toMatchObject({ reason: "never ran", status: "fresh", roots: [] })
  })
})

describe("two past runs", () => {
  const compare = (root: string, study: ToyStudy, runs: { before: string; after: string }, id: string) =>
    Effect.gen(function*() {
      const facts = yield* factsOf(root)
      const { events } = yield* (yield* Journal).history
      const loaded = studyOf(study)
      return between(loaded.graph, loaded, facts, events, runs, id)
    }).pipe(Effect.scoped, Effect.provide(layer(root)), Effect.runPromise)

  it("are compared by what an instance stood for at the end of each, in either direction", async () => {
    const root = temporaryStore()
    const three = await runToy(root, toy)
    const five = { ...toy, arms: { two: 2, three: 5 } }
    const changed = await runToy(root, five)
    const back = await runToy(root, toy)
    const forth = await compare(root, five, { before: three.run, after: changed.run }, "sum")
    expect(forth.roots.map(rootText)).toEqual(["arms.three 3 → 5 (toy.yaml:3)"])
    // The file says 5 now, so no line of it says 3.
    const reverse = await compare(root, five, { before: changed.run, after: back.run }, "sum")
    expect(reverse.roots.map(rootText)).toEqual(["arms.three 5 → 3 (in scale/three)"])
    expect(await compare(root, five, { before: three.run, after: back.run }, "sum")).toMatchObject({ reason: "same" })
  })
})
