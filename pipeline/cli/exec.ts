/** What a job of a cluster runs: makes the instances of one task of a submission. */
import { Console, Effect, Layer, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as os from "node:os"
import * as nodePath from "node:path"
import type { Job } from "../../schemas/event.ts"
import { Disk, DiskFailed } from "../disk.ts"
import * as Processes from "../executor/processes.ts"
import * as Staging from "../executor/staging.ts"
import { Journal } from "../journal/journal.ts"
import type { Notice } from "../notice.ts"
import * as Patience from "../patience.ts"
import * as Jobs from "../slurm/job.ts"
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
      const drafts = `job-${job.id.replaceAll(/\W/g, "-")}-${job.restarts}-${process.pid}`
      const failures = yield* Jobs.work({
        app,
        submission,
        about,
        orders,
        job,
        scratch: drafts,
        stop: stop.signal,
        observe: tell
      })
      yield* Effect.ignore((yield* Disk).remove(nodePath.join(store.root, "scratch", drafts)))
      if (stop.signal.aborted && about.requeues) {
        const keys = orders.map(({ key }) => key)
        const noted = journal.append({ type: "JobRequeued", run: about.run, submission, job: job.id, keys })
        yield* goOnLater(job.id, signal, noted).pipe(Effect.provide(Scheduler.layer))
      }
      if (stop.signal.aborted) return exitCode.interrupted
      return failures > 0 ? exitCode.stageFailed : 0
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
