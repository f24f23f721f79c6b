import { Clock, Effect, Layer } from "effect"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import { ofBytes } from "../../pipeline/digest.ts"
import { Disk, DiskFailed } from "../../pipeline/disk.ts"
import { Executor, nobody, type Outcome, StageBroke, type Task } from "../../pipeline/executor/executor.ts"
import * as Staging from "../../pipeline/executor/staging.ts"
import * as Patience from "../../pipeline/patience.ts"
import { batches } from "../../pipeline/slurm/batches.ts"
import { merged, resourcesOf, unmatched } from "../../pipeline/slurm/resources.ts"
import { memoryOf, quoted, timeOf } from "../../pipeline/slurm/script.ts"
import * as Words from "../../pipeline/slurm/words.ts"
import { Slurm } from "../../schemas/slurm.ts"
import { fastClock } from "../fixtures/fast-clock.ts"
import { graphOf, temporaryStore, toy } from "../fixtures/toy.ts"

const graph = graphOf({ ...toy, arms: { a: 2, b: 3, c: 4, d: 5, e: 6 }, grow: 2 })
const instance = (id: string) => graph.byId.get(id)!

describe("resources of a job", () => {
  it("are those of the stage, the instance or the glob that fits last, over those of all", () => {
    const slurm = Slurm.parse({
      partition: "cpu",
      cpus: 2,
      jobs: 7,
      stages: { scale: { cpus: 4 }, "scale/a": { memory: "8G" }, "scal?/b": { cpus: 9 } }
    })
    expect(resourcesOf(slurm, instance("make"))).toEqual({ partition: "cpu", cpus: 2 })
    expect(resourcesOf(slurm, instance("scale/a"))).toEqual({ partition: "cpu", cpus: 4, memory: "8G" })
    expect(resourcesOf(slurm, instance("scale/b"))).toEqual({ partition: "cpu", cpus: 9 })
    expect(unmatched(slurm, graph.instances)).toEqual([])
    expect(unmatched({ stages: { pretrian: {} } }, graph.instances)).toEqual(["pretrian"])
  })

  it("are the profile's before the study's, setting by setting", () => {
    const study = { cpus: 2, time: "1h", stages: { scale: { cpus: 4, memory: "1G" } } }
    const profile = { cpus: 8, stages: { scale: { memory: "2G" } } }
    expect(merged(study, profile)).toEqual({ cpus: 8, time: "1h", stages: { scale: { cpus: 4, memory: "2G" } } })
    expect(merged(undefined, undefined)).toEqual({})
  })

  it("are refused where Slurm would not know what is meant", () => {
    for (const wrong of [{ time: "soon" }, { memory: "much" }, { cpus: 0 }, { partitoin: "x" }, { interval: 0.1 }]) {
      expect(Slurm.safeParse(wrong).success, JSON.stringify(wrong)).toBe(false)
    }
  })

  it("are written as Slurm reads them", () => {
    expect(["90m", "4h", "2d", "1.5h", "30s", "04:00:00", 90].map(timeOf)).toEqual([
      "0-01:30:00",
      "0-04:00:00",
      "2-00:00:00",
      "0-01:30:00",
      "0-00:00:30",
      "04:00:00",
      "90"
    ])
    expect(["16G", "16 GB", "512M", "1.5G", "2GiB", "4000"].map(memoryOf)).toEqual([
      "16G",
      "16G",
      "512M",
      "1536M",
      "2G",
      "4000M"
    ])
    expect(quoted("it's")).toBe(`'it'\\''s'`)
  })
})

describe("batches", () => {
  const all = graph.instances.filter(({ stage }) => stage.name !== "sum").map((instance) => ({ instance }))
  const shape = (slurm: Slurm, seconds: number | undefined) =>
    batches(all, slurm, () => seconds).map(({ resources: { cpus }, saves, tasks }) => ({
      ...(cpus === undefined ? {} : { cpus }),
      saves,
      tasks: tasks.map((task) => task.map(({ instance }) => instance.id).join())
    }))

  it("are a job by itself for what saves, an array of each stage's others where nothing is known of their time", () => {
    expect(shape({}, undefined)).toEqual([
      { saves: true, tasks: ["grow"] },
      { saves: false, tasks: ["make"] },
      { saves: false, tasks: ["scale/a", "scale/b", "scale/c", "scale/d", "scale/e"] }
    ])
  })

  it("put instances together that are predicted to take five minutes, or as many as is said, and cut arrays", () => {
    expect(shape({}, 100)[2]!.tasks).toEqual(["scale/a,scale/b,scale/c", "scale/d,scale/e"])
    expect(shape({ together: 2, array: 2 }, undefined).slice(2)).toEqual([
      { saves: false, tasks: ["scale/a,scale/b", "scale/c,scale/d"] },
      { saves: false, tasks: ["scale/e"] }
    ])
  })

  it("keep apart what asks for other resources", () => {
    expect(shape({ stages: { "scale/b": { cpus: 2 } } }, undefined).slice(2)).toEqual([
      { saves: false, tasks: ["scale/a", "scale/c", "scale/d", "scale/e"] },
      { cpus: 2, saves: false, tasks: ["scale/b"] }
    ])
  })
})

describe("the queue", () => {
  it("shows a job's end by its state, and a failed launch by what it is held for", () => {
    expect(Words.endOf({ state: "RUNNING", reason: "None" })).toBeUndefined()
    expect(Words.endOf({ state: "PENDING", reason: "Resources" })).toBeUndefined()
    expect(Words.endOf({ state: "TIMEOUT", reason: "TimeLimit" })).toBe("TIMEOUT")
    expect(Words.endOf({ state: "PENDING", reason: "launch failed requeued held" })).toBe("LAUNCH_FAILED")
    expect(Words.words("OUT_OF_MEMORY", "12_3", "n4")).toBe("job 12_3 on n4: it ran out of memory")
  })
})

const taskIn = (folder: string): Task => {
  mkdirSync(join(folder, "drafts"), { recursive: true })
  writeFileSync(join(folder, "input"), "given")
  const input = join(folder, "input")
  return {
    instance: "stage/one",
    stage: "stage",
    config: {},
    inputs: { one: input, many: [{ labels: {}, value: input }] },
    logical: {},
    digests: { [input]: ofBytes(Buffer.from("given")) },
    files: {},
    drafts: { out: join(folder, "drafts", "out.parquet") },
    saved: undefined,
    saving: { folder: join(folder, "drafts"), every: 0 },
    threads: 1,
    acceptances: [],
    engine: "none"
  }
}

describe("a disk of the node's own", () => {
  /** An executor that copies its input to its output, and tells another digest where it is to look damaged. */
  const copying = (seen: Array<Task>, damaged = false) =>
    Layer.succeed(
      Executor,
      Executor.of({
        run: (task, { save }) =>
          Effect.promise(async (): Promise<Outcome> => {
            seen.push(task)
            const content = readFileSync(task.inputs["one"] as string)
            const bytes = ofBytes(content)
            writeFileSync(task.drafts["out"]!, content)
            const path = join(task.saving!.folder, "saved-1-state.parquet")
            writeFileSync(path, content)
            await save({
              drafts: { state: { table: "t", bytes, size: content.length, path } },
              reached: { done: 1, total: 2, unit: "steps" }
            })
            const told = damaged ? ofBytes(Buffer.from("else")) : bytes
            return {
              outputs: { out: { table: "t", digest: bytes, bytes: told, size: content.length, rows: 1 } },
              memory: 1
            }
          })
      })
    )
  const run = (task: Task, inner: Layer.Layer<Executor>, node: string, saved: Array<string>) =>
    Effect.flatMap(Executor, (executor) =>
      executor.run(task, {
        ...nobody,
        save: async ({ drafts }) => void saved.push(drafts["state"]!.path)
      })).pipe(Effect.provide(Layer.provide(Staging.layer(node), inner)), Effect.scoped)

  it("is all that the stage sees; what it makes and saves is copied out, checked, and nothing is left", async () => {
    const folder = temporaryStore()
    const node = join(folder, "node")
    const seen: Array<Task> = []
    const saved: Array<string> = []
    const task = taskIn(folder)
    await Effect.runPromise(run(task, copying(seen), node, saved))
    const paths = [...Object.keys(seen[0]!.digests), seen[0]!.drafts["out"]!, seen[0]!.saving!.folder]
    for (const path of paths) expect(path.startsWith(node)).toBe(true)
    expect(readFileSync(task.drafts["out"]!, "utf8")).toBe("given")
    expect(saved.map(dirname)).toEqual([join(folder, "drafts")])
    expect(readFileSync(saved[0]!, "utf8")).toBe("given")
    expect(readdirSync(node)).toEqual([])
  })

  it("fails the stage where a copy is not what was written, or its variable is not set", async () => {
    const folder = temporaryStore()
    const node = join(folder, "node")
    const told = await Effect.runPromise(Effect.flip(run(taskIn(folder), copying([], true), node, [])))
    expect(told.message).toMatch(/is not what was written/)
    expect(readdirSync(node)).toEqual([])
    const unset = await Effect.runPromise(Effect.flip(run(taskIn(folder), copying([]), "$NO_SUCH_FOLDER/x", [])))
    expect(unset.message).toMatch(/NO_SUCH_FOLDER is not set on this node/)
    expect(Staging.expanded("$A/${B}", { A: "/a", B: "b" })).toBe("/a/b")
  })
})

describe("patience with a file system", () => {
  const waits: Array<string> = []
  const patience = { for: 60_000, onWait: ({ code }: DiskFailed) => void waits.push(code) }

  it("does again what failed for a while, tells it once, and what will not go at once", async () => {
    let left = 3
    const flaky = Layer.effect(
      Disk,
      Effect.map(Disk, (disk) =>
        Disk.of({
          ...disk,
          write: (path, content) =>
            Effect.suspend(() =>
              left-- > 0
                ? Effect.fail(new DiskFailed({ operation: "write", path, code: "EROFS" }))
                : disk.write(path, content)
            ),
          remove: (path) => Effect.fail(new DiskFailed({ operation: "remove", path, code: "ENOTDIR" }))
        }))
    ).pipe(Layer.provide(Disk.layer))
    const path = join(temporaryStore(), "file")
    const use = <A, E>(effect: Effect.Effect<A, E, Disk>) =>
      effect.pipe(
        Effect.provide(Layer.provide(Patience.disk(patience), flaky)),
        Effect.provideService(Clock.Clock, fastClock(1000)),
        Effect.runPromise
      )
    await use(Effect.flatMap(Disk, (disk) => disk.write(path, "x")))
    expect(readFileSync(path, "utf8")).toBe("x")
    expect(waits).toEqual(["EROFS"])
    const failed = await use(Effect.flip(Effect.flatMap(Disk, (disk) => disk.remove(path))))
    expect(failed.code).toBe("ENOTDIR")
    left = Infinity
    expect((await use(Effect.flip(Effect.flatMap(Disk, (disk) => disk.write(path, "y"))))).code).toBe("EROFS")
  })

  it("runs a stage again that broke since its folder could not be written, and no other", async () => {
    const folder = temporaryStore()
    const task = taskIn(folder)
    const run = (reasons: Array<string>, onRun = () => {}) => {
      let runs = 0
      const inner = Layer.succeed(
        Executor,
        Executor.of({
          run: ({ instance }) =>
            Effect.suspend(() => {
              runs += 1
              onRun()
              const reason = reasons.shift()
              return reason === undefined
                ? Effect.succeed({ outputs: {}, memory: 1 })
                : Effect.fail(new StageBroke({ instance, reason, detail: "" }))
            })
        })
      )
      return Effect.flatMap(Executor, (executor) => Effect.result(executor.run(task, nobody))).pipe(
        Effect.map(({ _tag }) => ({ outcome: _tag, runs })),
        Effect.provide(Layer.provide(Patience.executor(patience), Layer.merge(inner, Disk.layer))),
        Effect.provideService(Clock.Clock, fastClock(1000)),
        Effect.runPromise
      )
    }
    expect(await run(["it threw"])).toEqual({ outcome: "Failure", runs: 1 })
    expect(await run(["EPERM: operation not permitted, open 'x'"])).toEqual({ outcome: "Success", runs: 2 })
    expect(await run(Array<string>(9).fill("EACCES: permission denied, open 'x'"))).toEqual({
      outcome: "Failure",
      runs: 4
    })
    rmSync(join(folder, "drafts"), { recursive: true })
  })
})
