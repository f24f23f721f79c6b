/** Hands a batch in: its orders and its script into the store, the intent into the journal, then the script to the scheduler. */
import { Effect, Result } from "effect"
import { randomUUID } from "node:crypto"
import { Disk } from "../disk.ts"
import type { Instance } from "../graph.ts"
import { Journal } from "../journal/journal.ts"
import { Store } from "../store/store.ts"
import type { Batch } from "./batches.ts"
import { encode, fileOf, folderOf, type Order, outputOf, scriptOf as scriptFile, type Submission } from "./order.ts"
import { Scheduler } from "./scheduler.ts"
import { scriptOf } from "./script.ts"

/** How this program is started on a node. */
export interface Program {
  /** Executable and script: what comes before the name of a command. */
  readonly command: ReadonlyArray<string>
  /** Flags of every command. */
  readonly flags: ReadonlyArray<string>
  /** Folder to work in. */
  readonly folder: string
}

export interface Ordered {
  readonly instance: Instance
  readonly key: string
}

/** Keys that a comment names at most. */
const named = 12

/** The script of a batch, under the name of a submission. */
export const scriptFor = (root: string, submission: string, batch: Batch<Ordered>, program: Program) => {
  const { resources, saves, tasks } = batch
  const [first] = tasks[0]!
  const all = tasks.flat()
  const array = tasks.length > 1
  const single = all.length === 1
  const name = `${first!.instance.stage.name}.${submission}${single ? `.${first!.key.slice(0, 12)}` : ""}`
  const keys = all.slice(0, named).map(({ key }) => key).join(" ")
  const script = scriptOf({
    name,
    comment: `pipeline ${single ? first!.instance.id : `${all.length} of ${first!.instance.stage.name}`} key ${keys}${
      all.length > named ? ` and ${all.length - named} more` : ""
    }`,
    elements: array ? tasks.length : undefined,
    saves,
    resources,
    folder: program.folder,
    output: outputOf(root, submission, array ? "%a" : undefined),
    command: [
      ...program.command,
      "exec",
      ...(single ? [first!.instance.id] : []),
      "--submission",
      submission,
      ...program.flags
    ]
  })
  return { name, array, script }
}

/**
 * Hands a batch in, and gives what the scheduler answered. JobIntended is in the journal before the scheduler is asked, JobSubmitted
 * once it has given an id.
 */
export const handIn = Effect.fn("handIn")(function*(
  batch: Batch<Ordered & { readonly order: Order }>,
  about: Omit<Submission, "tasks" | "threads" | "scratch" | "requeues">,
  program: Program
) {
  const disk = yield* Disk
  const journal = yield* Journal
  const scheduler = yield* Scheduler
  const { root } = yield* Store
  const submission = randomUUID().replaceAll("-", "").slice(0, 12)
  const { resources, saves, tasks } = batch
  const { array, name, script } = scriptFor(root, submission, batch, program)
  yield* disk.makeLastingFolder(root, folderOf(root))
  yield* disk.write(
    fileOf(root, submission),
    encode({
      ...about,
      ...(resources.cpus === undefined ? {} : { threads: resources.cpus }),
      ...(resources.scratch === undefined ? {} : { scratch: resources.scratch }),
      requeues: saves,
      tasks: tasks.map((task) => task.map(({ order }) => order))
    })
  )
  yield* disk.write(scriptFile(root, submission), script)
  yield* disk.syncFolder(folderOf(root))
  yield* journal.append({
    type: "JobIntended",
    run: about.run,
    submission,
    name,
    array,
    tasks: tasks.map((task) => task.map(({ instance, key }) => ({ instance: instance.id, key })))
  })
  const answer = yield* Effect.result(scheduler.submit(scriptFile(root, submission)))
  if (Result.isSuccess(answer)) {
    yield* journal.append({ type: "JobSubmitted", run: about.run, submission, job: answer.success })
  }
  return { submission, answer }
})
