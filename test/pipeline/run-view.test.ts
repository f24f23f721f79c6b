import { Effect } from "effect"
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { runView } from "../../pipeline/cli/run-view.ts"
import type { Session } from "../../pipeline/cli/session.ts"
import { type Alive, byLease, nobody } from "../../pipeline/cli/standing.ts"
import { decideAll } from "../../pipeline/decide.ts"
import * as Digest from "../../pipeline/digest.ts"
import type { Instance } from "../../pipeline/graph.ts"
import type { Success } from "../../pipeline/journal/fold.ts"
import { publish } from "../../pipeline/publish.ts"
import { Store } from "../../pipeline/store/store.ts"
import * as TableFile from "../../pipeline/table-file.ts"
import { emptySlot, filledSlot } from "../../schemas/run-slot.ts"
import { RunView } from "../../schemas/run-view.ts"
import { Files } from "../../schemas/tables.ts"
import { factsOf, history, hooks, layer, runToy, studyOf, temporaryStore, toy, type ToyStudy } from "../fixtures/toy.ts"

/** The view of a toy study's store, checked against its schema. */
const viewOf = <E, R>(root: string, study: ToyStudy, alive: Alive<E, R>, changed: Record<string, string> = {}) =>
  Effect.gen(function*() {
    const session = {
      app: {} as never,
      study: studyOf(study),
      engine: "toy",
      facts: yield* factsOf(root, changed)
    } satisfies Session
    return RunView.parse(yield* runView(session, decideAll(session.study.graph, session.facts), alive))
  }).pipe(Effect.scoped, Effect.provide(layer(root)), (effect) => Effect.runPromise(effect as Effect.Effect<RunView>))

afterEach(() => {
  hooks.progress = undefined
  hooks.grow = undefined
})

const byId = (view: RunView) => new Map(view.instances.map((instance) => [instance.id, instance]))

describe("the view of a run", () => {
  it("names of each instance its event, its key, and the instance behind each of its inputs", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    const view = await viewOf(root, toy, nobody)
    expect(view.instances.map(({ id, state }) => `${id} ${state}`)).toEqual([
      "make fresh",
      "scale/two fresh",
      "scale/three fresh",
      "sum fresh"
    ])
    const events = await history(root)
    const made = (id: string) =>
      events.find((event) => event.type === "StageSucceeded" && event.instance === id) as Success
    const sum = byId(view).get("sum")!
    expect(sum.key).toBe(made("sum").key)
    expect(sum.code).toBe("code of sum")
    expect(sum.event).toEqual({
      seq: made("sum").seq,
      writer: made("sum").writer,
      run: made("sum").run,
      at: made("sum").at,
      host: "here"
    })
    expect(sum.inputs).toEqual(["two", "three"].map((arm, index) => ({
      leaf: `input.numbers[${index}:arm=${arm}]`,
      digest: made(`scale/${arm}`).outputs.numbers!.digest,
      from: `scale/${arm}`,
      output: "numbers"
    })))
    // What was taken is what was given: an input's digest is that of the output it names.
    for (const { inputs } of view.instances) {
      for (const { digest, from, output } of inputs) expect(byId(view).get(from)!.outputs[output]).toBe(digest)
    }
    expect(view.seq).toBe(Math.max(...view.instances.map(({ event }) => event!.seq)))
  })

  it("tells why something is not fresh, and of what has never run what it would take", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    const changed = byId(await viewOf(root, { ...toy, arms: { two: 2, three: 4 } }, nobody))
    expect(changed.get("scale/three")).toMatchObject({ state: "stale", reason: "arms.three 3 → 4 (toy.yaml:3)" })
    expect(changed.get("scale/two")!.state).toBe("fresh")
    const empty = byId(await viewOf(temporaryStore(), toy, nobody))
    expect(empty.get("make")!).toMatchObject({ state: "missing", outputs: {} })
    expect(empty.get("make")!.event).toBeUndefined()
    expect(empty.get("sum")!.inputs.map(({ digest, from }) => [from, digest])).toEqual([
      ["scale/two", undefined],
      ["scale/three", undefined]
    ])
  })

  it("tells what runs, where, since when and how far; and why something failed", async () => {
    const root = temporaryStore()
    const study = { ...toy, grow: 2, arms: { two: 2, bad: 13 } }
    let seen: RunView | undefined
    hooks.progress = true
    // The first step has been told of by the time of the second, since the journal is written while that waits.
    hooks.grow = async (step) => {
      if (step === 0) return
      await expect.poll(async () => (await history(root)).at(-1)!.type).toBe("StageProgressed")
      seen = await viewOf(root, study, byLease)
    }
    await runToy(root, study, { keepGoing: true, jobs: 1 })
    const events = await history(root)
    const started = events.find((event) => event.type === "StageStarted" && event.instance === "grow")!
    const progressed = events.find((event) => event.type === "StageProgressed")!
    expect(byId(seen!).get("grow")).toMatchObject({
      state: "running",
      reason: expect.stringMatching(/^process \d+ on /),
      since: started.at,
      progress: { done: 1, total: 2, unit: "steps", figures: { loss: 4, "numbers/s": 100 }, at: progressed.at }
    })
    expect(seen!.seq).toBe(progressed.seq)
    const after = byId(await viewOf(root, study, nobody))
    expect(after.get("scale/bad")).toMatchObject({ state: "failed", reason: expect.stringContaining("thirteen") })
    expect(after.get("grow")).toMatchObject({ state: "fresh" })
    expect(after.get("grow")!.progress).toBeUndefined()
  })

  it("is the same after a run that changed nothing", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    const before = await viewOf(root, toy, nobody)
    await runToy(root, toy)
    expect((await history(root)).at(-1)!.seq).toBeGreaterThan(before.seq)
    expect(await viewOf(root, toy, nobody)).toEqual(before)
  })
})

describe("publishing", () => {
  const page = `<!doctype html><p>café $& a page</p>${emptySlot}<p>its end</p>`

  /** Puts files into a store as the output of a stage `pages`. */
  const published = async (root: string) => {
    const draft = join(root, "draft.parquet")
    mkdirSync(root, { recursive: true })
    const files = {
      path: ["index.html", "tables/one.csv"],
      content: [Buffer.from(page), Buffer.from(`a,b\n${emptySlot},2\n`)]
    }
    await TableFile.write(draft, Files, files)
    const output = {
      table: "files",
      digest: TableFile.digest(Files, files),
      bytes: Digest.ofFile(draft),
      rows: 2,
      size: statSync(draft).size
    }
    const instance = { id: "pages", stage: { name: "pages", outputs: { files: Files } } } as unknown as Instance
    const result = { outputs: { files: output } } as unknown as Success
    await Effect.runPromise(
      Effect.flatMap(Store, (store) => store.commit(draft, output)).pipe(Effect.scoped, Effect.provide(layer(root)))
    )
    return (view: RunView) =>
      Effect.runPromise(publish("toy", instance, result, view).pipe(Effect.scoped, Effect.provide(layer(root))))
  }
  const view = (seq: number): RunView => ({
    study: "toy",
    file: "</script><script>alert(1)</script>",
    seq,
    instances: []
  })

  it("fills the slot of a page, and changes no other file nor anything else of the page", async () => {
    const root = temporaryStore()
    const folder = await (await published(root))(view(1))
    const text = readFileSync(join(folder, "index.html"), "utf8")
    const [head, rest] = page.split(emptySlot)
    expect(text.startsWith(head!) && text.endsWith(rest!)).toBe(true)
    expect(text.slice(head!.length).startsWith(filledSlot(view(1)))).toBe(true)
    // The slot and the script that shows it: nothing in the data begins an element.
    expect(text.match(/<script/g)).toHaveLength(2)
    expect(JSON.parse(/id="run">(.*?)<\/script>/.exec(text)![1]!)).toEqual(view(1))
    expect(readFileSync(join(folder, "tables/one.csv"), "utf8")).toContain(emptySlot)
  })

  it("writes again when what is known of the runs has changed, or a file is gone, and else not", async () => {
    const root = temporaryStore()
    const write = await published(root)
    const folder = await write(view(1))
    const inode = () => statSync(folder).ino
    const first = inode()
    await write(view(1))
    expect(inode()).toBe(first)
    // As long as the one before.
    await write(view(2))
    expect(inode()).not.toBe(first)
    expect(readFileSync(join(folder, "index.html"), "utf8")).toContain("\"seq\":2")
    rmSync(join(folder, "tables/one.csv"))
    await write(view(2))
    expect(existsSync(join(folder, "tables/one.csv"))).toBe(true)
  })
})
