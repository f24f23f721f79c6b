/** Brings instances up to date: reuses what is in the store, runs the rest in parallel, commits each result. */
import { Cause, Clock, Effect, Exit, Queue } from "effect"
import { attempts, type Made, type Setting } from "./attempt.ts"
import { decide, type Facts, type Resting, restsOn, type Upstream, type Verdict } from "./decide.ts"
import { nobody } from "./executor/executor.ts"
import { lacking } from "./expectation.ts"
import { type Instance, references } from "./graph.ts"
import type { Success } from "./journal/fold.ts"
import { Journal } from "./journal/journal.ts"
import { memoryOf, shortOf } from "./memory.ts"
import { InputsMissing, type StageFailed } from "./notice.ts"
import type { Acceptance } from "./stage.ts"
import { byUrgency } from "./urgency.ts"

export interface Options extends Setting {
  /** In topological order, closed under what they take from. */
  readonly instances: ReadonlyArray<Instance>
  /** Stages at once. */
  readonly jobs: number
  /** Threads shared by the stages at once. */
  readonly threads: number
  /** Bytes of memory that the stages at once may be expected to take. */
  readonly memory: number
  /** Whether to go on with what does not depend on a failed instance. */
  readonly keepGoing: boolean
  /** What makes an instance whose inputs `upstream` knows, where it is not made here: jobs of a cluster. */
  readonly makers?: (
    upstream: Upstream
  ) => (instance: Instance, verdict: Verdict, threads: number) => Effect.Effect<Made, StageFailed>
}

export interface Summary {
  readonly ran: ReadonlyArray<string>
  readonly reused: ReadonlyArray<string>
  readonly failed: ReadonlyArray<string>
  /** Instances that could not run because one before them failed. */
  readonly skipped: ReadonlyArray<string>
  readonly results: ReadonlyMap<string, Success>
}

interface Finished {
  readonly instance: Instance
  readonly exit: Exit.Exit<Made, StageFailed>
}

/** Runs. Never fails for a stage's sake: what failed is in the summary. Interrupts itself when it had to stop before its end. */
export const run = Effect.fn("run")(function*(options: Options) {
  const { facts, instances, observe, stop = nobody.stop } = options
  const journal = yield* Journal

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
  const execute = options.makers?.(upstream) ?? (yield* attempts(options, upstream))
  const urgentFirst = byUrgency(instances)
  const finished = yield* Queue.unbounded<Finished>()
  const running = new Map<string, { readonly key: string; readonly begun: number; readonly memory: number }>()
  const ready: Array<{ readonly instance: Instance; readonly verdict: Verdict }> = []
  /** Instances whose key is being made by another instance of this run. */
  const sharing = new Map<string, Array<Instance>>()
  /** Results of forced instances: another forced one of the same key takes them. */
  const madeAgain = new Map<string, Success>()

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
