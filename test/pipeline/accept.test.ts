import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { decideAll } from "../../pipeline/decide.ts"
import { explain } from "../../pipeline/explain.ts"
import { Journal } from "../../pipeline/journal/journal.ts"
import type { LeafValue } from "../../schemas/key.ts"
import { factsOf, layer, runToy, studyOf, temporaryStore, toy, type ToyStudy } from "../fixtures/toy.ts"

interface Word {
  readonly instance: string
  readonly leaf: string
  readonly before?: LeafValue
  readonly after?: LeafValue
}

const say = (root: string, type: "ChangeAccepted" | "AcceptanceRevoked", word: Word, study = "toy") =>
  Effect.flatMap(
    Journal,
    (journal) => journal.append({ type, study, reason: "it does not matter", author: "ada", ...word })
  ).pipe(
    Effect.scoped,
    Effect.provide(layer(root)),
    Effect.runPromise
  )
const accept = (root: string, word: Word, study?: string) => say(root, "ChangeAccepted", word, study)
const revoke = (root: string, word: Word) => say(root, "AcceptanceRevoked", word)

const decided = (root: string, study: ToyStudy, changed: Record<string, string> = {}) =>
  Effect.gen(function*() {
    const facts = yield* factsOf(root, changed)
    const loaded = studyOf(study)
    const verdicts = decideAll(loaded.graph, facts)
    return { verdicts, why: (id: string) => explain(loaded.graph, loaded, facts, verdicts, id) }
  }).pipe(Effect.scoped, Effect.provide(layer(root)), Effect.runPromise)

const statuses = async (root: string, study: ToyStudy, changed: Record<string, string> = {}) =>
  Object.fromEntries([...(await decided(root, study, changed)).verdicts].map(([id, { status }]) => [id, status]))

const newCode = { scale: "new code" }
const codeOf = (arm: string): Word => ({
  instance: `scale/${arm}`,
  leaf: "code",
  before: "code of scale",
  after: "new code"
})
const allFresh = { make: "fresh", "scale/two": "fresh", "scale/three": "fresh", sum: "fresh" }

describe("an accepted change", () => {
  it("keeps the old result, and runs nothing, now and after", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    await accept(root, codeOf("two"))
    expect(await statuses(root, toy, newCode)).toEqual({ ...allFresh, "scale/three": "stale", sum: "waiting" })
    await accept(root, codeOf("three"))
    expect(await statuses(root, toy, newCode)).toEqual(allFresh)
    const { called, reused } = await runToy(root, toy, { changed: newCode })
    expect(called).toEqual([])
    expect(reused).toHaveLength(4)
    expect(await statuses(root, toy, newCode)).toEqual(allFresh)
  })

  it("is told by why, with author, date and reason", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    await accept(root, codeOf("two"))
    const { why } = await decided(root, toy, newCode)
    expect(why("scale/two")).toMatchObject({
      status: "fresh",
      reason: "accepted",
      accepted: [{ ...codeOf("two"), author: "ada", reason: "it does not matter" }]
    })
    expect(why("scale/two").accepted![0]!.at).toMatch(/^\d{4}-\d\d-\d\dT/)
  })

  it("counts for its instance, its study and its two values alone", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    await accept(root, codeOf("two"))
    await accept(root, codeOf("three"), "another study")
    const { "scale/three": three } = await statuses(root, toy, newCode)
    expect(three).toBe("stale")
    expect((await statuses(root, toy, { scale: "newer code" }))["scale/two"]).toBe("stale")
    // From the old value to the new one, not back.
    const other = temporaryStore()
    await runToy(other, toy, { changed: newCode })
    await accept(other, codeOf("two"))
    expect((await statuses(other, toy))["scale/two"]).toBe("stale")
  })

  it("does not count beside another change, until that is accepted too", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    await accept(root, codeOf("two"))
    const study = { ...toy, arms: { two: 2.001, three: 3 } }
    expect((await statuses(root, study, newCode))["scale/two"]).toBe("stale")
    await accept(root, { instance: "scale/two", leaf: "config.factor", before: 2, after: 2.001 })
    expect((await statuses(root, study, newCode))["scale/two"]).toBe("fresh")
  })

  it("spares an instance whose inputs come out equal, and no other", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    for (const arm of ["two", "three"]) await accept(root, codeOf(arm))
    // Another code of make, and the same numbers.
    const equal = await runToy(root, toy, { changed: { ...newCode, make: "new make" } })
    expect(equal.plan.get("scale/two")).toMatchObject({ status: "waiting", changes: [] })
    expect(equal.called).toEqual(["make"])
    const other = await runToy(root, { ...toy, size: 5 }, { changed: { ...newCode, make: "new make" } })
    expect(other.called.toSorted()).toEqual(["make", "scale 2", "scale 3", "sum"])
  })

  it("can be revoked, and accepted again", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    await accept(root, codeOf("two"))
    await revoke(root, codeOf("two"))
    expect((await statuses(root, toy, newCode))["scale/two"]).toBe("stale")
    await accept(root, codeOf("two"))
    expect((await statuses(root, toy, newCode))["scale/two"]).toBe("fresh")
  })

  it("gives way to a result of its own, and to force", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    await accept(root, codeOf("two"))
    const forced = await runToy(root, toy, { changed: newCode, force: ["scale/two"] })
    expect(forced.called).toContain("scale 2")
    await revoke(root, codeOf("two"))
    expect((await statuses(root, toy, newCode))["scale/two"]).toBe("fresh")
  })

  it("is of a leaf that comes or goes, too", async () => {
    const root = temporaryStore()
    await runToy(root, { ...toy, arms: { two: 2 } })
    const study = { ...toy, arms: { two: 2, three: 3 } }
    await runToy(root, { ...toy, arms: { three: 3 } })
    const { verdicts } = await decided(root, study)
    const verdict = verdicts.get("sum")!
    if (verdict.status !== "stale") throw new Error(verdict.status)
    for (const { after, before, leaf } of verdict.changes) {
      await accept(root, {
        instance: "sum",
        leaf,
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after })
      })
    }
    expect((await statuses(root, study))["sum"]).toBe("fresh")
  })
})

describe("a stage that tells acceptances", () => {
  it("runs again when what its inputs rest on is accepted or revoked, and is told of it", async () => {
    const root = temporaryStore()
    const study = { ...toy, tells: true }
    await runToy(root, study)
    for (const arm of ["two", "three"]) await accept(root, codeOf(arm))
    const told = await runToy(root, study, { changed: newCode })
    expect(told.called).toEqual(["sum"])
    expect(told.results.get("sum")!.record).toMatchObject({
      "accepted[0].instance": "scale/three",
      "accepted[0].leaf": "code",
      "accepted[0].reason": "it does not matter",
      "accepted[1].instance": "scale/two"
    })
    const { note } = await told.notes()
    expect(note).toEqual(["two: 20", "three: 30", "rests on scale/three code", "rests on scale/two code"])
    expect((await runToy(root, study, { changed: newCode })).called).toEqual([])
    await revoke(root, codeOf("three"))
    const revoked = await runToy(root, study, { changed: newCode })
    expect(revoked.called).toEqual(["scale 3", "sum"])
    expect((await revoked.notes()).note).toEqual(["two: 20", "three: 30", "rests on scale/two code"])
  })

  it("is told of changes far up, by way of what was made since", async () => {
    const root = temporaryStore()
    const study = { ...toy, tells: true }
    await runToy(root, study)
    await accept(root, { instance: "make", leaf: "code", before: "code of make", after: "new make" })
    const { called, notes } = await runToy(root, { ...study, arms: { two: 2, three: 4 } }, {
      changed: { make: "new make" }
    })
    expect(called).toEqual(["scale 4", "sum"])
    expect((await notes()).note).toEqual(["two: 20", "three: 40", "rests on make code"])
  })
})
