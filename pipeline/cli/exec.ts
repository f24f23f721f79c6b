/** What a job of a cluster runs: makes the instances of one task of a submission. */
import { Clock, Console, Effect, Exit, Layer, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as os from "node:os"
import * as nodePath from "node:path"
import type { Job } from "../../schemas/event.ts"
import type { KeyRecord } from "../../schemas/key.ts"
import { attempts } from "../attempt.ts"
import type { Facts, Verdict } from "../decide.ts"
import { Disk, DiskFailed } from "../disk.ts"
import * as Processes from "../executor/processes.ts"
import * as Staging from "../executor/staging.ts"
import * as External from "../external.ts"
import * as Fingerprint from "../fingerprint.ts"
import { fold, type Success } from "../journal/fold.ts"
import { Journal } from "../journal/journal.ts"
import * as Key from "../key.ts"
import type { Notice } from "../notice.ts"
import * as Patience from "../patience.ts"
import * as Orders from "../slurm/order.ts"
import * as Scheduler from "../slurm/scheduler.ts"
import { Store } from "../store/store.ts"
import * as Interruption from "./interruption.ts"
import { exitCode, ExitWith, pipeline, TheApp, Told } from "./session.ts"

/** Milliseconds for which a job waits where the store cannot be written. */
const patience = 15 * 60_000

/** The job that this process is, by what Slurm put into its environment. */
const jobHere = (environment = process.env): Job => {
  const array = environment["SLURM_ARRAY_JOB_ID"]
  const id = array === undefined
    ? environment["SLURM_JOB_ID"] ?? `process ${process.pid}`
    : `${array}_${environment["SLURM_ARRAY_TASK_ID"]}`
  const node = environment["SLURMD_NODENAME"] ?? os.hostname()
  return { id, node, restarts: Number(environment["SLURM_RESTART_COUNT"] ?? 0) }
}

/** The leaves of a record that say what this program and its engine are. */
const ownLeaves = (record: KeyRecord, facts: Pick<Facts, "fingerprints" | "engine">, source: string): KeyRecord => {
  const { code, packages } = Fingerprint.of(facts.fingerprints, source)
  const own: Record<string, KeyRecord[string]> = { code }
  for (const [name, version] of Object.entries(packages)) own[`package.${name}`] = version
  if ("engine" in record) own["engine"] = facts.engine
  return own
}

const tell = (notice: Notice): void => {
  const { id } = notice.instance
  switch (notice.type) {
    case "started":
      return console.log(
        `started ${id}${notice.from === undefined ? "" : ` at ${notice.from.done} of ${notice.from.total}`}`
      )
    case "waits":
      return console.log(`${id} is being made by process ${notice.holder.pid} on ${notice.holder.host}; waiting`)
    case "saved":
      return console.log(`saved ${id} at ${notice.reached.done} of ${notice.reached.total} ${notice.reached.unit}`)
    case "remarked":
      return console.log(`${id}: ${notice.text}`)
    case "fenced":
      return console.log(`${id}: another process has taken over`)
    default:
  }
}

/** Whether what a job was told to make can be made by this program; else why not. */
const unfit = (
  order: Orders.Order,
  facts: Pick<Facts, "fingerprints" | "engine">,
  source: string
): string | undefined => {
  const own = ownLeaves(order.record, facts, source)
  const changed = Object.keys(own).filter((leaf) => JSON.stringify(own[leaf]) !== JSON.stringify(order.record[leaf]))
  if (changed.length === 0) return undefined
  return changed.includes("engine")
    ? `the tensor engine is ${facts.engine} on this node, and ${String(order.record["engine"])} where the run began: ` +
      "choose nodes that have it (partition, constraint, gpus), or name an engine in the study"
    : `this program is not the one that the run began with (${changed.join(", ")}): run again`
}

export const exec = Command.make(
  "exec",
  {
    instance: Argument.String("instance").pipe(
      Argument.withDescription("Only this instance of the submission"),
      Argument.optional
    ),
    submission: Flag.String("submission").pipe(
      Flag.withMetavar("ID"),
      Flag.withDescription("What was handed in: a file of the store below slurm/")
    ),
    task: Flag.Int("task").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("Which task of it; default: the element of the job array that this is"),
      Flag.optional
    )
  },
  Effect.fn(function*({ instance, submission, task }) {
    const app = yield* TheApp
    const { store: folder } = yield* pipeline
    const root = nodePath.resolve(folder)
    const job = jobHere()
    const onWait = ({ message }: DiskFailed) =>
      console.error(`${new Date().toISOString()} the store cannot be used, waiting: ${message}`)
    const waits = { for: patience, onWait }
    const read = Effect.gen(function*() {
      const disk = yield* Disk
      const text = yield* disk.read(Orders.fileOf(root, submission))
      if (text === undefined) {
        return yield* new Told({ text: `the store ${root} has no submission ${submission}`, code: exitCode.usage })
      }
      return Orders.decode(text.toString())
    }).pipe(Effect.provide(Layer.provide(Patience.disk(waits), Disk.layer)))
    const about = yield* read
    const number = Option.getOrElse(task, () => Number(process.env["SLURM_ARRAY_TASK_ID"] ?? 0))
    const orders = (about.tasks[number] ?? []).filter((order) =>
      Option.match(instance, { onNone: () => true, onSome: (id) => id === order.instance })
    )
    if (orders.length === 0) {
      return yield* new Told({
        text: `submission ${submission} has nothing to do for task ${number}`,
        code: exitCode.usage
      })
    }

    const disk = Layer.provide(Patience.disk(waits), Disk.layer)
    const services = Layer.mergeAll(
      Store.layer(root),
      Layer.provide(Patience.journal(waits), Journal.layer(root, about.after))
    ).pipe(Layer.provideMerge(disk))
    const processes = Processes.layer(app.script)
    const scratch = about.scratch
    const executor = Layer.provide(
      Patience.executor(waits),
      Layer.merge(scratch === undefined ? processes : Layer.provide(Staging.layer(scratch), processes), disk)
    )

    let signal: NodeJS.Signals | undefined
    const stop = new AbortController()
    const work = Effect.gen(function*() {
      const journal = yield* Journal
      const store = yield* Store
      const { events } = yield* journal.present
      const state = fold(events, about.study)
      const fingerprints = yield* Effect.try({
        try: () => Fingerprint.read(app.fingerprints),
        catch: () => new Told({ text: "the build is missing: run npm run build", code: exitCode.bug })
      })
      const engine = yield* Effect.result(Effect.tryPromise({
        try: () => app.engines.resolve(about.engine),
        catch: (error) => error as Error
      }))
      const identity = engine._tag === "Success" ? engine.success.identity : engine.failure.message
      const stages = new Map(app.stages.map((stage) => [stage.name, stage]))
      const scratch = `job-${job.id.replaceAll(/\W/g, "-")}-${job.restarts}-${process.pid}`
      let failed = false
      let proved = false
      for (const order of orders) {
        if (stop.signal.aborted) break
        const stage = stages.get(order.stage)
        const begun = yield* Clock.currentTimeMillis
        const fail = Effect.fn("fail")(function*(error: string) {
          failed = true
          yield* Console.error(`${order.instance}: ${error}`)
          const seconds = ((yield* Clock.currentTimeMillis) - begun) / 1000
          const { instance, key } = order
          yield* journal.append({ type: "StageFailed", run: about.run, instance, key, job, error, seconds })
        })
        const external = External.open(store.root)
        const facts: Facts = { state, fingerprints, engine: identity, external, holds: store.holds }
        const reason = stage === undefined
          ? `this program has no stage ${order.stage}: run again`
          : unfit(order, facts, stage.source)
        const ended = journal.append({
          type: "JobEnded",
          run: about.run,
          submission,
          job: job.id,
          keys: [order.key],
          state: "FAILED",
          reason: "its stage failed"
        })
        if (stage === undefined || reason !== undefined) {
          yield* fail(reason ?? "")
          yield* ended
          continue
        }
        if (stage.usesEngine && !proved) {
          const proof = yield* Effect.result(Effect.tryPromise({
            try: () => app.engines.prove(about.engine),
            catch: (error) => error as Error
          }))
          if (proof._tag === "Failure") {
            yield* fail(proof.failure.message)
            yield* ended
            continue
          }
          proved = true
        }
        const made = Orders.instanceOf(order, stage)
        // What is not looked at before the stage cannot be seen to change in it.
        const changed: Array<string> = []
        for (const [group, files] of Object.entries(made.files)) {
          for (const { name, path } of files) {
            if (external.digest(path) !== order.record[Key.fileLeaf(group, name)]) {
              changed.push(path)
            }
          }
        }
        if (changed.length > 0) {
          yield* fail(
            `${changed.join(", ")}: not what it was when the run began, or not there on ${job.node}: run again`
          )
          yield* ended
          continue
        }
        const earlier = state.results.get(order.key)
        // A job that was requeued, or handed in twice, makes nothing again.
        const forced = order.forced && !(earlier !== undefined && earlier.seq > about.after)
        const upstream = (id: string): Pick<Success, "outputs"> | undefined =>
          order.upstream[id] === undefined ? undefined : { outputs: order.upstream[id] }
        const execute = yield* attempts({
          run: about.run,
          study: about.study,
          facts: forced ? { ...facts, forced: new Set([made.id]) } : facts,
          engine: about.engine,
          saveEvery: about.saveEvery,
          job,
          scratch,
          stop: stop.signal,
          observe: tell
        }, upstream)
        const verdict: Verdict = {
          status: "missing",
          key: order.key,
          record: order.record,
          changes: [],
          told: order.told,
          lost: false
        }
        const threads = about.threads ?? Number(process.env["SLURM_CPUS_PER_TASK"] ?? 1)
        const exit = yield* Effect.exit(execute(made, verdict, threads))
        external.save()
        if (Exit.isSuccess(exit)) {
          yield* Console.log(`${exit.value.reused ? "there already" : "done"}: ${order.instance}`)
        } else if (!stop.signal.aborted) {
          failed = true
          yield* ended
        }
      }
      yield* Effect.ignore((yield* Disk).remove(nodePath.join(store.root, "scratch", scratch)))
      if (stop.signal.aborted && about.requeues) {
        const keys = orders.map(({ key }) => key)
        const noted = journal.append({ type: "JobRequeued", run: about.run, submission, job: job.id, keys })
        yield* goOnLater(job.id, signal, noted).pipe(Effect.provide(Scheduler.layer))
      }
      if (stop.signal.aborted) return exitCode.interrupted
      return failed ? exitCode.stageFailed : 0
    }).pipe(Effect.scoped, Effect.provide(Layer.merge(services, executor)))

    const code = yield* Interruption.handled((name) => {
      signal = name
      console.log(`${name}: stopping`)
      stop.abort()
    }, work).pipe(
      Effect.catchIf(
        (error) => error instanceof DiskFailed,
        ({ message }) => new Told({ text: message, code: exitCode.stageFailed })
      )
    )
    if (code !== 0) return yield* new ExitWith({ code })
  })
).pipe(
  Command.withDescription(
    "What jobs of a cluster run, and nobody else needs to: makes what a run with --executor slurm has handed in"
  )
)

/**
 * Has the cluster run the job again, from what it saved: it was warned of its time limit, or is to make place, and nobody has ended
 * it. A job that is being requeued or cancelled is left to that.
 */
const goOnLater = Effect.fn("goOnLater")(function*<E>(
  job: string,
  signal: NodeJS.Signals | undefined,
  noted: Effect.Effect<unknown, E>
) {
  if (process.env["SLURM_JOB_ID"] === undefined) return
  const scheduler = yield* Scheduler.Scheduler
  if ((yield* scheduler.stateOf(job)) !== "RUNNING") return
  yield* Console.log(`${signal ?? "stopped"}: requeued, to go on from what was saved`)
  yield* noted
  yield* scheduler.requeue(job)
})
