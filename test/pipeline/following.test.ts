import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import * as Following from "../../pipeline/journal/following.ts"
import { Journal } from "../../pipeline/journal/journal.ts"
import { layer, runToy, temporaryStore, toy } from "../fixtures/toy.ts"

describe("following a journal", () => {
  it("gives every event once, as other writers append", async () => {
    const root = temporaryStore()
    await Effect.gen(function*() {
      const next = Following.start(yield* Journal)
      expect((yield* next).events).toEqual([])
      yield* Effect.promise(() => runToy(root, toy))
      const first = (yield* next).events
      expect(first[0]!.type).toBe("RunStarted")
      expect((yield* next).events).toEqual([])
      yield* Effect.promise(() => runToy(root, { ...toy, arms: { two: 2, three: 5 } }))
      const second = (yield* next).events
      expect(second.some((event) => event.type === "StageSucceeded" && event.instance === "scale/three")).toBe(true)
      const { events } = yield* (yield* Journal).history
      expect([...first, ...second]).toEqual(events)
    }).pipe(Effect.scoped, Effect.provide(layer(root)), Effect.runPromise)
  })
})
