/** Makes the result of one instance under its lease, or takes what another process made meanwhile. */
import { Cause, Clock, Effect, Exit, Queue, Schema } from "effect"
import * as os from "node:os"
import * as nodePath from "node:path"
import type { Job } from "../schemas/event.ts"
import type { KeyRecord } from "../schemas/key.ts"
import type { Facts, Upstream, Verdict } from "./decide.ts"
import { differing, resultDiffered } from "./differing.ts"
import { Disk } from "./disk.ts"
import { type Attendant, Executor, nobody, type Saving, type Task } from "./executor/executor.ts"
import type { Instance } from "./graph.ts"
import type { Saved as SavedEvent, Success } from "./journal/fold.ts"
import { Journal } from "./journal/journal.ts"
import * as Key from "./key.ts"
import { InputsChanged, type Notice } from "./notice.ts"
import type { Progress } from "./stage.ts"
import * as Lease from "./store/lease.ts"
import * as Saved from "./store/saved.ts"
import { Store } from "./store/store.ts"
import { taskOf } from "./task.ts"

/** What all attempts of a run have in common. */
export interface Setting {
  /** Id of the run. */
  readonly run: string
  /** Name of the study. */
  readonly study: string
  readonly facts: Facts
  /** Name of the tensor engine, as stages are told it. */
  readonly engine: string
  /** Seconds between two savings of a stage's state; nothing is saved where it is absent. */
  readonly saveEvery?: number
  /** The job of a cluster that this process is. */
  readonly job?: Job
  /** Folder of drafts below scratch/, where that is not the run's. */
  readonly scratch?: string
  /** Aborts when the run is to end: nothing new begins, stages that save do so, all others are ended. */
  readonly stop?: AbortSignal
  readonly observe: (notice: Notice) => void
}

/** The result of an instance, and whether it was made by somebody else. */
export interface Made {
  readonly result: Success
  readonly reused: boolean
}

/** The lease was taken over while the stage ran: another process makes the result. */
class Fenced extends Schema.TaggedError<Fenced>()("Fenced", { instance: Schema.String }) {
  override get message() {
    return `${this.instance}: another process has taken it over`
  }
}

/** Milliseconds between progress events of one stage in the journal. */
const progressInterval = 5000

/** What every event of an attempt says. */
interface About {
  readonly run: string
  readonly instance: string
  readonly key: string
  readonly fence: number
  readonly job?: Job
}

/** Gives what makes an instance whose inputs `upstream` knows. */
export const attempts = Effect.fn("attempts")(function*(setting: Setting, upstream: Upstream) {
  const { facts, observe, stop = nobody.stop } = setting
  const journal = yield* Journal
  const store = yield* Store
  const executor = yield* Executor
  const runPromise = Effect.runPromiseWith(yield* Effect.context<Disk>())

  /** External files of an instance that are not what its key says, or have been written meanwhile. */
  const changedFiles = (instance: Instance, record: KeyRecord) =>
    Object.entries(instance.files).flatMap(([group, files]) =>
      files.filter(({ name, path }) =>
        facts.external.touched(path) || facts.external.digest(path) !== record[Key.fileLeaf(group, name)]
      ).map(({ path }) => path)
    )

  /** Puts drafts where somebody can look at them, and nothing takes them for results. */
  const quarantine = Effect.fn("quarantine")(function*(about: About, files: ReadonlyArray<string>, task: Task) {
    const disk = yield* Disk
    const folder = nodePath.join(store.root, "quarantine", about.run, about.key)
    for (const draft of Object.values(task.drafts)) {
      yield* disk.rename(draft, nodePath.join(folder, nodePath.basename(draft)))
    }
    yield* journal.append({ type: "StageQuarantined", ...about, files: [...files], folder })
    return yield* new InputsChanged({ instance: about.instance, files: [...files], folder })
  })

  /** Notes where a key that was made before comes out different. */
  const compareWith = Effect.fn("compareWith")(function*(earlier: Success, result: Success, instance: Instance) {
    const made = ({ outputs }: Success) => ({ outputs, path: (name: string) => store.path(outputs[name]!.bytes) })
    const host = ({ job, run }: Success) => job?.node ?? facts.state.runs.get(run)?.host ?? os.hostname()
    const sameMachine = host(earlier) === host(result)
    const different = yield* differing(instance.stage, made(earlier), made(result), sameMachine)
    if (different.length === 0) return
    const promised = different.every(({ promised }) => promised)
    yield* journal.append(resultDiffered(setting.study, instance, result.key, different))
    observe({ type: "differed", instance, outputs: different.map(({ output }) => output), promised })
  })

  /** Waits until nobody else makes a key, then makes it, or takes what another process made meanwhile. */
  const execute = Effect.fn("execute")(function*(instance: Instance, verdict: Verdict, threads: number) {
    if (verdict.status !== "stale" && verdict.status !== "missing") return yield* Effect.die("nothing to run")
    let told = false
    while (true) {
      if (stop.aborted) return yield* Effect.interrupt
      const made = yield* attempt(instance, verdict, threads).pipe(
        Effect.catchIf((error) => error instanceof Fenced, () => Effect.succeed(undefined))
      )
      if (made !== undefined) return made
      const holder = yield* Lease.holder(store.root, verdict.key)
      if (holder !== undefined && !told) {
        observe({ type: "waits", instance, holder })
        told = true
      }
      yield* Effect.sleep("500 millis")
    }
  })

  /** Runs one instance under its lease; undefined where another process has the lease. */
  const attempt = Effect.fn("attempt")(function*(
    instance: Instance,
    verdict: Extract<Verdict, { readonly status: "stale" | "missing" }>,
    threads: number
  ) {
    const { key, record } = verdict
    const past = yield* journal.result(key)
    const lease = yield* Lease.acquire(store.root, key, instance.id, past?.fence)
    if (lease === undefined) return undefined
    // Another process may have made it since the journal was read.
    const earlier = yield* journal.result(key, true)
    if (earlier !== undefined && !facts.forced?.has(instance.id) && Object.values(earlier.outputs).every(facts.holds)) {
      return { result: earlier, reused: true }
    }
    const last = yield* journal.saved(key)
    const saved = last === undefined || (earlier !== undefined && earlier.seq > last.seq)
      ? undefined
      : Saved.find(store.root, last)
    const from = saved === undefined ? undefined : last
    const about: About = {
      run: setting.run,
      instance: instance.id,
      key,
      fence: lease.fence,
      ...(setting.job === undefined ? {} : { job: setting.job })
    }
    const scratch = `${setting.scratch ?? setting.run}/${key}`
    const begun = yield* Clock.currentTimeMillis
    const elapsed = Effect.map(Clock.currentTimeMillis, (now) => (now - begun) / 1000 + (from?.seconds ?? 0))
    yield* journal.append({
      type: "StageStarted",
      ...about,
      ...(from === undefined ? {} : { from: { seq: from.seq, writer: from.writer } })
    })
    // Told once it is recorded: who hears of it finds it in the journal.
    observe({ type: "started", instance, from })
    const folder = yield* store.scratch(scratch)
    const task = taskOf(instance, upstream, {
      path: store.path,
      folder,
      saved,
      ...(setting.saveEvery === undefined ? {} : { saveEvery: setting.saveEvery }),
      threads,
      engine: setting.engine,
      acceptances: verdict.told
    })
    const progressed = yield* Queue.unbounded<Progress>()
    yield* Effect.forkScoped(Effect.forever(Effect.gen(function*() {
      const { done, figures = {}, total, unit } = (yield* Queue.takeAll(progressed)).at(-1)!
      yield* Effect.ignore(journal.append({ type: "StageProgressed", ...about, done, total, unit, figures }))
      yield* Effect.sleep(progressInterval)
    })))
    const save = Effect.fn("save")(function*({ drafts, reached }: Saving) {
      if (!(yield* lease.isOurs)) return yield* new Fenced({ instance: instance.id })
      const changed = changedFiles(instance, record)
      if (changed.length > 0) return yield* new InputsChanged({ instance: instance.id, files: changed, folder })
      const tables = yield* Saved.keep(store.root, key, drafts)
      const { done, total, unit } = reached
      const seconds = yield* elapsed
      const event = yield* journal.append({ type: "StageSaved", ...about, tables, done, total, unit, seconds })
      observe({ type: "saved", instance, reached })
      // What a successor saved meanwhile is not ours to remove.
      if (yield* lease.isOurs) yield* Effect.ignore(Saved.dropBefore(store.root, event as SavedEvent))
    })
    const attendant: Attendant = {
      progress: (progress) => {
        observe({ type: "progressed", instance, progress })
        Queue.offerUnsafe(progressed, progress)
      },
      save: (saving) => runPromise(save(saving)),
      remark: (text) => observe({ type: "remarked", instance, text }),
      stop
    }
    const work = Effect.gen(function*() {
      const fenced = new Fenced({ instance: instance.id })
      const outcome = yield* Effect.raceFirst(
        executor.run(task, attendant),
        Effect.andThen(lease.lost, Effect.fail(fenced))
      )
      const changed = changedFiles(instance, record)
      if (changed.length > 0) return yield* quarantine(about, changed, task)
      for (const [name, output] of Object.entries(outcome.outputs)) yield* store.commit(task.drafts[name]!, output)
      if (!(yield* lease.isOurs)) return yield* fenced
      const event = yield* journal.append({
        type: "StageSucceeded",
        ...about,
        stage: instance.stage.name,
        record,
        outputs: outcome.outputs,
        seconds: yield* elapsed,
        threads,
        memory: outcome.memory,
        flops: instance.flops
      })
      // Taken over at the last moment: the result of the higher fence counts, for this run too.
      const stands = (yield* lease.isOurs) ? undefined : yield* journal.result(key, true)
      if (stands !== undefined && stands.fence !== lease.fence) return { result: stands, reused: true }
      lease.settle()
      yield* Effect.ignore(Saved.drop(store.root, key))
      if (earlier !== undefined) yield* compareWith(earlier, event as Success, instance)
      return { result: event as Success, reused: false }
    })
    return yield* work.pipe(
      Effect.onExit((exit) =>
        Effect.gen(function*() {
          yield* Effect.ignore(store.discard(scratch))
          if (Exit.isSuccess(exit)) return
          const seconds = yield* elapsed
          const error = Cause.findErrorOption(exit.cause)
          if (error._tag === "None") {
            observe({ type: "stopped", instance })
            yield* Effect.ignore(journal.append({ type: "StageInterrupted", ...about, seconds }))
          } else if (error.value instanceof Fenced) {
            observe({ type: "fenced", instance })
            yield* Effect.ignore(journal.append({ type: "StageFenced", ...about, seconds }))
          } else {
            const detail = "detail" in error.value ? error.value.detail : ""
            yield* Effect.ignore(journal.append({
              type: "StageFailed",
              ...about,
              error: detail.includes(error.value.message) ? detail : `${error.value.message}\n${detail}`.trimEnd(),
              seconds
            }))
          }
        })
      )
    )
  }, Effect.scoped)

  return execute
})
