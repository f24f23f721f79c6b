import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { lackingAmong } from "../../pipeline/expectation.ts"
import * as TableFile from "../../pipeline/table-file.ts"
import { graphOf, history, hooks, Notes, Numbers, runToy, temporaryStore, toy } from "../fixtures/toy.ts"

const objects = (root: string) =>
  readdirSync(join(root, "objects"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".parquet"))
    .map((name) => join(root, "objects", name))

afterEach(() => {
  hooks.make = undefined
  hooks.scale = undefined
})

describe("run", () => {
  it("makes everything once, and nothing the second time", async () => {
    const root = temporaryStore()
    const first = await runToy(root, toy)
    expect(first.called.toSorted()).toEqual(["make", "scale 2", "scale 3", "sum"])
    expect(first.failed).toEqual([])
    const second = await runToy(root, toy)
    expect(second.called).toEqual([])
    expect(second.reused).toHaveLength(4)
  })

  it("gives the sum of each arm", async () => {
    const root = temporaryStore()
    const { results } = await runToy(root, toy)
    const { bytes } = results.get("sum")!.outputs.notes!
    const path = join(root, "objects", bytes.slice(0, 2), `${bytes.slice(2)}.parquet`)
    expect((await TableFile.read(path, Notes)).note).toEqual(["two: 20", "three: 30"])
  })

  it("reruns what follows from a changed setting, and nothing when it is changed back", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    const changed = await runToy(root, { ...toy, arms: { two: 2, three: 5 } })
    expect(changed.called).toEqual(["scale 5", "sum"])
    const back = await runToy(root, toy)
    expect(back.called).toEqual([])
  })

  it("stops where an output comes out equal", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    // 3.001 rounds to the same whole numbers.
    const cut = await runToy(root, { ...toy, arms: { two: 2, three: 3.001 } })
    expect(cut.called).toEqual(["scale 3.001"])
  })

  it("reruns a stage whose code changed, and spares the rest", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    const { called } = await runToy(root, toy, { changed: { sum: "new code of sum" } })
    expect(called).toEqual(["sum"])
  })

  it("runs one of two instances that have the same key", async () => {
    const { called, reused } = await runToy(temporaryStore(), { ...toy, arms: { one: 7, other: 7 } })
    expect(called).toEqual(["make", "scale 7", "sum"])
    expect(reused).toEqual(["scale/other"])
  })

  it("keeps what was made when a stage fails, and goes on from there", async () => {
    const root = temporaryStore()
    const broken = await runToy(root, { ...toy, arms: { two: 2, bad: 13 } }, { keepGoing: true })
    expect(broken.failed).toEqual(["scale/bad"])
    expect(broken.skipped).toEqual(["sum"])
    const mended = await runToy(root, { ...toy, arms: { two: 2, bad: 14 } })
    expect(mended.called).toEqual(["scale 14", "sum"])
  })

  it("does not start what comes after a failure unless told to", async () => {
    const { called, failed } = await runToy(temporaryStore(), { ...toy, arms: { bad: 13, two: 2 } }, { jobs: 1 })
    expect(failed).toEqual(["scale/bad"])
    expect(called).toEqual(["make", "scale 13"])
  })

  it("goes no further from a result that is too little for the rest, made now or before, and says what to do", async () => {
    const root = temporaryStore()
    for (const called of [["make"], []]) {
      const run = await runToy(root, { ...toy, least: 5 })
      expect(run.called).toEqual(called)
      expect(run.failed).toEqual(["make"])
      expect(run.skipped).toEqual(["scale/two", "scale/three", "sum"])
      expect(run.errors).toEqual(["make: 4 numbers are too few: raise size"])
      expect(lackingAmong(graphOf({ ...toy, least: 5 }).instances, run.plan).map(({ message }) => message)).toEqual(
        called.length > 0 ? [] : run.errors
      )
    }
    expect((await runToy(root, { ...toy, least: 4 })).failed).toEqual([])
  })

  it("begins at once only what memory is expected to hold", async () => {
    let [now, most] = [0, 0]
    hooks.scale = async () => {
      most = Math.max(most, ++now)
      await new Promise((resolve) => setTimeout(resolve, 20))
      now -= 1
    }
    const arms = { two: 2, three: 3, four: 4 }
    await runToy(temporaryStore(), { ...toy, arms, memory: 4e9 }, { jobs: 3, memory: 9e9 })
    expect(most).toBe(2)
    await runToy(temporaryStore(), { ...toy, arms, memory: 4e9 }, { jobs: 3 })
    expect(most).toBe(3)
  })

  it("does not begin what memory is too small for, and names the remedy", async () => {
    const { called, errors, failed } = await runToy(temporaryStore(), { ...toy, memory: 4e9 }, { memory: 3e9 })
    expect([called, failed]).toEqual([["make"], ["scale/two"]])
    expect(errors).toEqual([
      "scale/two: expected to take about 4.0 GB of memory, and 3.0 GB are free: end other programs, or to need less, leave " +
      "arms out. --memory GB says how much it may take"
    ])
  })

  it("tells what a body ran out of memory for, and keeps what was made before", async () => {
    const root = temporaryStore()
    await runToy(root, { ...toy, size: 3 })
    for (const exhaust of [() => new Float64Array(2 ** 50), () => new Uint8Array(2 ** 46)]) {
      hooks.make = async () => void exhaust()
      const { errors } = await runToy(root, toy)
      expect(errors).toEqual([
        expect.stringMatching(/^make: memory ran out \(.*\): end other .*; or, to need less, lower size\. .* is kept$/)
      ])
    }
    hooks.make = undefined
    expect((await runToy(root, { ...toy, size: 3 })).called).toEqual([])
  })

  it("makes an object again that is gone from the store", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    for (const path of objects(root)) {
      chmodSync(path, 0o644)
      rmSync(path)
    }
    const again = await runToy(root, toy)
    expect(again.called.toSorted()).toEqual(["make", "scale 2", "scale 3", "sum"])
  })

  it("does not compute from an object whose bytes were changed, and says what to do", async () => {
    const root = temporaryStore()
    const { results } = await runToy(root, toy)
    const { bytes } = results.get("make")!.outputs.numbers!
    const path = join(root, "objects", bytes.slice(0, 2), `${bytes.slice(2)}.parquet`)
    const content = readFileSync(path)
    content[20]! ^= 1
    chmodSync(path, 0o644)
    writeFileSync(path, content)
    const changed = { ...toy, arms: { two: 2, three: 4 } }
    const broken = await runToy(root, changed)
    expect(broken.failed).toEqual(["scale/three"])
    expect(broken.errors.join()).toMatch(
      /does not hold the bytes it was committed with.*Delete that file and run again/
    )
    rmSync(path)
    expect((await runToy(root, changed)).called).toEqual(["make", "scale 4", "sum"])
  })

  it("reruns when the content of an external file changes, and blocks when it is gone", async () => {
    const root = temporaryStore()
    const file = join(root, "seed.txt")
    writeFileSync(file, "one")
    await runToy(root, { ...toy, file })
    expect((await runToy(root, { ...toy, file })).called).toEqual([])
    writeFileSync(file, "two!")
    // The numbers do not depend on the file: the change stops at once.
    expect((await runToy(root, { ...toy, file })).called).toEqual(["make"])
    rmSync(file)
    const blocked = await runToy(root, { ...toy, file })
    expect(blocked.failed).toEqual(["make"])
    expect(blocked.plan.get("sum")!.status).toBe("blocked")
  })

  it.each([
    ["edited", (file: string) => writeFileSync(file, "edited meanwhile")],
    ["edited, and then made again what it was", (file: string) => {
      writeFileSync(file, "edited meanwhile")
      writeFileSync(file, "one")
    }],
    ["replaced by another of the same content", (file: string) => {
      writeFileSync(`${file}.new`, "one")
      renameSync(`${file}.new`, file)
    }],
    ["removed", (file: string) => rmSync(file)]
  ])(
    "puts what a stage made into quarantine where its external file was %s meanwhile, and says so",
    async (_, change) => {
      const root = temporaryStore()
      const file = join(root, "seed.txt")
      writeFileSync(file, "one")
      const old = new Date(Date.now() - 60_000)
      utimesSync(file, old, old)
      hooks.make = () => Promise.resolve(change(file))
      const { errors, failed, run } = await runToy(root, { ...toy, file })
      hooks.make = undefined
      expect(failed).toEqual(["make"])
      const events = (await history(root)).filter((event) => "run" in event && event.run === run)
      const quarantined = events.find((event) => event.type === "StageQuarantined")!
      expect(quarantined).toMatchObject({ instance: "make", files: [file], fence: 1 })
      expect(errors.join()).toContain(`seed.txt changed while the stage ran`)
      expect(errors.join()).toContain(quarantined.folder)
      const { value } = await TableFile.read(join(quarantined.folder, "numbers.parquet"), Numbers)
      expect([...value]).toEqual([1, 2, 3, 4])
      expect(events.filter(({ type }) => type === "StageSucceeded")).toEqual([])
      expect(existsSync(join(root, "objects")) ? objects(root) : []).toEqual([])
      writeFileSync(file, "one")
      expect((await runToy(root, { ...toy, file })).called).toContain("make")
    }
  )

  it("takes no offence at an external file whose mode alone was changed meanwhile", async () => {
    const root = temporaryStore()
    const file = join(root, "seed.txt")
    writeFileSync(file, "one")
    hooks.make = () => Promise.resolve(chmodSync(file, 0o600))
    expect((await runToy(root, { ...toy, file })).failed).toEqual([])
  })

  it("runs what the plan said would run, and nothing else", async () => {
    const root = temporaryStore()
    const studies = [
      toy,
      { ...toy, arms: { two: 2, three: 4 } },
      { ...toy, size: 5 },
      { ...toy, digits: 1 },
      toy,
      { ...toy, arms: { three: 3, two: 2 } },
      { ...toy, arms: { two: 2 } }
    ]
    for (const study of studies) {
      const { plan, ran, reused } = await runToy(root, study)
      const sure = [...plan].filter(([, { status }]) => status === "stale" || status === "missing").map(([id]) => id)
      const open = [...plan].filter(([, { status }]) => status === "waiting").map(([id]) => id)
      for (const id of sure) expect(ran).toContain(id)
      for (const id of ran) expect([...sure, ...open]).toContain(id)
      for (const [id, { status }] of plan) if (status === "fresh") expect(reused).toContain(id)
    }
  })
})
