import { Effect } from "effect"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { fold } from "../../pipeline/journal/fold.ts"
import type { Notice } from "../../pipeline/notice.ts"
import { leapingClock } from "../fixtures/fast-clock.ts"
import { history, hooks, runToy, temporaryStore, toy } from "../fixtures/toy.ts"

const leases = (root: string) => readdirSync(join(root, "leases"))

/** What can be waited for. */
const gate = () => {
  let open = () => {}
  const opened = new Promise<void>((resolve) => open = resolve)
  return { open, opened }
}

afterEach(() => {
  hooks.make = undefined
  hooks.grow = undefined
})

describe("a holder that was taken for dead", () => {
  /** A run that is silent within its first stage, and goes on when told to. */
  const asleep = async (root: string) => {
    const reached = gate()
    const wake = gate()
    hooks.make = () => {
      reached.open()
      return wake.opened
    }
    const notices: Array<Notice["type"]> = []
    const run = runToy(root, toy, { observe: ({ type }) => void notices.push(type) })
    await reached.opened
    hooks.make = undefined
    return { run, wake: wake.open, notices }
  }

  it("does not commit when it wakes up: the journal says so, and its run takes the result of the one that took over", async () => {
    const root = temporaryStore()
    const sleeper = await asleep(root)
    const other = await runToy(root, toy, { clock: leapingClock() })
    expect(other.ran).toContain("make")
    sleeper.wake()
    const { failed, ran, results } = await sleeper.run
    expect(failed).toEqual([])
    expect(ran).not.toContain("make")
    expect(sleeper.notices).toContain("fenced")
    expect(results.get("make")!.run).toBe(other.run)
    const events = (await history(root)).filter((event) => "key" in event && event.key === results.get("make")!.key)
    const fences = events.map((event) => [event.type, "fence" in event ? event.fence : undefined])
    expect(fences).toContainEqual(["StageStarted", 1])
    expect(fences).toContainEqual(["StageSucceeded", 2])
    expect(fences).toContainEqual(["StageFenced", 1])
    expect(events.filter(({ type }) => type === "StageSucceeded")).toHaveLength(1)
    expect(leases(root)).toEqual([])
  })

  it("changes nothing where it was past its last look at the lease: the result of the higher fence counts", async () => {
    const root = temporaryStore()
    hooks.make = () => Promise.resolve(100)
    let other: Awaited<ReturnType<typeof runToy>> | undefined
    const late = await runToy(root, toy, {
      journal: (journal) => ({
        ...journal,
        // Falls asleep between its last look at the lease and the event that commits, which then is the later one.
        append: (payload) =>
          payload.type === "StageSucceeded" && other === undefined
            ? Effect.andThen(
              Effect.promise(async () => {
                hooks.make = undefined
                other = await runToy(root, toy, { clock: leapingClock() })
              }),
              Effect.andThen(journal.history, journal.append(payload))
            )
            : journal.append(payload)
      })
    })
    expect(late.failed).toEqual([])
    expect(late.results.get("make")).toEqual(other!.results.get("make"))
    const events = await history(root)
    const both = events.filter((event) => event.type === "StageSucceeded" && event.stage === "make")
    expect(both.map((event) => "fence" in event && event.fence)).toEqual([2, 1])
    expect(fold(events, "toy").results.get(both[0]!.type === "StageSucceeded" ? both[0]!.key : "")).toEqual(both[0])
    const again = await runToy(root, toy)
    expect(again.called).toEqual([])
    expect(again.results.get("sum")!.outputs).toEqual((await runToy(temporaryStore(), toy)).results.get("sum")!.outputs)
  })

  it("does not put what it saves over what the one that took over saved", async () => {
    const root = temporaryStore()
    const study = { ...toy, arms: {}, grow: 4 }
    const reached = gate()
    const wake = gate()
    hooks.grow = (step) => {
      if (step < 2) return Promise.resolve()
      reached.open()
      return wake.opened
    }
    const remarks: Array<string> = []
    const sleeper = runToy(root, study, {
      saveEvery: 0,
      observe: (notice) => void (notice.type === "remarked" && remarks.push(notice.text))
    })
    await reached.opened
    // The other one goes on from what the sleeper saved, and falls silent in its turn.
    const otherReached = gate()
    const otherWake = gate()
    hooks.grow = (step) => {
      if (step < 3) return Promise.resolve()
      otherReached.open()
      return otherWake.opened
    }
    const other = runToy(root, study, { saveEvery: 0, clock: leapingClock() })
    await otherReached.opened
    hooks.grow = undefined
    wake.open()
    const third = await runToy(root, study, { saveEvery: 0, clock: leapingClock() })
    otherWake.open()
    expect(third.called).toContain("grow 3")
    expect((await sleeper).failed).toEqual([])
    expect((await other).failed).toEqual([])
    expect(remarks.join()).toContain("could not save")
    const saved = (await history(root)).flatMap((event) =>
      event.type === "StageSaved" ? [[event.fence, event.done]] : []
    )
    expect(saved).toEqual([[1, 1], [1, 2], [2, 3]])
  })
})
