import { Effect } from "effect"
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { LoadedStudy } from "../../pipeline/app.ts"
import { clear, look } from "../../pipeline/collect.ts"
import { Journal } from "../../pipeline/journal/journal.ts"
import { needed } from "../../pipeline/store/needed.ts"
import { here } from "../../pipeline/store/place.ts"
import { layer, runToy, studyOf, temporaryStore, toy, type ToyStudy } from "../fixtures/toy.ts"

const day = 86_400_000
const changed: ToyStudy = { ...toy, arms: { two: 2, three: 5 } }

/** Ends a run in the journal, as the command line does. */
const finished = (root: string, study: ToyStudy) =>
  runToy(root, study).then(({ run }) =>
    Effect.gen(function*() {
      const journal = yield* Journal
      yield* journal.append({ type: "RunFinished", run, outcome: "done", ran: 0, reused: 0, failed: 0, seconds: 1 })
    }).pipe(Effect.scoped, Effect.provide(layer(root)), Effect.runPromise)
  )

const keep = (load: () => LoadedStudy | undefined = () => undefined) => (events: Parameters<typeof needed>[0]) =>
  needed(events, load)

const at = <A, E>(root: string, effect: Effect.Effect<A, E, Effect.Services<ReturnType<typeof look>>>) =>
  effect.pipe(Effect.scoped, Effect.provide(layer(root)), Effect.runPromise)

const objects = (root: string) =>
  readdirSync(join(root, "objects"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".parquet"))

describe("gc", () => {
  it("finds what the last run does not stand for, with its maker and exact sizes", async () => {
    const root = temporaryStore()
    await finished(root, toy)
    expect((await at(root, look(keep(), 0))).garbage).toEqual([])
    await finished(root, changed)
    const { garbage, totals } = await at(root, look(keep(), 0))
    expect(garbage.map(({ maker }) => maker!.instance).toSorted()).toEqual(["scale/three", "sum"])
    const size = garbage.reduce((sum, { path }) => sum + statSync(path).size, 0)
    expect(totals.size).toBe(size)
    expect(totals.kept.objects).toBe(4)
    expect(totals.seconds).toBe(garbage.reduce((sum, { maker }) => sum + maker!.seconds, 0))
    const prices = garbage.map(({ maker, size }) => maker!.seconds / size)
    expect(prices).toEqual(prices.toSorted((a, b) => a - b))
  })

  it("leaves what is young alone", async () => {
    const root = temporaryStore()
    await finished(root, toy)
    await finished(root, changed)
    const { garbage, totals } = await at(root, look(keep(), day))
    expect(garbage).toEqual([])
    expect(totals.young.objects).toBe(2)
  })

  it("keeps instances that left the study only while it is not known that they left", async () => {
    const root = temporaryStore()
    await finished(root, toy)
    const without = { ...toy, arms: { two: 2 } }
    await finished(root, without)
    const ids = (found: Awaited<ReturnType<typeof unknown>>) =>
      found.garbage.map(({ maker }) => maker!.instance).toSorted()
    const unknown = () => at(root, look(keep(), 0))
    expect(ids(await unknown())).toEqual(["sum"])
    expect(ids(await at(root, look(keep(() => studyOf(without)), 0)))).toEqual(["scale/three", "sum"])
    // The file was edited after its last run: which instances that run had is not known.
    expect(ids(await at(root, look(keep(() => studyOf({ ...without, size: 9 })), 0)))).toEqual(["sum"])
  })

  it("moves garbage to the trash, from where it can be put back, and the rest of the study stays fresh", async () => {
    const root = temporaryStore()
    await finished(root, toy)
    await finished(root, changed)
    const before = objects(root)
    const { garbage } = await at(root, clear(keep(), 0))
    expect(objects(root)).toHaveLength(before.length - garbage.length)
    const trash = join(root, "trash", readdirSync(join(root, "trash"))[0]!)
    expect(objects(trash)).toHaveLength(garbage.length)
    expect((await runToy(root, changed)).called).toEqual([])
    expect((await runToy(root, toy)).called).toEqual(["scale 3", "sum"])
  })

  it("takes orphans, drafts of ended runs and old trash, and nothing else", async () => {
    const root = temporaryStore()
    await finished(root, toy)
    const orphan = join(root, "objects", "ab", `${"c".repeat(62)}.parquet`)
    mkdirSync(join(root, "objects", "ab"), { recursive: true })
    writeFileSync(orphan, "12345")
    for (const folder of ["scratch/someone-elses", "trash/2020-01-01/objects/ab", "trash/notes"]) {
      mkdirSync(join(root, folder), { recursive: true })
      writeFileSync(join(root, folder, "x"), "123")
    }
    const old = new Date(Date.now() - 3 * day)
    utimesSync(orphan, old, old)
    const { garbage, totals } = await at(root, clear(keep(), day))
    expect(garbage).toMatchObject([{ size: 5, maker: undefined }])
    expect(totals.trash).toBe(3)
    expect(existsSync(orphan)).toBe(false)
    expect(existsSync(join(root, "scratch/someone-elses/x"))).toBe(true)
    expect(existsSync(join(root, "trash/2020-01-01"))).toBe(false)
    expect(existsSync(join(root, "trash/notes/x"))).toBe(true)
  })

  it("touches nothing while somebody makes something", async () => {
    const root = temporaryStore()
    await finished(root, toy)
    await finished(root, changed)
    const lease = join(root, "leases", `${"d".repeat(64)}.1`)
    mkdirSync(join(root, "leases"), { recursive: true })
    // The parent of this process lives.
    const holder = { ...here, pid: process.ppid, instance: "make", token: "t", beat: 0, released: false }
    writeFileSync(lease, JSON.stringify(holder))
    const before = objects(root)
    await expect(at(root, clear(keep(), 0))).rejects.toThrow(/in use.*makes make/)
    expect(objects(root)).toEqual(before)
  })

  it("puts everything back when a run begins meanwhile", async () => {
    const root = temporaryStore()
    await finished(root, toy)
    await finished(root, changed)
    const before = objects(root).map((name) => [name, readFileSync(join(root, "objects", name)).toString("hex")])
    const cleared = Effect.gen(function*() {
      const journal = yield* Journal
      let looked = 0
      const disturbed = Journal.of({
        ...journal,
        // The third look is the one after everything was moved.
        history: Effect.suspend(() =>
          ++looked === 3
            ? Effect.andThen(
              journal.append({
                type: "RunStarted",
                run: "new",
                study: "toy",
                studyFile: "toy.yaml",
                settings: {},
                targets: [],
                host: "elsewhere",
                pid: 1,
                jobs: 1,
                threads: 1
              }),
              journal.history
            )
            : journal.history
        )
      })
      return yield* Effect.provideService(clear(keep(), 0), Journal, disturbed)
    })
    await expect(at(root, cleared)).rejects.toThrow(/in use.*run new/)
    expect(objects(root).map((name) => [name, readFileSync(join(root, "objects", name)).toString("hex")])).toEqual(
      before
    )
  })
})
