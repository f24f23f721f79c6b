/** How each instance of a study stands, in a word and a note: what `status` prints and pages show. Reads only. */
import { Effect } from "effect"
import type { RunState } from "../../schemas/run-view.ts"
import { sharesWith, type Verdict } from "../decide.ts"
import { explain } from "../explain.ts"
import type { Instance } from "../graph.ts"
import { type Attempt, type Handed, jobOf } from "../journal/fold.ts"
import * as Lease from "../store/lease.ts"
import { Store } from "../store/store.ts"
import * as Format from "./format.ts"
import type { Session } from "./session.ts"
import * as Style from "./style.ts"

/** Who runs an instance: holder of its lease, or of a past moment the run. */
interface Runner {
  readonly host: string
  readonly pid: number
}

/** Colour of each state in a terminal. */
export const paint: Record<RunState, (text: string) => string> = {
  fresh: Style.green,
  stale: Style.yellow,
  missing: Style.dim,
  queued: Style.dim,
  requeued: Style.yellow,
  running: Style.cyan,
  failed: Style.red,
  blocked: Style.red
}

export interface Standing {
  readonly instance: string
  readonly status: RunState
  /** Why it is not fresh, or what else is to be said of it. */
  readonly note: string
  /** Whether it is fresh by a result of before, since what changed is accepted. */
  readonly accepted: boolean
  /** The attempt that goes on, and who is at it. */
  readonly running?: { readonly attempt: Attempt; readonly runner: Runner }
  /** The job of a cluster that is to make it and does not run. */
  readonly handed?: Handed
}

/** Where an attempt goes on: node and job of a cluster, or process and host. */
export const placeOf = ({ attempt: { event: { job } }, runner }: NonNullable<Standing["running"]>): string =>
  job === undefined ? `process ${runner.pid} on ${runner.host}` : `on ${job.node}, job ${job.id}`

/** A job that is with the cluster and does not run, by the last word of it. */
const waiting = (handed: Handed, attempt: Attempt | undefined): readonly ["queued" | "requeued", string] => {
  const id = jobOf(handed)
  if (id === undefined) return ["queued", `job ${handed.name}, not known yet whether the cluster has it`]
  const ran = attempt?.event.job?.id === id ? attempt.event.job : undefined
  return [
    ran !== undefined || handed.requeued > 0 ? "requeued" : "queued",
    `job ${id}, handed in at ${handed.at.slice(11, 19)} UTC${ran === undefined ? "" : `, last on ${ran.node}`}`
  ]
}

/** Who runs what an attempt is about; undefined where nobody does. */
export type Alive<E = never, R = never> = (attempt: Attempt) => Effect.Effect<Runner | undefined, E, R>

/** Asks the leases, as they are now. */
export const byLease = (attempt: Attempt) => Effect.flatMap(Store, ({ root }) => Lease.holder(root, attempt.event.key))

/** Of a past moment nobody can be asked who was alive: what the study's last run had begun counts as running. */
export const byLastRun = ({ facts, study }: Session): Alive => {
  const last = [...facts.state.runs.values()].findLast((run) => run.study === study.name)
  return (attempt) => Effect.succeed(attempt.event.run === last?.run ? last : undefined)
}

/** Asks nobody: nothing counts as running. */
export const nobody: Alive = () => Effect.succeed(undefined)

const wordOf = (verdict: Verdict): RunState =>
  verdict.status === "waiting"
    ? verdict.known ? "stale" : "missing"
    : verdict.status === "shared"
    ? "missing"
    : verdict.status

const noteOf = (session: Session, all: ReadonlyMap<string, Verdict>, instance: Instance, verdict: Verdict): string => {
  if (verdict.status === "fresh") {
    const unsteady = session.facts.state.differing.get(verdict.result.key)
    return [
      ...verdict.accepted.map(Format.acceptance),
      ...(unsteady === undefined || unsteady.promised === true ? [] : [Format.unsteady(unsteady)])
    ].join("; ")
  }
  const shares = sharesWith(verdict)
  if (shares !== undefined) return `shares the result of ${shares}`
  if (verdict.status === "blocked") {
    return `input files missing: ${verdict.missing[0]}${
      verdict.missing.length > 1 ? ` and ${verdict.missing.length - 1} more` : ""
    }`
  }
  const { reason, roots } = explain(session.study.graph, session.study, session.facts, all, instance.id)
  if (reason === "lost") return "its object is gone from the store"
  if (wordOf(verdict) === "missing") return verdict.status === "waiting" ? `waits for ${verdict.on[0]}` : ""
  return Format.roots(roots, 1)
}

/** How far an attempt of the same key got that saved its state. */
const savedNote = (session: Session, verdict: Verdict): string => {
  const saved = "key" in verdict ? session.facts.state.saved.get(verdict.key) : undefined
  return saved === undefined ? "" : `saved at ${saved.done} of ${saved.total} ${saved.unit}`
}

export const joined = (...notes: ReadonlyArray<string>) => notes.filter((note) => note !== "").join("; ")

/** How every one of some instances stands. */
export const standings = Effect.fn("standings")(function*<E, R>(
  session: Session,
  all: ReadonlyMap<string, Verdict>,
  instances: ReadonlyArray<Instance>,
  alive: Alive<E, R>
) {
  const { failures, jobs, open: attempts } = session.facts.state
  const found: Array<Standing> = []
  for (const instance of instances) {
    const verdict = all.get(instance.id)!
    const attempt = attempts.get(instance.id)
    const runner = attempt === undefined ? undefined : yield* alive(attempt)
    const stands = (status: RunState, note: string): Standing => ({
      instance: instance.id,
      status,
      note,
      accepted: verdict.status === "fresh" && verdict.accepted.length > 0
    })
    if (attempt !== undefined && runner !== undefined) {
      // The run goes by the study and the code as it read them.
      const note = noteOf(session, all, instance, verdict)
      const later = "key" in verdict && verdict.key === attempt.event.key
        ? ""
        : `then stale: ${note === "" ? "its key has changed since it began" : note}`
      found.push({ ...stands("running", later), running: { attempt, runner } })
      continue
    }
    const handed = "key" in verdict ? jobs.get(verdict.key) : undefined
    if (handed !== undefined && verdict.status !== "fresh") {
      const [word, note] = waiting(handed, attempt)
      found.push({ ...stands(word, joined(note, savedNote(session, verdict))), handed })
      continue
    }
    const failure = failures.get(instance.id)
    // A failure counts as long as what failed is still what would run.
    if (failure !== undefined && "key" in verdict && verdict.key === failure.key) {
      found.push(stands("failed", failure.error.split("\n")[0]!))
      continue
    }
    const note = noteOf(session, all, instance, verdict)
    found.push(stands(wordOf(verdict), verdict.status === "fresh" ? note : joined(note, savedNote(session, verdict))))
  }
  return found
})
