/**
 * The desk where instances are handed in to the scheduler and their results waited for. Jobs do the work by themselves: they take the
 * lease, run the stage, commit. So nothing is lost when whoever sits here dies, and the next one goes on from what the journal says
 * of jobs.
 *
 * What a job made is in the journal. The scheduler is asked, for all jobs at once and now and then, only what has become of those
 * that have left nothing there; an answer that is none says nothing. That a job is gone, and what follows from it, is decided one
 * desk at a time, by a lease of the store: two desks never hand in the same key.
 */
import { Clock, Deferred, Effect, Queue, Result } from "effect"
import { existsSync, readFileSync } from "node:fs"
import type { Event } from "../../schemas/event.ts"
import type { Slurm } from "../../schemas/slurm.ts"
import type { Made, Setting } from "../attempt.ts"
import type { Upstream, Verdict } from "../decide.ts"
import * as Digest from "../digest.ts"
import type { Disk, DiskFailed } from "../disk.ts"
import { StageBroke } from "../executor/executor.ts"
import type { Instance } from "../graph.ts"
import { counts, fold, type Handed, jobOf, noteJob, type Success } from "../journal/fold.ts"
import { Journal } from "../journal/journal.ts"
import type { StageFailed } from "../notice.ts"
import * as Lease from "../store/lease.ts"
import { Store } from "../store/store.ts"
import { batches } from "./batches.ts"
import { handIn, type Program } from "./handing.ts"
import { type Order, orderOf, outputOf } from "./order.ts"
import { defaults } from "./resources.ts"
import { type Listed, Scheduler } from "./scheduler.ts"
import * as Words from "./words.ts"

export interface Options extends Setting {
  readonly slurm: Slurm
  /** Identity of the tensor engine, as keys have it. */
  readonly identity: string
  readonly program: Program
  /** `seq` of the event by which the run began. */
  readonly began: number
  /** Seconds that an instance is predicted to take. */
  readonly predicted: (instance: Instance) => number | undefined
}

/** An instance whose result somebody waits for. */
interface Want {
  readonly instance: Instance
  readonly key: string
  readonly order: Order
  readonly done: Deferred.Deferred<Made, StageFailed | DiskFailed>
  /** Results of before this event do not count. */
  readonly after: number
  /** Jobs that ended without a result, and without the instance getting further. */
  ends: number
  /** Whether a job has begun on it. */
  started: boolean
}

/** Milliseconds between two looks at the journal, and how many times as long as a look takes. */
const look = { least: 1000, share: 10 }

/** Proper answers without a job, one after another, by which it is gone. */
const enough = 2

/** Lines of a job's output that are told with its failure. */
const tailLines = 20

/** The lease of whoever hands in jobs: not of a key, but like one. */
const turn = Digest.ofBytes(Buffer.from("pipeline: handing in jobs"))

const taskOf = ({ submission, task }: Handed) => `${submission} ${task}`

/** The end of what a job printed. */
const tailOf = (path: string): string => {
  if (!existsSync(path)) return ""
  const lines = readFileSync(path, "utf8").trimEnd().split("\n")
  return lines.slice(-tailLines).join("\n")
}

/** Opens a desk for the scope; gives what has an instance made by a job, or takes what another job made of the same key. */
export const open = Effect.fn("Desk.open")(function*(options: Options) {
  const { facts, observe, slurm, stop } = options
  const journal = yield* Journal
  const scheduler = yield* Scheduler
  const store = yield* Store
  const services = yield* Effect.context<Disk | Journal | Store | Scheduler>()
  const interval = (slurm.interval ?? defaults.interval) * 1000
  const retries = slurm.retries ?? defaults.retries

  const { events, next } = yield* journal.follow(true)
  const past = fold(events, options.study)
  const handed = new Map(past.jobs)
  const results = new Map(past.results)
  const saved = new Map(past.saved)
  const wants = new Map<string, Want>()
  /** How often a submission's task was missing in a proper answer of the scheduler, one after another. */
  const absent = new Map<string, number>()
  /** Where a job was last seen to run. */
  const nodes = new Map<string, string>()
  let answering = true
  /** Rings when something new is asked for. */
  const bell = yield* Queue.sliding<void>(1)

  const madeOf = ({ after, key }: Want): Success | undefined => {
    const result = results.get(key)
    return result !== undefined && result.seq > after && Object.values(result.outputs).every(facts.holds)
      ? result
      : undefined
  }
  const finish = (want: Want, result: Success) => {
    wants.delete(want.key)
    return Deferred.succeed(want.done, { result, reused: result.run !== options.run })
  }
  const failWith = (want: Want, reason: string, detail = "") => {
    wants.delete(want.key)
    return Deferred.fail(want.done, new StageBroke({ instance: want.instance.id, reason, detail }))
  }

  /** Takes in what the journal tells. */
  const hear = Effect.fn("Desk.hear")(function*(event: Event) {
    const before = "key" in event ? handed.get(event.key) : undefined
    noteJob(handed, event)
    if (event.type === "JobSubmitted") {
      for (const want of wants.values()) {
        const job = handed.get(want.key)
        if (job?.submission === event.submission) {
          observe({ type: "queued", instance: want.instance, job: jobOf(job) ?? event.job, again: false })
        }
      }
    }
    if (event.type === "JobRequeued") {
      for (const key of event.keys) {
        const want = wants.get(key)
        if (want === undefined) continue
        want.started = false
        observe({ type: "queued", instance: want.instance, job: event.job, again: true })
      }
    }
    if (!("key" in event)) return
    if (event.type === "StageSucceeded" && counts(event, results.get(event.key))) results.set(event.key, event)
    if (event.type === "StageSaved" && counts(event, saved.get(event.key))) saved.set(event.key, event)
    const want = wants.get(event.key)
    if (want === undefined) return
    const { instance } = want
    switch (event.type) {
      case "StageStarted": {
        want.started = true
        const from = event.from === undefined ? undefined : saved.get(event.key)
        const where = event.job === undefined ? undefined : `on ${event.job.node}, job ${event.job.id}`
        return observe({ type: "started", instance, from, where })
      }
      case "StageProgressed":
        return observe({ type: "progressed", instance, progress: event })
      case "StageSaved":
        return observe({ type: "saved", instance, reached: event })
      case "StageInterrupted":
        if (event.job !== undefined) observe({ type: "stopped", instance })
        return
      case "StageFailed":
        // Of a run elsewhere, that makes the same key by itself, the failure is its own.
        if (event.job === undefined || before === undefined || event.seq < before.seq) return
        handed.delete(event.key)
        yield* failWith(want, event.error.replace(`${instance.id}: `, ""))
        return
      case "StageSucceeded": {
        const result = madeOf(want)
        if (result !== undefined) yield* finish(want, result)
      }
    }
  })
  const listen = Effect.flatMap(next, (events) => Effect.forEach(events, hear, { discard: true }))

  /** Does something while no other desk hands in jobs, or takes one for gone. */
  const inTurn = <A, E, R>(work: Effect.Effect<A, E, R>) =>
    Effect.scoped(Effect.gen(function*() {
      while ((yield* Lease.acquire(store.root, turn, "handing in jobs")) === undefined) {
        yield* Effect.sleep("500 millis")
      }
      yield* listen
      return yield* work
    }))

  /** What has become of the tasks that are waited for, by the scheduler's answer: those of which there will be no more. */
  const judge = Effect.fn("Desk.judge")(function*(answer: ReadonlyArray<Listed>) {
    const byId = new Map(answer.map((one) => [one.id, one]))
    const byName = new Map(answer.map((one) => [one.name, one]))
    const over = new Map<string, { readonly handed: Handed; readonly state: string; readonly node: string }>()
    const told = new Set<string>()
    for (const want of wants.values()) {
      const known = handed.get(want.key)
      if (known === undefined || over.has(taskOf(known))) continue
      const task = taskOf(known)
      if (known.job === undefined) {
        const named = byName.get(known.name)
        if (named !== undefined) {
          if (told.has(known.submission)) continue
          told.add(known.submission)
          const job = named.id.split("_")[0]!
          yield* journal.append({ type: "JobSubmitted", run: options.run, submission: known.submission, job })
          continue
        }
      }
      const found = byId.get(jobOf(known) ?? "")
      const held = found === undefined && (yield* Lease.holder(store.root, want.key, 60_000)) !== undefined
      if (found === undefined && !held) {
        const times = (absent.get(task) ?? 0) + 1
        absent.set(task, times)
        if (times >= enough) {
          over.set(task, {
            handed: known,
            state: known.job === undefined ? Words.lost : Words.gone,
            node: nodes.get(task) ?? ""
          })
        }
        continue
      }
      absent.delete(task)
      if (found === undefined) continue
      if (found.node !== "") nodes.set(task, found.node)
      if (Words.hasEnded(found.state)) over.set(task, { handed: known, state: found.state, node: found.node })
      else if (found.state === "PENDING" && want.started) {
        const keys = [...handed].filter(([, one]) => taskOf(one) === task).map(([key]) => key)
        yield* journal.append({
          type: "JobRequeued",
          run: options.run,
          submission: known.submission,
          job: found.id,
          keys
        })
        yield* listen
      }
    }
    return [...over.values()]
  })

  /** Notes that a task has ended without results, and what follows for those who wait for one. */
  const end = Effect.fn("Desk.end")(function*(over: Handed, state: string, node: string, why = "") {
    // Another desk may have seen it too, or the job have come to its end after all.
    const keys = [...handed].filter(([, one]) => taskOf(one) === taskOf(over) && one.seq === over.seq).map(([key]) =>
      key
    )
    if (keys.length === 0) return
    const job = jobOf(over)
    const reason = why === "" ? Words.words(state, job, node) : why
    yield* journal.append({
      type: "JobEnded",
      run: options.run,
      submission: over.submission,
      ...(job === undefined ? {} : { job }),
      keys,
      state,
      reason
    })
    absent.delete(taskOf(over))
    for (const key of keys) {
      handed.delete(key)
      const want = wants.get(key)
      if (want === undefined) continue
      want.started = false
      const further = (saved.get(key)?.seq ?? 0) > over.seq
      want.ends = further ? 0 : want.ends + 1
      const fatal = state === Words.refused || state === "OUT_OF_MEMORY" || (state === "TIMEOUT" && !further) ||
        want.ends > retries
      if (!fatal) {
        observe({ type: "remarked", instance: want.instance, text: `${reason}; it is handed in again` })
        continue
      }
      const tail = tailOf(outputOf(store.root, over.submission, over.array ? over.task : undefined))
      const error = `${reason}; ${Words.remedy(state)}${tail === "" ? "" : `\nthe end of what it printed:\n${tail}`}`
      const seconds = ((yield* Clock.currentTimeMillis) - Date.parse(over.at)) / 1000
      yield* journal.append({
        type: "StageFailed",
        run: options.run,
        instance: want.instance.id,
        key,
        error: `${want.instance.id}: ${error}`,
        seconds
      })
      yield* failWith(want, error)
    }
  })

  /** Hands in what no job makes, as far as the queue may be filled. */
  const place = Effect.fn("Desk.place")(function*() {
    const waiting = [...wants.values()].filter(({ key }) => !handed.has(key))
    let room = (slurm.jobs ?? defaults.jobs) - new Set([...handed.values()].map(taskOf)).size
    for (const batch of batches(waiting, slurm, options.predicted)) {
      if (room <= 0) break
      const tasks = batch.tasks.slice(0, room)
      room -= tasks.length
      const { answer, submission } = yield* handIn(
        { ...batch, tasks },
        {
          run: options.run,
          study: options.study,
          after: options.began,
          engine: options.engine,
          identity: options.identity,
          saveEvery: options.saveEvery ?? 60
        },
        options.program
      )
      yield* listen
      if (Result.isSuccess(answer)) continue
      const { reason, refused } = answer.failure
      const [{ instance, key }] = tasks[0]! as readonly [Want]
      if (!refused) {
        observe({ type: "remarked", instance, text: `not known whether its job got to the cluster: ${reason}` })
        continue
      }
      for (const one of new Map([...handed.values()].map((one) => [taskOf(one), one])).values()) {
        if (one.submission === submission) yield* end(one, Words.refused, "", `the cluster refuses the job: ${reason}`)
      }
      if (wants.has(key)) return yield* Effect.die(`a refused job is still waited for: ${key}`)
    }
  })

  let asked = -Infinity
  const tick = Effect.gen(function*() {
    const now = yield* Clock.currentTimeMillis
    const any = [...wants.keys()].some((key) => handed.has(key))
    let answer: ReadonlyArray<Listed> | undefined
    if (any && now - asked >= interval) {
      asked = now
      answer = yield* scheduler.list
      if ((answer !== undefined) !== answering) {
        answering = answer !== undefined
        const [{ instance }] = [...wants.values()] as [Want]
        observe({
          type: "remarked",
          instance,
          text: answering
            ? "the scheduler answers again"
            : "the scheduler does not answer: waiting, jobs go on without it"
        })
      }
    }
    // After the question: what a job that has ended by then has made is seen now.
    yield* listen
    const over = answer === undefined ? [] : yield* judge(answer)
    for (const want of wants.values()) {
      const result = madeOf(want)
      if (result !== undefined) yield* finish(want, result)
    }
    if (over.length === 0 && [...wants.keys()].every((key) => handed.has(key))) return
    yield* inTurn(Effect.gen(function*() {
      for (const { handed, node, state } of over) yield* end(handed, state, node)
      yield* place()
    }))
  })
  /** Waits until those that are asked for together have all arrived. */
  const allArrived = Effect.gen(function*() {
    for (let before = -1; before !== wants.size;) {
      before = wants.size
      yield* Effect.sleep("30 millis")
    }
  })
  const halt = Effect.suspend(() => Effect.forEach([...wants.values()], ({ done }) => Deferred.interrupt(done)))
  const work = Effect.gen(function*() {
    while (true) {
      if (stop?.aborted === true) yield* halt
      const before = yield* Clock.currentTimeMillis
      if (wants.size > 0 && stop?.aborted !== true) yield* tick
      const took = (yield* Clock.currentTimeMillis) - before
      const pause = Effect.sleep(Math.max(look.least, look.share * took))
      yield* Effect.raceFirst(pause, Effect.andThen(Queue.take(bell), allArrived))
    }
  }).pipe(Effect.provideContext(services))
  yield* Effect.forkScoped(
    Effect.onError(work, (cause) => Effect.forEach([...wants.values()], ({ done }) => Deferred.failCause(done, cause)))
  )

  return (upstream: Upstream) => (instance: Instance, verdict: Verdict) =>
    Effect.gen(function*() {
      if (verdict.status !== "stale" && verdict.status !== "missing") return yield* Effect.die("nothing to run")
      const { key, lost, record, told } = verdict
      const forced = facts.forced?.has(instance.id) ?? false
      const want: Want = {
        instance,
        key,
        order: orderOf(instance, { key, record, told, forced }, upstream),
        done: yield* Deferred.make<Made, StageFailed | DiskFailed>(),
        after: forced || lost ? options.began : 0,
        ends: 0,
        started: false
      }
      wants.set(key, want)
      Queue.offerUnsafe(bell, undefined)
      const job = handed.get(key)
      if (job !== undefined) {
        observe({
          type: "remarked",
          instance,
          text: `job ${jobOf(job) ?? job.name} of an earlier run makes it: waiting for that`
        })
      }
      return yield* Effect.onInterrupt(Deferred.await(want.done), () => Effect.sync(() => wants.delete(key)))
    })
})
