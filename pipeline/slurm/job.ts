/** What a job does: makes the instances of its orders, one after another, each as a run would by itself. */
import { Clock, Console, Effect, Exit } from "effect"
import type { Job } from "../../schemas/event.ts"
import type { KeyRecord } from "../../schemas/key.ts"
import type { App } from "../app.ts"
import { attempts } from "../attempt.ts"
import type { Facts, Verdict } from "../decide.ts"
import * as External from "../external.ts"
import * as Fingerprint from "../fingerprint.ts"
import { fold } from "../journal/fold.ts"
import { Journal } from "../journal/journal.ts"
import * as Key from "../key.ts"
import type { Notice } from "../notice.ts"
import type { AnyStage } from "../stage.ts"
import { Store } from "../store/store.ts"
import { instanceOf, type Order, type Submission } from "./order.ts"

/** The leaves of a record that say what this program and its engine are. */
const ownLeaves = ({ record, source }: Order, { engine, fingerprints }: Facts): KeyRecord => {
  const { code, packages } = Fingerprint.of(fingerprints, source)
  const own: Record<string, KeyRecord[string]> = { code }
  for (const [name, version] of Object.entries(packages)) own[`package.${name}`] = version
  if ("engine" in record) own["engine"] = engine
  return own
}

/** Why this program, on this node, cannot make what an order says; undefined where it can. */
const unfit = (order: Order, stage: AnyStage | undefined, facts: Facts, node: string): string | undefined => {
  const { files, record } = order
  if (stage === undefined) return `this program has no stage ${order.stage}: run again`
  const changed = Object.entries(ownLeaves(order, facts)).filter(([leaf, value]) => !Key.equal(value, record[leaf]))
    .map(([leaf]) => leaf)
  if (changed.includes("engine")) {
    return `the tensor engine is ${facts.engine} on ${node}, and ${String(record["engine"])} where the run began: ` +
      "choose nodes that have it (partition, constraint, gpus), or name an engine in the study"
  }
  if (changed.length > 0) {
    return `this program is not the one that the run began with (${changed.join(", ")}): run again`
  }
  // What is not looked at before the stage cannot be seen to change in it.
  const others = Object.entries(files).flatMap(([group, given]) =>
    given.filter(({ name, path }) => facts.external.digest(path) !== record[Key.fileLeaf(group, name)])
      .map(({ path }) => path)
  )
  return others.length === 0
    ? undefined
    : `${others.join(", ")}: not what it was when the run began, or not there on ${node}: run again`
}

export interface Options {
  readonly app: App
  /** Id of the submission, and what it says. */
  readonly submission: string
  readonly about: Submission
  /** What to make of it. */
  readonly orders: ReadonlyArray<Order>
  readonly job: Job
  /** Folder of drafts below scratch/. */
  readonly scratch: string
  readonly stop: AbortSignal
  readonly observe: (notice: Notice) => void
}

/** Makes the instances of some orders; gives how many failed. Each failure is in the journal. */
export const work = Effect.fn("Job.work")(function*(options: Options) {
  const { about, app, job, observe, orders, scratch, stop, submission } = options
  const { engine, run, saveEvery, study } = about
  const journal = yield* Journal
  const store = yield* Store
  const { events } = yield* journal.present
  const state = fold(events, study)
  const asked = <A>(promise: () => Promise<A>) =>
    Effect.result(Effect.tryPromise({ try: promise, catch: (error) => error as Error }))
  const resolved = yield* asked(() => app.engines.resolve(engine))
  const identity = resolved._tag === "Success" ? resolved.success.identity : resolved.failure.message
  const fingerprints = Fingerprint.read(app.fingerprints)
  const stages = new Map(app.stages.map((stage) => [stage.name, stage]))
  let failures = 0
  let proved = false

  const make = Effect.fn("Job.make")(function*(order: Order) {
    const begun = yield* Clock.currentTimeMillis
    const stage = stages.get(order.stage)
    const external = External.open(store.root)
    const earlier = state.results.get(order.key)
    // A job that was requeued, or handed in twice, makes nothing again.
    const forced = order.forced && !(earlier !== undefined && earlier.seq > about.after)
    const facts: Facts = {
      state,
      fingerprints,
      engine: identity,
      external,
      holds: store.holds,
      ...(forced ? { forced: new Set([order.instance]) } : {})
    }
    let reason = unfit(order, stage, facts, job.node)
    if (reason === undefined && stage!.usesEngine && !proved) {
      const proof = yield* asked(() => app.engines.prove(engine))
      if (proof._tag === "Failure") reason = proof.failure.message
      else proved = true
    }
    if (reason !== undefined) {
      yield* Console.error(`${order.instance}: ${reason}`)
      const seconds = ((yield* Clock.currentTimeMillis) - begun) / 1000
      const { instance, key } = order
      yield* journal.append({ type: "StageFailed", run, instance, key, job, error: reason, seconds })
      return false
    }
    const upstream = (id: string) => order.upstream[id] === undefined ? undefined : { outputs: order.upstream[id] }
    const setting = { run, study, facts, engine, saveEvery, job, scratch, stop, observe }
    const execute = yield* attempts(setting, upstream)
    const { key, record, told } = order
    const verdict: Verdict = { status: "missing", key, record, changes: [], told, lost: false }
    const threads = about.threads ?? Number(process.env["SLURM_CPUS_PER_TASK"] ?? 1)
    const exit = yield* Effect.exit(execute(instanceOf(order, stage!), verdict, threads))
    external.save()
    if (Exit.isSuccess(exit)) yield* Console.log(`${exit.value.reused ? "there already" : "done"}: ${order.instance}`)
    return Exit.isSuccess(exit) || stop.aborted
  })

  for (const order of orders) {
    if (stop.aborted) break
    if (yield* make(order)) continue
    failures += 1
    yield* journal.append({
      type: "JobEnded",
      run,
      submission,
      job: job.id,
      keys: [order.key],
      state: "FAILED",
      reason: "its stage failed"
    })
  }
  return failures
})
