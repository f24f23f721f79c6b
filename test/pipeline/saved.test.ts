import { Effect } from "effect"
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { look } from "../../pipeline/collect.ts"
import { fold } from "../../pipeline/journal/fold.ts"
import { Journal } from "../../pipeline/journal/journal.ts"
import { needed } from "../../pipeline/store/needed.ts"
import { verifyStore } from "../../pipeline/verify.ts"
import { history, hooks, layer, runToy, temporaryStore, toy } from "../fixtures/toy.ts"

const study = { ...toy, grow: 5 }
const day = 86_400_000

afterEach(() => {
  hooks.grow = undefined
})

/** A run that is told to stop while its stage is in a step. */
const interrupted = async (root: string, at = 2, given: { readonly grow: number } & typeof study = study) => {
  const stop = new AbortController()
  hooks.grow = (step) => Promise.resolve(step === at ? stop.abort() : undefined)
  await expect(runToy(root, given, { stop: stop.signal, jobs: 1 })).rejects.toThrow()
  hooks.grow = undefined
}

const saved = (root: string) =>
  readdirSync(join(root, "saved"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".parquet"))
    .map((name) => join(root, "saved", name))

const undisturbed = async () => (await (await runToy(temporaryStore(), study)).notes()).note

/** What `gc` would remove, of what is older than a day. */
const collected = (root: string) =>
  look((events) => needed(events, () => undefined), day).pipe(
    Effect.map(({ drafts }) => drafts.map(({ path }) => path)),
    Effect.scoped,
    Effect.provide(layer(root)),
    Effect.runPromise
  )

/** Makes everything in the store two days old. */
const age = (root: string) => {
  const old = new Date(Date.now() - 2 * day)
  for (
    const path of [
      join(root, "saved"),
      ...readdirSync(join(root, "saved"), { recursive: true, encoding: "utf8" }).map((name) =>
        join(root, "saved", name)
      )
    ]
  ) {
    utimesSync(path, old, old)
  }
}

describe("a stage that saves", () => {
  it("does so after its current step when its run is to stop; the next run goes on from there and drops it", async () => {
    const root = temporaryStore()
    await interrupted(root)
    const events = await history(root)
    const event = events.find(({ type }) => type === "StageSaved")
    expect(event).toMatchObject({ instance: "grow", done: 3, total: 5, fence: 1 })
    expect(events.at(-1)).toMatchObject({ type: "StageInterrupted", instance: "grow" })
    expect(readdirSync(join(root, "leases"))).toEqual([])
    expect(saved(root)).toHaveLength(2)
    const next = await runToy(root, study, { jobs: 1 })
    expect(next.called.filter((name) => name.startsWith("grow "))).toEqual(["grow 3", "grow 4"])
    expect((await next.notes()).note).toEqual(await undisturbed())
    const started = (await history(root)).findLast((event) =>
      event.type === "StageStarted" && event.instance === "grow"
    )
    expect(started).toMatchObject({ from: { seq: event!.seq, writer: event!.writer } })
    expect(existsSync(join(root, "saved")) ? saved(root) : []).toEqual([])
    expect(fold(await history(root), "toy").saved.size).toBe(0)
  })

  it("saves again and again; what is older is removed", async () => {
    const root = temporaryStore()
    let most = 0
    hooks.grow = () =>
      Promise.resolve(void (most = Math.max(most, existsSync(join(root, "saved")) ? saved(root).length : 0)))
    await runToy(root, study, { saveEvery: 0 })
    const done = (await history(root)).flatMap((event) => event.type === "StageSaved" ? [event.done] : [])
    expect(done).toEqual([1, 2, 3, 4])
    expect(most).toBe(2)
  })

  it.each([
    ["damaged", (path: string) => {
      chmodSync(path, 0o644)
      const content = readFileSync(path)
      content[20]! ^= 1
      writeFileSync(path, content)
    }],
    ["gone", (path: string) => rmSync(path)]
  ])("begins anew where what it saved is %s", async (_, harm) => {
    const root = temporaryStore()
    await interrupted(root)
    harm(saved(root)[0]!)
    const next = await runToy(root, study)
    expect(next.called.filter((name) => name.startsWith("grow "))).toHaveLength(5)
    expect((await next.notes()).note).toEqual(await undisturbed())
  })

  it("goes on for its own key alone", async () => {
    const root = temporaryStore()
    await interrupted(root)
    const other = await runToy(root, { ...study, grow: 6 })
    expect(other.called.filter((name) => name.startsWith("grow "))).toHaveLength(6)
    const back = await runToy(root, study)
    expect(back.called.filter((name) => name.startsWith("grow "))).toEqual(["grow 3", "grow 4"])
  })

  it("saves nothing once its external file has changed, and is put into quarantine", async () => {
    const root = temporaryStore()
    const file = join(root, "seed.txt")
    writeFileSync(file, "one")
    hooks.grow = (step) => Promise.resolve(step === 2 ? writeFileSync(file, "edited") : undefined)
    const { failed } = await runToy(root, { ...study, file }, { saveEvery: 0 })
    expect(failed).toEqual(["grow"])
    const done = (await history(root)).flatMap((event) => event.type === "StageSaved" ? [event.done] : [])
    expect(done).toEqual([1, 2])
  })

  it("is not stopped by a state that cannot be saved", async () => {
    const root = temporaryStore()
    writeFileSync(join(root, "saved"), "in the way")
    const remarks: Array<string> = []
    const { failed } = await runToy(root, study, {
      saveEvery: 0,
      observe: (notice) => void (notice.type === "remarked" && remarks.push(notice.text))
    })
    expect(failed).toEqual([])
    expect(remarks).toHaveLength(4)
    expect(remarks[0]).toMatch(/could not save its state: cannot/)
  })
})

describe("what is saved", () => {
  it("is verified", async () => {
    const root = temporaryStore()
    await interrupted(root)
    const path = saved(root)[0]!
    chmodSync(path, 0o644)
    writeFileSync(path, "damaged")
    const report = await Effect.gen(function*() {
      const journal = yield* Journal
      const { events } = yield* journal.history
      return yield* verifyStore(events, needed(events, () => undefined))
    }).pipe(Effect.scoped, Effect.provide(layer(root)), Effect.runPromise)
    expect(report.damagedSaved).toMatchObject([{ instance: "grow", path }])
    expect(readFileSync(report.damagedSaved[0]!.movedTo, "utf8")).toBe("damaged")
    expect(saved(root)).toHaveLength(1)
  })

  it("is collected when it is old and its instance has gone over to another key, and not before", async () => {
    const root = temporaryStore()
    await interrupted(root)
    age(root)
    expect(await collected(root)).toEqual([])
    const first = join(root, "saved", readdirSync(join(root, "saved"))[0]!)
    await interrupted(root, 1, { ...study, grow: 6 })
    expect(await collected(root)).toEqual([first])
  })
})
