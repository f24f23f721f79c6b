import { Effect, Layer } from "effect"
import * as fc from "fast-check"
import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { Disk } from "../../pipeline/disk.ts"
import { fold } from "../../pipeline/journal/fold.ts"
import { type History, Journal } from "../../pipeline/journal/journal.ts"
import * as Line from "../../pipeline/journal/line.ts"
import * as Snapshot from "../../pipeline/journal/snapshot.ts"
import type { Event, Payload } from "../../schemas/event.ts"
import { faulty } from "../fixtures/faults.ts"
import { temporaryStore } from "../fixtures/toy.ts"

const within = <A>(root: string, effect: Effect.Effect<A, unknown, Journal>, disk = Disk.layer) =>
  effect.pipe(Effect.provide(Journal.layer(root).pipe(Layer.provide(disk))), Effect.scoped, Effect.runSync)

const present = (root: string) => within(root, Effect.flatMap(Journal, (journal) => journal.present))
const history = (root: string) => within(root, Effect.flatMap(Journal, (journal) => journal.history))
const condense = (root: string) => within(root, Effect.flatMap(Journal, (journal) => journal.condense))

/** What is seen of a store: both studies' present, and the notes. */
const seen = ({ events, notes }: History) => ({ one: fold(events, "one"), two: fold(events, "two"), notes })

const digest = (index: number) => index.toString(16).repeat(64).slice(0, 64)

/** Some event of a small world: two studies of three runs, two instances, three keys; events of every type. */
const payload = (kind: number, choice: number): Payload => {
  const run = `run ${choice % 3}`
  const about = { run, instance: `i${choice % 2}`, key: digest(choice % 3 + 1) }
  const fence = choice % 4 === 0 ? {} : { fence: choice % 4 }
  const submitted = { run, submission: `s${choice % 5}` }
  const change = {
    study: choice % 2 === 0 ? "one" : "two",
    instance: about.instance,
    leaf: `config.${choice % 3}`,
    before: 1,
    after: choice,
    reason: "",
    author: ""
  }
  const make: ReadonlyArray<Payload> = [
    {
      type: "RunStarted",
      run,
      study: choice % 3 === 0 ? "one" : "two",
      studyFile: "s.yaml",
      settings: { choice },
      targets: [],
      host: "h",
      pid: 1,
      jobs: 1,
      threads: 1
    },
    { type: "StageStarted", ...about },
    { type: "StageProgressed", ...about, done: choice, total: 100, unit: "steps", figures: {} },
    {
      type: "StageSucceeded",
      ...about,
      ...fence,
      stage: "s",
      record: { choice },
      outputs: { o: { table: "t", digest: digest(choice % 5), bytes: digest(2), size: 1, rows: 1 } },
      seconds: 1,
      threads: 1,
      memory: 1
    },
    { type: "StageReused", ...about },
    { type: "StageFailed", ...about, error: `${choice}`, seconds: 1 },
    { type: "StageInterrupted", ...about, seconds: 1 },
    { type: "ChangeAccepted", ...change },
    { type: "AcceptanceRevoked", ...change },
    {
      type: "ResultDiffered",
      study: change.study,
      instance: about.instance,
      key: about.key,
      stage: "s",
      promised: choice % 2 === 0,
      outputs: []
    },
    { type: "RunFinished", run, outcome: "done", ran: 1, reused: 0, failed: 0, seconds: 1 },
    { type: "StageSaved", ...about, ...fence, tables: {}, done: choice, total: 100, unit: "steps", seconds: 1 },
    { type: "StageFenced", ...about, ...fence, seconds: 1 },
    { type: "StageQuarantined", ...about, files: [], folder: "f" },
    {
      type: "JobIntended",
      ...submitted,
      name: "n",
      array: choice % 2 === 0,
      tasks: [[about], choice % 3 === 0 ? [] : [{ ...about, key: digest((choice + 1) % 3 + 1) }]]
    },
    { type: "JobSubmitted", ...submitted, job: `${choice}` },
    { type: "JobRequeued", ...submitted, job: `${choice}`, keys: [about.key] },
    { type: "JobEnded", ...submitted, keys: [about.key], state: "FAILED", reason: "" }
  ]
  expect(new Set(make.map(({ type }) => type)).size, "types of events that are tried").toBe(Snapshot.types.length)
  return make[kind % make.length]!
}

/** Writers that append without reading each other, but for now and then. */
const writers = (root: string) => {
  const clocks = new Map<string, number>()
  mkdirSync(join(root, "journal"), { recursive: true })
  return {
    append: (writer: string, reads: boolean, made: Payload) => {
      const before = reads ? Math.max(0, ...clocks.values()) : clocks.get(writer) ?? 0
      clocks.set(writer, before + 1)
      const event = { seq: before + 1, at: "2026-01-01T00:00:00.000Z", writer, ...made } as Event
      appendFileSync(join(root, "journal", `${writer}.ndjson`), Line.encode(event))
    },
    tear: (writer: string, whole: boolean) =>
      appendFileSync(join(root, "journal", `${writer}.ndjson`), `{"seq":7,"at${whole ? "\n" : ""}`)
  }
}

/** A store with a snapshot: a run, an attempt that goes on, and 300 reports of its progress. */
const condensed = () => {
  const root = temporaryStore()
  const { append } = writers(root)
  append("w", true, payload(0, 0))
  append("w", true, payload(3, 0))
  append("w", true, payload(1, 0))
  for (let done = 0; done < 300; done++) append("w", true, payload(2, 6 * done))
  condense(root)
  return { root, append, file: join(root, "journal", "w.ndjson"), snapshot: join(root, "snapshot.ndjson") }
}

const step = fc.record({ writer: fc.nat(2), reads: fc.nat(300), kind: fc.nat(55), choice: fc.nat(11) })

describe("a snapshot", () => {
  it("changes nothing of what is seen, whatever happened, whoever wrote it, wherever it was torn", () => {
    let used = 0
    fc.assert(
      fc.property(
        fc.array(fc.array(step, { maxLength: 200, size: "max" }), { minLength: 2, maxLength: 5 }),
        (parts) => {
          const root = temporaryStore()
          const { append, tear } = writers(root)
          for (const part of parts) {
            for (const { choice, kind, reads, writer } of part) {
              const name = `w${writer}`
              if (kind > 53) tear(name, kind === 55)
              else append(name, reads > 0, payload(kind, choice))
            }
            const all = history(root)
            const whole = seen(all)
            const now = present(root)
            if (now.events.length < all.events.length) used++
            expect(seen(now)).toEqual(whole)
            condense(root)
            expect(seen(present(root))).toEqual(whole)
            expect(seen(history(root))).toEqual(whole)
          }
          const before = seen(present(root))
          rmSync(join(root, "snapshot.ndjson"), { force: true })
          expect(seen(present(root))).toEqual(before)
          rmSync(root, { recursive: true })
        }
      ),
      { seed: 1, numRuns: 30, endOnFailure: true }
    )
    expect(used).toBeGreaterThan(20)
  }, 60_000)

  it("holds what still matters, and not what has passed", () => {
    const { root } = condensed()
    expect(present(root).events.map(({ type }) => type)).toEqual([
      "RunStarted",
      "StageSucceeded",
      "StageStarted",
      "StageProgressed"
    ])
    expect(history(root).events).toHaveLength(303)
  })

  it("spares reading what it covers, and what was appended since is read", () => {
    const { append, root } = condensed()
    append("v", true, payload(6, 0))
    let read = 0
    const counting = Layer.effect(
      Disk,
      Effect.map(Disk, (disk) =>
        Disk.of({
          ...disk,
          readFrom: (path, offset, most) =>
            Effect.tap(disk.readFrom(path, offset, most), (bytes) => Effect.sync(() => read += bytes?.length ?? 0))
        }))
    ).pipe(Layer.provide(Disk.layer))
    const { events } = within(root, Effect.flatMap(Journal, (journal) => journal.present), counting)
    expect(fold(events, "one").open.size).toBe(0)
    expect(read).toBe(statSync(join(root, "journal", "v.ndjson")).size)
  })

  it("is written by nobody who only reads", () => {
    const { root, snapshot } = condensed()
    rmSync(snapshot)
    const { calls, seen } = faulty(root, { at: 0, kind: "full disk" })
    within(root, Effect.flatMap(Journal, (journal) => journal.present), Disk.layerOf(calls))
    within(root, Effect.flatMap(Journal, (journal) => journal.history), Disk.layerOf(calls))
    expect(seen.calls).toBe(0)
  })

  it("is not used when an event comes to light that belongs before its end", () => {
    const { append, root } = condensed()
    append("slow", false, payload(0, 1))
    expect(seen(present(root))).toEqual(seen(history(root)))
    expect(present(root).events).toHaveLength(304)
  })

  it("is not used when a covered file is shorter, gone, or holds other bytes of the same length", () => {
    for (
      const harm of [
        ({ file }: { file: string }) => writeFileSync(file, readFileSync(file).subarray(0, 5000)),
        ({ file }: { file: string }) => rmSync(file),
        ({ file }: { file: string }) =>
          writeFileSync(file, readFileSync(file, "utf8").replace("\"pid\":1", "\"pid\":2"))
      ]
    ) {
      const store = condensed()
      harm(store)
      const whole = history(store.root)
      expect(present(store.root)).toEqual(whole)
    }
  })

  it("is used when a covered file is another file of the same bytes", () => {
    const { file, root } = condensed()
    utimesSync(file, 1, 1)
    expect(present(root).events).toHaveLength(4)
  })

  it("is not used when it is damaged, empty, or of another program", () => {
    const { root, snapshot } = condensed()
    const text = readFileSync(snapshot, "utf8")
    for (
      const content of [
        "",
        text.slice(0, -20),
        text.replace("\"done\":1794", "\"done\":1795"),
        text.replace("RunFinished", "Other")
      ]
    ) {
      expect(content).not.toBe(text)
      writeFileSync(snapshot, content)
      expect(present(root).events).toHaveLength(303)
    }
  })

  it("is not written anew before enough has happened", () => {
    const { append, root, snapshot } = condensed()
    const before = readFileSync(snapshot, "utf8")
    append("v", true, payload(4, 0))
    condense(root)
    expect(readFileSync(snapshot, "utf8")).toBe(before)
    for (let done = 0; done < 120; done++) append("v", true, payload(5, done))
    condense(root)
    expect(readFileSync(snapshot, "utf8")).not.toBe(before)
    expect(seen(present(root))).toEqual(seen(history(root)))
  })
})
