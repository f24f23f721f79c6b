import { Effect } from "effect"
import { chmodSync, rmSync } from "node:fs"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { Journal } from "../../pipeline/journal/journal.ts"
import { factsOf, hooks, layer, runToy, temporaryStore, toy } from "../fixtures/toy.ts"

afterEach(() => {
  hooks.noise = undefined
})

const look = (root: string) =>
  Effect.gen(function*() {
    const { events } = yield* (yield* Journal).history
    const { state } = yield* factsOf(root)
    return { events: events.filter(({ type }) => type === "ResultDiffered"), differing: state.differing }
  }).pipe(Effect.scoped, Effect.provide(layer(root)), Effect.runPromise)

describe("a key that gives another result", () => {
  it("raises an event with the columns that differ, and is known for it afterwards", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    hooks.noise = 1
    const { results } = await runToy(root, toy, { force: ["scale/two"] })
    const { differing, events } = await look(root)
    expect(events).toMatchObject([{
      instance: "scale/two",
      stage: "scale",
      promised: false,
      outputs: [{ output: "numbers", columns: [{ column: "value", rows: 4, beyond: 4, relative: 1 / 3 }] }]
    }])
    expect(differing.get(results.get("scale/two")!.key)).toEqual({ outputs: ["numbers"], promised: false })
  })

  it("raises none where the result is the same", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    await runToy(root, toy, { force: ["scale/two", "make"] })
    expect(await look(root)).toEqual({ events: [], differing: new Map() })
  })

  it("is noticed though the earlier result is gone", async () => {
    const root = temporaryStore()
    const { results } = await runToy(root, toy)
    const { bytes } = results.get("scale/three")!.outputs.numbers!
    const path = join(root, "objects", bytes.slice(0, 2), `${bytes.slice(2)}.parquet`)
    chmodSync(path, 0o644)
    rmSync(path)
    hooks.noise = 1
    expect((await runToy(root, toy)).called).toEqual(["scale 3", "sum"])
    const { events } = await look(root)
    expect(events).toMatchObject([{ instance: "scale/three", promised: false, outputs: [{ columns: [] }] }])
  })

  it("is noticed where two machines have each recorded a result", async () => {
    const root = temporaryStore()
    const { results } = await runToy(root, toy)
    const { at: _at, seq: _seq, writer: _writer, ...result } = results.get("scale/two")!
    const other = { ...result, outputs: { numbers: { ...result.outputs.numbers!, digest: "e".repeat(64) } } }
    await Effect.flatMap(Journal, (journal) => journal.append(other)).pipe(
      Effect.scoped,
      Effect.provide(layer(root)),
      Effect.runPromise
    )
    expect((await look(root)).differing).toEqual(
      new Map([[result.key, { outputs: ["numbers"], promised: undefined }]])
    )
  })
})
