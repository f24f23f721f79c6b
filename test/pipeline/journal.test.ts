import { Effect, Layer } from "effect"
import * as fc from "fast-check"
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { Disk } from "../../pipeline/disk.ts"
import { fold } from "../../pipeline/journal/fold.ts"
import { Journal } from "../../pipeline/journal/journal.ts"
import * as Line from "../../pipeline/journal/line.ts"
import type { Event, Payload } from "../../schemas/event.ts"
import { temporaryStore } from "../fixtures/toy.ts"

const key = "a".repeat(64)
const started = (instance: string): Payload => ({ type: "StageStarted", run: "r", instance, key })

const runStarted: Payload = {
  type: "RunStarted",
  run: "r",
  study: "s",
  studyFile: "s.yaml",
  settings: {},
  targets: [],
  host: "h",
  pid: 1,
  jobs: 1,
  threads: 1
}

const within = <A>(root: string, effect: Effect.Effect<A, unknown, Journal>) =>
  effect.pipe(Effect.provide(Journal.layer(root).pipe(Layer.provide(Disk.layer))), Effect.scoped, Effect.runPromise)

const append = (root: string, ...payloads: ReadonlyArray<Payload>) =>
  within(root, Effect.flatMap(Journal, (journal) => Effect.forEach(payloads, journal.append)))
const history = (root: string) => within(root, Effect.flatMap(Journal, (journal) => journal.history))

describe("a line", () => {
  it("gives back any event, and no event once a character is changed", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(1e6), fc.string(), fc.nat(), (instance, seq, error, place) => {
        const event: Event = {
          seq,
          at: "2026-01-02T03:04:05.678Z",
          writer: "w",
          type: "StageFailed",
          run: "r",
          instance,
          key,
          error,
          seconds: 1
        }
        const line = Line.encode(event)
        expect(Line.decode(line.slice(0, -1))).toEqual(event)
        const at = place % (line.length - 1)
        const damaged = `${line.slice(0, at)}${line[at] === "x" ? "y" : "x"}${line.slice(at + 1, -1)}`
        expect(Line.decode(damaged)).toBeUndefined()
        expect(Line.decode(line.slice(0, at))).toBeUndefined()
      }),
      { seed: 1, numRuns: 200 }
    )
  })
})

describe("the journal", () => {
  it("gives back what was appended, in order, over several writers", async () => {
    const root = temporaryStore()
    await append(root, started("a"), started("b"))
    await append(root, started("c"))
    const { events, notes } = await history(root)
    expect(events.map((event) => "instance" in event ? event.instance : "")).toEqual(["a", "b", "c"])
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3])
    expect(notes).toEqual([])
    expect(readdirSync(join(root, "journal"))).toHaveLength(2)
  })

  it("passes over a torn last line, with a note, and loses nothing before it", async () => {
    const root = temporaryStore()
    await append(root, started("a"))
    const [file] = readdirSync(join(root, "journal"))
    appendFileSync(join(root, "journal", file!), "{\"seq\":2,\"at\":\"2026-")
    await append(root, started("b"))
    const { events, notes } = await history(root)
    expect(events).toHaveLength(2)
    expect(notes).toEqual([`${file}: the last line is torn (its writer was stopped); ignored`])
  })

  it("passes over a damaged line, naming file and line", async () => {
    const root = temporaryStore()
    await append(root, started("a"), started("b"), started("c"))
    const [file] = readdirSync(join(root, "journal"))
    const path = join(root, "journal", file!)
    writeFileSync(path, readFileSync(path, "utf8").replace("\"instance\":\"b\"", "\"instance\":\"x\""))
    const { events, notes } = await history(root)
    expect(events.map((event) => "instance" in event ? event.instance : "")).toEqual(["a", "c"])
    expect(notes).toEqual([`${file}:2: the line does not match its checksum; ignored`])
  })
})

describe("the fold", () => {
  it("stops at a past event when asked", async () => {
    const root = temporaryStore()
    await append(root, runStarted, started("a"), started("b"))
    const { events } = await history(root)
    expect([...fold(events, "s").open.keys()]).toEqual(["a", "b"])
    expect([...fold(events, "s", 2).open.keys()]).toEqual(["a"])
  })

  it("keeps the instances of two studies apart", async () => {
    const root = temporaryStore()
    await append(root, runStarted, started("a"))
    expect([...fold((await history(root)).events, "another").open.keys()]).toEqual([])
  })
})
