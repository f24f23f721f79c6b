/** Brings instances up to date: reuses what is in the store, runs the rest in parallel, commits each result. */
import { Cause, Clock, Effect, Exit, Queue, Schema } from "effect"
import * as os from "node:os"
import * as nodePath from "node:path"
import type { KeyRecord } from "../schemas/key.ts"
import { decide, type Facts, type Resting, restsOn, type Upstream, type Verdict } from "./decide.ts"
import { differing, resultDiffered } from "./differing.ts"
import { Disk, type DiskFailed } from "./disk.ts"
import { type Attendant, Executor, nobody, type Saving, type StageBroke, type Task } from "./executor/executor.ts"
import { lacking, type TooLittle } from "./expectation.ts"
import { type Instance, references } from "./graph.ts"
import type { Saved as SavedEvent, Success } from "./journal/fold.ts"
import { Journal } from "./journal/journal.ts"
import * as Key from "./key.ts"
import { memoryOf, type MemoryShort, shortOf } from "./memory.ts"
import type { Acceptance, Progress } from "./stage.ts"
import * as Lease from "./store/lease.ts"
import * as Saved from "./store/saved.ts"
import { Store } from "./store/store.ts"
import { taskOf } from "./task.ts"
import { byUrgency } from "./urgency.ts"

/** What a reader of a run sees as it happens. */
export type Notice =
  | { readonly type: "reused"; readonly instance: Instance }
  /** With how far an earlier attempt got, where it goes on from there. */
  | { readonly type: "started"; readonly instance: Instance; readonly from: Progress | undefined }
  | { readonly type: "waits"; readonly instance: Instance; readonly holder: Lease.Holder }
  | { readonly type: "progressed"; readonly instance: Instance; readonly progress: Progress }
  | { readonly type: "saved"; readonly instance: Instance; readonly reached: Progress }
  | { readonly type: "remarked"; readonly instance: Instance; readonly text: string }
  | { readonly type: "fenced"; readonly instance: Instance }
  | { readonly type: "stopped"; readonly instance: Instance }
  /** The result is another one than the same key had given before. */
  | {
    readonly type: "differed"
    readonly instance: Instance
    readonly outputs: ReadonlyArray<string>
    readonly promised: boolean
  }
  | { readonly type: "succeeded"; readonly instance: Instance; readonly seconds: number }
  | { readonly type: "failed"; readonly instance: Instance; readonly error: StageFailed; readonly seconds: number }

export class InputsMissing extends Schema.TaggedError<InputsMissing>()("InputsMissing", {
  instance: Schema.String,
  missing: Schema.Array(Schema.String)
}) {
  override get message() {
    return `${this.instance}: input files are missing: ${
      this.missing.join(", ")
    } (put them there, or change the paths in the study)`
  }
}

export class InputsChanged extends Schema.TaggedError<InputsChanged>()("InputsChanged", {
  instance: Schema.String,
  files: Schema.Array(Schema.String),
  /** Folder that its outputs were put into. */
  folder: Schema.String
}) {
  override get message() {
    return `${this.instance}: ${
      this.files.join(", ")
    } changed while the stage ran; its result counts as nothing and was put into ${this.folder}: run again`
  }
}

/** The lease was taken over while the stage ran: another process makes the result. */
class Fenced extends Schema.TaggedError<Fenced>()("Fenced", { instance: Schema.String }) {
  override get message() {
    return `${this.instance}: another process has taken it over`
  }
}

export type StageFailed = StageBroke | InputsMissing | InputsChanged | DiskFailed | TooLittle | MemoryShort

export interface Options {
  readonly run: string
  /** Name of the study. */
  readonly study: string
  /** In topological order, closed under what they take from. */
  readonly instances: ReadonlyArray<Instance>
  readonly facts: Facts
  /** Name of the tensor engine, as stages are told it. */
  readonly engine: string
  /** Stages at once. */
  readonly jobs: number
  /** Threads shared by the stages at once. */
  readonly threads: number
  /** Bytes of memory that the stages at once may be expected to take. */
  readonly memory: number
  /** Whether to go on with what does not depend on a failed instance. */
  readonly keepGoing: boolean
  /** Seconds between two savings of a stage's state; nothing is saved where it is absent. */
  readonly saveEvery?: number
  /** Aborts when the run is to end: nothing new begins, stages that save do so, all others are ended. */
  readonly stop?: AbortSignal
  readonly observe: (notice: Notice) => void
}

export interface Summary {
  readonly ran: ReadonlyArray<string>
  readonly reused: ReadonlyArray<string>
  readonly failed: ReadonlyArray<string>
  /** Instances that could not run because one before them failed. */
  readonly skipped: ReadonlyArray<string>
  readonly results: ReadonlyMap<string, Success>
}

/** Milliseconds between progress events of one stage in the journal. */
const progressInterval = 5000

/** What every event of an attempt says. */
interface About {
  readonly run: string
  readonly instance: string
  readonly key: string
  readonly fence: number
}

interface Finished {
  readonly instance: Instance
  readonly exit: Exit.Exit<{ readonly result: Success; readonly reused: boolean }, StageFailed>
}

/** Runs. Never fails for a stage's sake: what failed is in the summary. Interrupts itself when it had to stop before its end. */
export const run = Effect.fn("run")(function*(options: Options) {
  const { facts, instances, observe, stop = nobody.stop } = options
  const journal = yield* Journal
  const store = yield* Store
  const executor = yield* Executor
  const runPromise = Effect.runPromiseWith(yield* Effect.context<Disk>())

  const results = new Map<string, Success>()
  const byKey = new Map(facts.state.results)
  const current: Facts = { ...facts, state: { ...facts.state, results: byKey } }
  const upstream: Upstream = (id) => results.get(id)
  const rests = new Map<string, ReadonlyArray<Acceptance>>()
  const resting: Resting = (id) => rests.get(id) ?? []
  const ran: Array<string> = []
  const reused: Array<string> = []
  const failed: Array<string> = []
  const unmet = new Map(
    instances.map((instance) => [instance.id, new Set(references(instance).map((ref) => ref.instance))])
  )
  const takers = new Map<string, Array<Instance>>()
  for (const instance of instances) {
    for (const id of unmet.get(instance.id)!) {
      const all = takers.get(id)
      if (all === undefined) takers.set(id, [instance])
      else all.push(instance)
    }
  }
  const urgentFirst = byUrgency(instances)
  const finished = yield* Queue.unbounded<Finished>()
  const running = new Map<string, { readonly key: string; readonly begun: number; readonly memory: number }>()
  const ready: Array<{ readonly instance: Instance; readonly verdict: Verdict }> = []
  /** Instances whose key is being made by another instance of this run. */
  const sharing = new Map<string, Array<Instance>>()
  /** Results of forced instances: another forced one of the same key takes them. */
  const madeAgain = new Map<string, Success>()

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
    const host = ({ run }: Success) => facts.state.runs.get(run)?.host ?? os.hostname()
    const sameMachine = host(earlier) === host(result)
    const different = yield* differing(instance.stage, made(earlier), made(result), sameMachine)
    if (different.length === 0) return
    const promised = different.every(({ promised }) => promised)
    yield* journal.append(resultDiffered(options.study, instance, result.key, different))
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
    const earlier = yield* journal.result(key)
    if (earlier !== undefined && !facts.forced?.has(instance.id) && Object.values(earlier.outputs).every(facts.holds)) {
      return { result: earlier, reused: true }
    }
    const last = yield* journal.saved(key)
    const saved = last === undefined || (earlier !== undefined && earlier.seq > last.seq)
      ? undefined
      : Saved.find(store.root, last)
    const from = saved === undefined ? undefined : last
    const about: About = { run: options.run, instance: instance.id, key, fence: lease.fence }
    const begun = yield* Clock.currentTimeMillis
    const elapsed = Effect.map(Clock.currentTimeMillis, (now) => (now - begun) / 1000 + (from?.seconds ?? 0))
    observe({ type: "started", instance, from })
    yield* journal.append({
      type: "StageStarted",
      ...about,
      ...(from === undefined ? {} : { from: { seq: from.seq, writer: from.writer } })
    })
    const folder = yield* store.scratch(`${options.run}/${key}`)
    const task = taskOf(instance, upstream, {
      path: store.path,
      folder,
      saved,
      ...(options.saveEvery === undefined ? {} : { saveEvery: options.saveEvery }),
      threads,
      engine: options.engine,
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
      const stands = (yield* lease.isOurs) ? undefined : yield* journal.result(key)
      if (stands !== undefined && stands.fence !== lease.fence) return { result: stands, reused: true }
      lease.settle()
      yield* Effect.ignore(Saved.drop(store.root, key))
      if (earlier !== undefined) yield* compareWith(earlier, event as Success, instance)
      return { result: event as Success, reused: false }
    })
    return yield* work.pipe(
      Effect.onExit((exit) =>
        Effect.gen(function*() {
          yield* Effect.ignore(store.discard(`${options.run}/${key}`))
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

  const fail = (instance: Instance, error: StageFailed, seconds = 0) => {
    failed.push(instance.id)
    observe({ type: "failed", instance, error, seconds })
  }

  /** Lets others take what an instance gave, unless it is too little for them. */
  const release = (instance: Instance, result: Success) => {
    const error = lacking(instance, result)
    if (error !== undefined) return fail(instance, error)
    for (const taker of takers.get(instance.id) ?? []) {
      const left = unmet.get(taker.id)!
      left.delete(instance.id)
      if (left.size === 0) arrived.push(taker)
    }
  }

  const reuse = Effect.fn("reuse")(function*(instance: Instance, result: Success) {
    results.set(instance.id, result)
    reused.push(instance.id)
    observe({ type: "reused", instance })
    if (facts.state.standings.get(instance.id)?.at(-1)?.key !== result.key) {
      yield* journal.append({ type: "StageReused", run: options.run, instance: instance.id, key: result.key })
    }
    release(instance, result)
  })

  const goesOn = () => !stop.aborted && (failed.length === 0 || options.keepGoing)

  /** Instances whose inputs have just become known. */
  const arrived: Array<Instance> = instances.filter(({ id }) => unmet.get(id)!.size === 0)

  const settle = Effect.gen(function*() {
    for (let instance = arrived.shift(); instance !== undefined; instance = arrived.shift()) {
      const verdict = decide(instance, upstream, current, resting)
      if (facts.state.acceptances.size > 0) rests.set(instance.id, restsOn(instance, verdict, resting))
      if (verdict.status === "fresh") yield* reuse(instance, verdict.result)
      else if (verdict.status === "blocked") {
        fail(instance, new InputsMissing({ instance: instance.id, missing: [...verdict.missing] }))
      } else if (verdict.status === "stale" || verdict.status === "missing") {
        const maker = sharing.get(verdict.key)
        const made = madeAgain.get(verdict.key)
        if (made !== undefined) yield* reuse(instance, made)
        else if (maker !== undefined) maker.push(instance)
        else {
          sharing.set(verdict.key, [])
          ready.push({ instance, verdict })
        }
      }
    }
    ready.sort((a, b) => urgentFirst(a.instance, b.instance))
  })

  while (true) {
    yield* settle
    while (goesOn() && ready.length > 0 && running.size < options.jobs) {
      const taken = [...running.values()].reduce((sum, { memory }) => sum + memory, 0)
      const fitting = ready.findIndex(({ instance }) => memoryOf(instance) <= options.memory - taken)
      if (fitting < 0 && running.size > 0) break
      const { instance, verdict } = ready.splice(Math.max(0, fitting), 1)[0]!
      if (fitting < 0) {
        fail(instance, shortOf(instance, options.memory)!)
        continue
      }
      const alone = running.size === 0 && ready.length === 0
      const threads = alone ? options.threads : Math.max(1, Math.floor(options.threads / options.jobs))
      running.set(instance.id, {
        key: "key" in verdict ? verdict.key : "",
        begun: yield* Clock.currentTimeMillis,
        memory: memoryOf(instance)
      })
      yield* Effect.forkScoped(
        execute(instance, verdict, threads).pipe(
          Effect.exit,
          Effect.flatMap((exit) => Queue.offer(finished, { instance, exit }))
        )
      )
    }
    if (running.size === 0) break
    const { exit, instance } = yield* Queue.take(finished)
    const { begun, key } = running.get(instance.id)!
    running.delete(instance.id)
    if (Exit.isSuccess(exit)) {
      const { result } = exit.value
      byKey.set(key, result)
      if (facts.forced?.has(instance.id)) madeAgain.set(key, result)
      if (exit.value.reused) yield* reuse(instance, result)
      else {
        results.set(instance.id, result)
        ran.push(instance.id)
        observe({ type: "succeeded", instance, seconds: result.seconds })
        release(instance, result)
      }
      for (const sharer of sharing.get(key) ?? []) yield* reuse(sharer, result)
      sharing.delete(key)
    } else {
      const error = Cause.findErrorOption(exit.cause)
      if (error._tag === "None") {
        if (stop.aborted) continue
        return yield* Effect.failCause(exit.cause as Cause.Cause<never>)
      }
      fail(instance, error.value, ((yield* Clock.currentTimeMillis) - begun) / 1000)
    }
  }
  const skipped = instances.filter(({ id }) => !results.has(id) && !failed.includes(id)).map(({ id }) => id)
  if (stop.aborted && skipped.length > 0) return yield* Effect.interrupt
  return { ran, reused, failed, skipped, results } satisfies Summary
  // The scope is closed, and every stage told to stop has said so in the journal, before a run ends.
}, Effect.scoped)
