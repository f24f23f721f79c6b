import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { Executor, nobody, type Outcome, type Task } from "../../pipeline/executor/executor.ts"
import * as Processes from "../../pipeline/executor/processes.ts"
import { temporaryStore } from "../fixtures/toy.ts"

/** A worker that does what a task's setting says. */
const script = join(temporaryStore(), "worker.mjs")
writeFileSync(
  script,
  `process.on("disconnect", () => process.exit(1))
process.on("message", ({ task: { config } }) => {
  if (config === "crash") { console.error("out of luck"); process.exit(7) }
  if (config === "killed") process.kill(process.pid, "SIGKILL")
  if (config === "hoards") {
    const all = []
    for (;;) all.push(new Array(10_000).fill(Math.random()))
  }
  if (config === "throws") return process.send({ type: "broke", reason: "it threw", detail: "stack" })
  if (config === "hangs") return
  process.send({ type: "progress", progress: { done: 1, total: 2, unit: "things" } })
  process.send({ type: "done", outcome: { outputs: {}, memory: process.pid } })
})
`
)

const task = (config: string): Task => ({
  instance: "stage/one",
  stage: "stage",
  config,
  inputs: {},
  logical: {},
  digests: {},
  files: {},
  drafts: {},
  saved: undefined,
  saving: undefined,
  threads: 1,
  acceptances: [],
  engine: "none",
  remedy: "make it smaller"
})

const within = <A>(use: (run: (config: string) => Effect.Effect<Outcome, Error>) => Effect.Effect<A, Error>) =>
  Effect.gen(function*() {
    const executor = yield* Executor
    return yield* use((config) => executor.run(task(config), nobody))
  }).pipe(Effect.provide(Processes.layer(script)), Effect.scoped, Effect.runPromise)

const reason = (run: Effect.Effect<Outcome, Error>) =>
  Effect.map(Effect.orDie(Effect.flip(run)), ({ message }) => message)

describe("a worker process", () => {
  it("is kept for the next task", async () => {
    const [one, two] = await within((run) => Effect.all([run("works"), run("works")]))
    expect(one!.memory).toBe(two!.memory)
  })

  it("that ends early, is killed or throws costs its own task, told in words, and the next task runs", async () => {
    const told = await within((run) =>
      Effect.all([reason(run("crash")), reason(run("killed")), reason(run("throws")), Effect.as(run("works"), "works")])
    )
    expect(told[0]).toBe("stage/one: its process ended early (exit code 7)")
    expect(told[1]).toMatch(
      /killed \(SIGKILL\).*machine was out of memory: end other programs or try --jobs 1; .* make it smaller\..* is kept$/
    )
    expect(told[2]).toBe("stage/one: it threw")
    expect(told[3]).toBe("works")
  })

  it("that runs out of memory says so, with the remedy", async () => {
    const options = process.env["NODE_OPTIONS"]
    process.env["NODE_OPTIONS"] = "--max-old-space-size=24"
    const told = await within((run) => reason(run("hoards"))).finally(() => {
      if (options === undefined) delete process.env["NODE_OPTIONS"]
      else process.env["NODE_OPTIONS"] = options
    })
    expect(told).toMatch(/^stage\/one: its process ended, JavaScript heap out of memory: .*make it smaller/)
  })

  it("that dies while it is idle is not missed", async () => {
    const ends = await within((run) =>
      Effect.gen(function*() {
        const { memory: pid } = yield* run("works")
        process.kill(pid, "SIGKILL")
        yield* Effect.sleep("50 millis")
        return [pid, (yield* run("works")).memory]
      })
    )
    expect(ends[0]).not.toBe(ends[1])
  })

  it("is killed when its task is interrupted, and when the executor ends", async () => {
    const pid = await within((run) =>
      Effect.gen(function*() {
        const { memory } = yield* run("works")
        const fiber = yield* Effect.forkChild(run("hangs"))
        yield* Effect.sleep("50 millis")
        fiber.interruptUnsafe()
        yield* Effect.sleep("100 millis")
        return memory
      })
    )
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(() => process.kill(pid, 0)).toThrow()
  })

  it("that cannot be started is told as such", async () => {
    const told = await Effect.gen(function*() {
      const executor = yield* Executor
      return yield* reason(executor.run(task("works"), nobody))
    }).pipe(Effect.provide(Processes.layer(join(script, "nowhere.mjs"))), Effect.scoped, Effect.runPromise)
    expect(told).toMatch(/its process (ended early|cannot be reached)/)
  })
})
