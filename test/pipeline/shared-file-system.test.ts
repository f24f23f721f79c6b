import { Effect } from "effect"
import { mkdirSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { Disk } from "../../pipeline/disk.ts"
import { Journal } from "../../pipeline/journal/journal.ts"
import type { Event, Payload } from "../../schemas/event.ts"
import { fastClock } from "../fixtures/fast-clock.ts"
import { nfsClient } from "../fixtures/nfs.ts"
import { calls, history, layer, runToy, temporaryStore, toy } from "../fixtures/toy.ts"

const study = { ...toy, grow: 3 }
const hour = 3_600_000

const within = <A>(
  root: string,
  client: ReturnType<typeof nfsClient>,
  effect: Effect.Effect<A, unknown, Journal | Disk>
) => effect.pipe(Effect.provide(layer(root, client.calls, client.layer)), Effect.scoped, Effect.runPromise)

const progressed: Payload = {
  type: "StageProgressed",
  run: "r",
  instance: "i",
  key: "0".repeat(64),
  done: 1,
  total: 2,
  unit: "steps",
  figures: {}
}

describe("runs of several clients of a shared file system, whose clocks are hours apart", () => {
  it("make every result once, though each sees names and sizes of a while ago, and answers get lost", async () => {
    const right = (await runToy(temporaryStore(), study)).results.get("sum")!.outputs
    const seen = { stale: 0, lost: 0 }
    for (let round = 0; round < 12; round++) {
      const root = temporaryStore()
      const before = calls.length
      const runs = await Promise.all([0, 1, 2].map((number) => {
        const client = nfsClient(3 * round + number)
        // Drafts of other clients are out of sight; time passes fast, so that waits for what is held back are short.
        return runToy(root, study, {
          calls: client.calls,
          disk: client.layer,
          clock: fastClock(100, (number - 1) * 7 * hour),
          saveEvery: 0
        }).then((summary) => ({ summary, client }))
      }))
      const called = calls.slice(before).filter((name) => !name.startsWith("grow ")).sort()
      expect(called, `round ${round}`).toEqual(["grow", "make", "scale 2", "scale 3", "sum"])
      for (const { client, summary } of runs) {
        expect(summary.failed).toEqual([])
        expect(summary.results.get("sum")!.outputs).toEqual(right)
        seen.stale += client.seen.stale
        seen.lost += client.seen.lost
      }
      const made = (await history(root)).filter(({ type }) => type === "StageSucceeded")
      expect(made).toHaveLength(5)
      // What is left stands for a number alone.
      for (const name of readdirSync(join(root, "leases"))) {
        expect(JSON.parse(readFileSync(join(root, "leases", name), "utf8"))).toMatchObject({ released: true })
      }
    }
    // Else nothing was tried.
    expect(seen.stale).toBeGreaterThan(10)
    expect(seen.lost).toBeGreaterThan(10)
  }, 120_000)
})

describe("a journal on a shared file system", () => {
  it("shows what another client has synced since, in old files and new ones, when that must be seen", async () => {
    const root = temporaryStore()
    mkdirSync(join(root, "journal"))
    const [writer, reader] = [nfsClient(1), nfsClient(2)]
    const told: Array<ReadonlyArray<Event["type"]>> = []
    const types = (events: ReadonlyArray<Event>) => events.map(({ type }) => type)
    const stage = { run: "r", instance: "i", key: "0".repeat(64) }
    await within(
      root,
      reader,
      Effect.gen(function*() {
        const journal = yield* Journal
        const { events, next } = yield* journal.follow(true)
        told.push(types(events))
        yield* Effect.promise(() =>
          within(
            root,
            writer,
            Effect.gen(function*() {
              const other = yield* Journal
              yield* other.append({ type: "StageStarted", ...stage })
              yield* Effect.promise(async () => told.push(types(await Effect.runPromise(next))))
              yield* other.append({ type: "StageInterrupted", ...stage, seconds: 1 })
              // Not synced: seen when the file is closed.
              yield* other.append(progressed)
              yield* Effect.promise(async () => told.push(types(await Effect.runPromise(next))))
            })
          )
        )
        told.push(types(yield* next))
        expect((yield* journal.present).events).toHaveLength(3)
      })
    )
    expect(told).toEqual([[], ["StageStarted"], ["StageInterrupted"], ["StageProgressed"]])
  })

  it("numbers its events above those that it was told of, though it does not see them", async () => {
    const root = temporaryStore()
    const stage = { run: "r", instance: "i", key: "0".repeat(64) }
    const event = await Effect.flatMap(Journal, (journal) => journal.append({ type: "StageStarted", ...stage })).pipe(
      Effect.provide(Journal.layer(root, 41)),
      Effect.provide(Disk.layer),
      Effect.scoped,
      Effect.runPromise
    )
    expect(event.seq).toBe(42)
  })
})
