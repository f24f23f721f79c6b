/**
 * The scheduler, by the commands that its users have: one call hands in a job or an array, one call asks for all jobs. No accounting
 * is needed. Whatever goes wrong with a call says nothing of jobs: what came of it is asked for later.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { execFile } from "node:child_process"
import * as os from "node:os"

/** A job, or an element of an array, as the queue shows it. */
export interface Listed {
  /** `12`, or `12_3` for an element. */
  readonly id: string
  readonly name: string
  /** As squeue names it: PENDING, RUNNING, COMPLETED, … */
  readonly state: string
  readonly reason: string
  readonly node: string
}

/** sbatch has said no, and will again; or it is not known what has come of the call. */
export class NotSubmitted extends Schema.TaggedError<NotSubmitted>()("NotSubmitted", {
  reason: Schema.String,
  /** Whether the scheduler has refused the job itself. */
  refused: Schema.Boolean
}) {
  override get message() {
    return this.reason
  }
}

export class Scheduler extends Context.Service<Scheduler, {
  /** Hands in a script; gives the job's id. */
  readonly submit: (script: string) => Effect.Effect<string, NotSubmitted>
  /** All jobs of this user that the scheduler knows; undefined where it gives no proper answer: then nothing is known. */
  readonly list: Effect.Effect<ReadonlyArray<Listed> | undefined>
  /** Puts a job back into the queue. */
  readonly requeue: (job: string) => Effect.Effect<boolean>
  /** The state of one job, asked from within it. */
  readonly stateOf: (job: string) => Effect.Effect<string | undefined>
}>()("pipeline/slurm/Scheduler") {}

/** Milliseconds after which a command that does not answer is given up. */
const patience = 60_000

interface Answer {
  readonly code: number
  readonly out: string
  readonly err: string
}

const call = (command: string, args: ReadonlyArray<string>): Effect.Effect<Answer> =>
  Effect.callback((resume) => {
    const child = execFile(
      command,
      [...args],
      { timeout: patience, maxBuffer: 1 << 28, encoding: "utf8" },
      (error, out, err) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1
        resume(Effect.succeed({ code, out, err: err === "" && error !== null ? error.message : err }))
      }
    )
    return Effect.sync(() => void child.kill())
  })

/** Answers of sbatch that say that the job itself will not do; any other failure may be the scheduler's own. */
const refusal =
  /Batch job submission failed: (?!Unable to contact|Socket timed out|Zero Bytes|Slurm temporarily|Resource temporarily|Connection|Transport|Communication|Protocol|Unexpected message)|unrecognized option|^sbatch: error: invalid /im

/** What the scheduler's answer begins with: an answer without it is none. */
const header = "JOBID|STATE|REASON|NODELIST|NAME"

const parse = (out: string): ReadonlyArray<Listed> | undefined => {
  const [first, ...lines] = out.split("\n")
  if (first?.trim() !== header) return undefined
  return lines.filter((line) => line !== "").map((line) => {
    const [id = "", state = "", reason = "", node = "", ...name] = line.split("|")
    return { id, state, reason, node, name: name.join("|") }
  })
}

export const layer = Layer.succeed(
  Scheduler,
  Scheduler.of({
    submit: Effect.fn("Scheduler.submit")(function*(script) {
      const { code, err, out } = yield* call("sbatch", ["--parsable", script])
      const id = /^(\d+)(;.*)?\s*$/.exec(out)?.[1]
      if (code === 0 && id !== undefined) return id
      const told = err.trim().split("\n").map((line) => line.replace(/^sbatch: (error: )?/, "")).join("; ")
      return yield* new NotSubmitted({
        reason: told === "" ? `sbatch gave no job id: ${out.trim()}` : told,
        refused: code > 0 && refusal.test(err)
      })
    }),
    list: Effect.map(
      call("squeue", ["--array", "--states=all", `--user=${os.userInfo().username}`, "--format=%i|%T|%r|%N|%j"]),
      ({ code, out }) => code === 0 ? parse(out) : undefined
    ),
    requeue: (job) => Effect.map(call("scontrol", ["requeue", job]), ({ code }) => code === 0),
    stateOf: (job) =>
      Effect.map(
        call("squeue", ["--noheader", "--states=all", `--jobs=${job}`, "--format=%T"]),
        ({ code, out }) => code === 0 && out.trim() !== "" ? out.trim().split("\n")[0] : undefined
      )
  })
)
