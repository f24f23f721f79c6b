import { Effect } from "effect"
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { compare } from "../../pipeline/compare.ts"
import { Journal } from "../../pipeline/journal/journal.ts"
import { rebuild } from "../../pipeline/rebuild.ts"
import type { Tolerance } from "../../pipeline/stage.ts"
import { needed } from "../../pipeline/store/needed.ts"
import { verifyStore } from "../../pipeline/verify.ts"
import { bytes, float64, fromRows, table, text } from "../../schemas/table.ts"
import { calls, graphOf, layer, runToy, scale, temporaryStore, toy } from "../fixtures/toy.ts"

const verify = (root: string) =>
  Effect.gen(function*() {
    const journal = yield* Journal
    const { events } = yield* journal.history
    return yield* verifyStore(events, needed(events, () => undefined))
  }).pipe(Effect.scoped, Effect.provide(layer(root)), Effect.runPromise)

const pathOf = (root: string, digest: string) => join(root, "objects", digest.slice(0, 2), `${digest.slice(2)}.parquet`)

describe("verify", () => {
  it("puts aside what was changed, tells what is missing, and a run heals both", async () => {
    const root = temporaryStore()
    const { results } = await runToy(root, toy)
    expect(await verify(root)).toMatchObject({ whole: 4, damaged: [], missing: [], collected: 0 })
    const damaged = pathOf(root, results.get("scale/two")!.outputs.numbers!.bytes)
    const content = readFileSync(damaged)
    content[30]! ^= 1
    chmodSync(damaged, 0o644)
    writeFileSync(damaged, content)
    const gone = pathOf(root, results.get("sum")!.outputs.notes!.bytes)
    rmSync(gone)
    const report = await verify(root)
    expect(report.damaged.map(({ maker, output }) => [maker.instance, output])).toEqual([["scale/two", "numbers"]])
    expect(report.missing.map(({ maker }) => maker.instance)).toEqual(["sum"])
    expect(report.whole).toBe(2)
    expect(existsSync(damaged)).toBe(false)
    expect(readFileSync(report.damaged[0]!.movedTo)).toEqual(content)
    expect((await runToy(root, toy)).called).toEqual(["scale 2", "sum"])
    expect(await verify(root)).toMatchObject({ whole: 4, damaged: [], missing: [] })
  })

  it("does not miss what nobody stands for", async () => {
    const root = temporaryStore()
    const { results } = await runToy(root, toy)
    await runToy(root, { ...toy, arms: { two: 2, three: 5 } })
    rmSync(pathOf(root, results.get("sum")!.outputs.notes!.bytes))
    expect(await verify(root)).toMatchObject({ whole: 5, missing: [], collected: 1 })
  })
})

describe("rebuild", () => {
  const again = async (root: string, times: number, sameMachine = true) => {
    const { results } = await runToy(root, toy)
    const instance = graphOf(toy).byId.get("scale/three")!
    const how = { times, threads: 1, engine: "toy", acceptances: [], sameMachine }
    return rebuild(instance, results.get(instance.id)!, (id) => results.get(id), how)
      .pipe(Effect.provide(layer(root)), Effect.runPromise)
  }

  it("runs an instance as often as told and leaves nothing behind", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    const before = calls.length
    const { attempts, kept } = await again(root, 3)
    expect(calls.slice(before)).toEqual(["scale 3", "scale 3", "scale 3"])
    expect(attempts.map(({ different }) => different)).toEqual([[], [], []])
    expect(kept).toBe(true)
    expect(readdirSync(join(root, "scratch")).filter((name) => name.startsWith("rebuild"))).toEqual([])
  })

  /** Rebuilds scale/three, which now multiplies by another factor, as a stage of some determinism. */
  const wrongly = async (
    root: string,
    { determinism = scale.determinism, factor = 3.3, sameMachine = true }: {
      readonly determinism?: typeof scale["determinism"]
      readonly factor?: number
      readonly sameMachine?: boolean
    } = {}
  ) => {
    await runToy(root, toy)
    const { load } = scale
    const kept = scale.determinism
    const body = async (io: never) => {
      const { config, ...rest } = io as { config: { factor: number } }
      await (await load()).body({ ...rest, config: { ...config, factor } } as never)
    }
    Object.assign(scale, { load: () => Promise.resolve({ body }), determinism })
    try {
      return await again(root, 1, sameMachine)
    } finally {
      Object.assign(scale, { load, determinism: kept })
    }
  }

  it("holds a tolerance column by column", async () => {
    const within = (value: Tolerance) => ({ class: "tolerance", columns: { numbers: { value } } }) as const
    // 3, 6, 9, 12 against 3, 7, 10, 13.
    const counts = async (determinism: typeof scale["determinism"], factor?: number) => {
      const { attempts, kept } = await wrongly(temporaryStore(), { determinism, ...(factor && { factor }) })
      const { beyond, rows } = attempts[0]!.different[0]!.columns[0]!
      return { rows, beyond, kept }
    }
    expect(await counts(within({ absolute: 1 }))).toEqual({ rows: 3, beyond: 0, kept: true })
    expect(await counts(within({ absolute: 0.9 }))).toEqual({ rows: 3, beyond: 3, kept: false })
    expect(await counts(within({ relative: 0.11 }))).toEqual({ rows: 3, beyond: 1, kept: false })
    expect(await counts(within({ relative: 0.15 }))).toEqual({ rows: 3, beyond: 0, kept: true })
    expect(await counts({ class: "tolerance", columns: {} })).toEqual({ rows: 3, beyond: 3, kept: false })
    // A number against none is within no tolerance.
    expect(await counts(within({ absolute: 1e9, relative: 1 }), Infinity)).toEqual({ rows: 4, beyond: 4, kept: false })
  })

  it("wants the same bits of seeded stages on one machine, not on another", async () => {
    const determinism = { class: "seeded", seeds: ["factor"] } as const
    expect((await wrongly(temporaryStore(), { determinism })).kept).toBe(false)
    expect((await wrongly(temporaryStore(), { determinism, sameMachine: false })).kept).toBe(true)
    expect((await wrongly(temporaryStore(), { sameMachine: false })).kept).toBe(false)
  })

  it("tells the columns that differ of a stage that is not what it promises", async () => {
    const root = temporaryStore()
    const { attempts, kept } = await wrongly(root)
    expect(kept).toBe(false)
    expect(attempts[0]!.different).toEqual([
      { output: "numbers", columns: [{ column: "value", rows: 3, relative: 1 / 7, beyond: 3 }], promised: false }
    ])
  })
})

describe("compare", () => {
  const Weights = table("weights", "one tensor", {
    shape: text("dimensions"),
    data: bytes("values"),
    norm: float64("")
  })
  const weights = (values: ReadonlyArray<number>, norm: number, shape = "1x2") =>
    fromRows(Weights, [{ shape, data: new Uint8Array(Float32Array.from(values).buffer), norm }])

  it("finds nothing in equal tables, with equal NaN", () => {
    expect(compare(Weights, weights([1, NaN], NaN), weights([1, NaN], NaN))).toEqual([])
  })

  it("looks into payloads of which the shape is told", () => {
    expect(compare(Weights, weights([1, 2], 3), weights([1, 1.5], 3))).toEqual([
      { column: "data", rows: 1, relative: 0.25, beyond: 1 }
    ])
    expect(compare(Weights, weights([1, 2], 3, "7"), weights([1, 1.5], 3, "7"))).toEqual([
      { column: "data", rows: 1, relative: undefined, beyond: 1 }
    ])
  })

  it("calls a number against none infinitely different, and counts rows that only one has", () => {
    expect(compare(Weights, weights([1, 2], 3), weights([1, 2], NaN))).toMatchObject([{ relative: Infinity }])
    const empty = fromRows(Weights, [])
    expect(compare(Weights, weights([1, 2], 3), empty).map(({ column, rows }) => [column, rows])).toEqual([
      ["shape", 1],
      ["data", 1],
      ["norm", 1]
    ])
  })
})
