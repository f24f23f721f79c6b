/** Results recorded under key records of form 1 (test/fixtures/format-1): what becomes of them. */
import { Effect } from "effect"
import { cpSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { root as rootText } from "../../pipeline/cli/format.ts"
import { decideAll } from "../../pipeline/decide.ts"
import { explain } from "../../pipeline/explain.ts"
import type { Success } from "../../pipeline/journal/fold.ts"
import { Journal } from "../../pipeline/journal/journal.ts"
import * as Line from "../../pipeline/journal/line.ts"
import * as Key from "../../pipeline/key.ts"
import { needed } from "../../pipeline/store/needed.ts"
import * as Upgrade from "../../pipeline/upgrade.ts"
import type { KeyRecord } from "../../schemas/key.ts"
import * as Stages from "../../stages/index.ts"
import { factsOf, layer, runToy, studyOf, temporaryStore, toy, toyStages } from "../fixtures/toy.ts"

const fixture = fileURLToPath(new URL("../fixtures/format-1", import.meta.url))

/** A copy of the store in which the toy study, and one whose third arm is 5, were run at form 1. */
const storeOfForm1 = () => {
  const root = temporaryStore()
  for (const name of ["journal", "objects"]) cpSync(`${fixture}/${name}`, `${root}/${name}`, { recursive: true })
  return root
}

const look = (root: string, study = toy) =>
  Effect.gen(function*() {
    const facts = yield* factsOf(root)
    const { events } = yield* (yield* Journal).history
    const loaded = studyOf(study)
    const verdicts = decideAll(loaded.graph, facts)
    return { verdicts, events, why: (id: string) => explain(loaded.graph, loaded, facts, verdicts, id) }
  }).pipe(Effect.scoped, Effect.provide(layer(root)), Effect.runPromise)

describe("a store of form 1", () => {
  it("counts, but for what no upgrade can lead on", async () => {
    const { verdicts } = await look(storeOfForm1(), { ...toy, arms: { two: 2, three: 5 } })
    expect([...verdicts].map(([id, { status }]) => [id, status])).toEqual([
      ["make", "fresh"],
      ["scale/two", "stale"],
      ["scale/three", "stale"],
      ["sum", "waiting"]
    ])
  })

  it("has the upgrade named as what makes a stage run again, and no change that follows from it", async () => {
    const { why } = await look(storeOfForm1(), { ...toy, arms: { two: 2, three: 5 } })
    expect(why("scale/two").roots.map(rootText)).toEqual([
      "form of key records of stage scale 1 → 2: the code of the tensor engine in use has a leaf of its own, and that of " +
      "others none"
    ])
    expect(why("sum").roots.map(({ before, instance, leaf }) => [instance, leaf, before])).toEqual([
      ["scale/two", "format", 1]
    ])
    const { why: changed } = await look(storeOfForm1(), { ...toy, arms: { two: 2, three: 7 } })
    expect(changed("scale/three").roots.map(({ leaf, setting }) => setting ?? leaf)).toEqual(["format", "arms.three"])
  })

  it("spares what follows where the data come out equal, and every earlier result too", async () => {
    const root = storeOfForm1()
    const later = await runToy(root, { ...toy, arms: { two: 2, three: 5 } })
    expect(later.called).toEqual(["scale 2", "scale 5"])
    expect(later.reused.toSorted()).toEqual(["make", "sum"])
    // The sum of the first study was made by form 1 as well.
    expect((await runToy(root, toy)).called).toEqual(["scale 3"])
    expect((await runToy(root, toy)).called).toEqual([])
  })

  it("is not rewritten", async () => {
    const root = storeOfForm1()
    const { events: before } = await look(root)
    await runToy(root, toy)
    const { events } = await look(root)
    expect(events.slice(0, before.length)).toEqual(before)
  })

  it("keeps its objects when nothing needs more than they are", async () => {
    const root = storeOfForm1()
    await runToy(root, toy)
    const { events, verdicts } = await look(root)
    const kept = needed(Upgrade.events(events, toyStages), () => studyOf(toy))
    const bytes = new Set([...kept].flatMap(({ outputs }) => Object.values(outputs).map(({ bytes }) => bytes)))
    for (const verdict of verdicts.values()) {
      if (verdict.status !== "fresh") throw new Error(verdict.status)
      for (const output of Object.values(verdict.result.outputs)) expect(bytes).toContain(output.bytes)
    }
  })
})

describe("records of the study's stages of form 1", () => {
  const events = readFileSync(`${fixture}/records.ndjson`, "utf8").trimEnd().split("\n").map((line) =>
    Line.decode(line) as Success
  )
  const stages = Object.values(Stages)
  const of = (instance: string) => {
    const event = events.find((event) => event.instance === instance)!
    return {
      record: event.record,
      carried: Upgrade.carried(event.record, stages.find(({ name }) => name === event.stage))
    }
  }

  it("keep all leaves where the stage looks at the same as before", () => {
    const { carried, record } = of("spectra/pico/relora-described/42/20")
    expect(carried).toEqual({ ...record, format: Key.format })
  })

  it("lose of a checkpoint what its body does not look at, as its present settings do", () => {
    const { carried, record } = of("checkpoint/pico/relora-described/42/20")
    const config = (of: KeyRecord) =>
      Object.fromEntries(Object.entries(of).filter(([leaf]) => leaf.startsWith("config.")))
    expect(Object.keys(config(record))).toHaveLength(10)
    expect(config(carried!)).toEqual(
      Key.flatten(Stages.checkpoint.config.parse({ method: { kind: "relora", rank: 4, alpha: 8 } }), "config")
    )
    expect(of("checkpoint/pico/full-rank/42/0").carried).toMatchObject({ format: Key.format, "config.method": null })
  })

  it("are not carried over where they hold the code of engines", () => {
    expect(of("pretrain/pico/relora-published/42/0-20").carried).toBeUndefined()
  })

  it("are not carried over for a stage that is not known, or from a form that is not", () => {
    const { record } = of("checkpoint/pico/full-rank/42/0")
    expect(Upgrade.carried(record, undefined)).toBeUndefined()
    expect(Upgrade.carried({ ...record, format: 0 }, Stages.checkpoint)).toBeUndefined()
    expect(Upgrade.carried({ ...record, format: Key.format + 1 }, Stages.checkpoint)).toBeUndefined()
  })

  it("are left alone in the present form", () => {
    const present = { ...of("checkpoint/pico/full-rank/42/0").record, format: Key.format }
    expect(Upgrade.carried(present, undefined)).toBe(present)
  })
})
