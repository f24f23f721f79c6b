/** What the events say has happened: the present of a store, or its past up to some event. */
import type { Event } from "../../schemas/event.ts"
import * as Accept from "../accept.ts"
import type { Acceptance } from "../stage.ts"

type OfType<T extends Event["type"]> = Extract<Event, { type: T }>
export type Success = OfType<"StageSucceeded">
export type RunStarted = OfType<"RunStarted">
export type Saved = OfType<"StageSaved">

/**
 * Whether an event of a key counts rather than an earlier one: by the number of its lease, since a holder that was taken for dead
 * may write after the one that took over; then by time.
 */
export const counts = <E extends Success | Saved>(event: E, before: E | undefined): boolean =>
  before === undefined || (event.fence ?? 0) > (before.fence ?? 0) ||
  ((event.fence ?? 0) === (before.fence ?? 0) && event.seq >= before.seq)

/** One time that an instance stood for a key. */
export interface Standing {
  readonly key: string
  readonly run: string
  readonly seq: number
}

export interface Attempt {
  readonly event: OfType<"StageStarted">
  readonly progress: OfType<"StageProgressed"> | undefined
}

/** A job of a cluster that a key was handed in with, and has not come out of as far as anybody has said. */
export interface Handed {
  readonly submission: string
  /** Name of the job, by which the cluster knows it too. */
  readonly name: string
  readonly array: boolean
  /** Which of the submission's tasks makes the key. */
  readonly task: number
  readonly run: string
  /** When it was intended. */
  readonly seq: number
  readonly at: string
  /** Id that the cluster gave it; undefined where that is not known: it may not have got there. */
  readonly job: string | undefined
  /** How often it was put back into the queue after it had run. */
  readonly requeued: number
}

/** Id of the job, or of the array's element, that makes a key; undefined as long as the cluster's word is not known. */
export const jobOf = ({ array, job, task }: Handed): string | undefined =>
  job === undefined ? undefined : array ? `${job}_${task}` : job

/** That a key has given more than one result. */
export interface Differing {
  readonly outputs: ReadonlyArray<string>
  /** Whether that is within what the stage promises; undefined where only the digests are known. */
  readonly promised: boolean | undefined
}

const differs = (a: Success, b: Success): ReadonlyArray<string> =>
  Object.keys(b.outputs).filter((output) => a.outputs[output]?.digest !== b.outputs[output]!.digest)

/** The present of a store as one study sees it: results are everybody's, instances its own. */
export interface State {
  /** The result of each key: the last one recorded that counts, by whatever study. */
  readonly results: ReadonlyMap<string, Success>
  /** What was last saved of each key that has no result. */
  readonly saved: ReadonlyMap<string, Saved>
  /** Keys that each instance stood for, oldest first. */
  readonly standings: ReadonlyMap<string, ReadonlyArray<Standing>>
  /** Attempts without an end, by instance: running, or killed. */
  readonly open: ReadonlyMap<string, Attempt>
  /** Jobs of a cluster by the key that they are to make. */
  readonly jobs: ReadonlyMap<string, Handed>
  /** The last failure of an instance, unless it succeeded since. */
  readonly failures: ReadonlyMap<string, OfType<"StageFailed">>
  /** Keys that have given more than one result, and the outputs that differed. */
  readonly differing: ReadonlyMap<string, Differing>
  /** Accepted changes in force. */
  readonly acceptances: Accept.Acceptances
  /** Runs of all studies by id, oldest first. */
  readonly runs: ReadonlyMap<string, RunStarted>
}

/** What an event says of jobs, added to what is known of them. */
export const noteJob = (jobs: Map<string, Handed>, event: Event): void => {
  switch (event.type) {
    case "JobIntended": {
      const { array, at, name, run, seq, submission } = event
      for (const [task, keys] of event.tasks.entries()) {
        for (const { key } of keys) {
          jobs.set(key, { submission, name, array, task, run, seq, at, job: undefined, requeued: 0 })
        }
      }
      break
    }
    case "JobSubmitted":
      for (const [key, handed] of jobs) {
        if (handed.submission === event.submission) jobs.set(key, { ...handed, job: event.job })
      }
      break
    case "JobRequeued":
      for (const key of event.keys) {
        const handed = jobs.get(key)
        if (handed?.submission === event.submission) jobs.set(key, { ...handed, requeued: handed.requeued + 1 })
      }
      break
    case "JobEnded":
      for (const key of event.keys) {
        if (jobs.get(key)?.submission === event.submission) jobs.delete(key)
      }
      break
    case "StageSucceeded":
      jobs.delete(event.key)
  }
}

/** Folds events for a study of a name: all of them, or those up to sequence number `until`. */
export const fold = (events: ReadonlyArray<Event>, study: string, until = Infinity): State => {
  const results = new Map<string, Success>()
  const saved = new Map<string, Saved>()
  const standings = new Map<string, Array<Standing>>()
  const open = new Map<string, Attempt>()
  const jobs = new Map<string, Handed>()
  const failures = new Map<string, OfType<"StageFailed">>()
  const acceptances = new Map<string, ReadonlyArray<Acceptance>>()
  const differing = new Map<string, Differing>()
  const runs = new Map<string, RunStarted>()
  const stand = ({ instance, key, run, seq }: { instance: string; key: string; run: string; seq: number }) => {
    const all = standings.get(instance) ?? []
    if (all.at(-1)?.key !== key) all.push({ key, run, seq })
    standings.set(instance, all)
    open.delete(instance)
    failures.delete(instance)
  }
  for (const event of events) {
    if (event.seq > until) break
    if (event.type === "RunStarted") runs.set(event.run, event)
    noteJob(jobs, event)
    if (event.type === "StageSucceeded") {
      const before = results.get(event.key)
      const outputs = before === undefined ? [] : differs(before, event)
      if (outputs.length > 0 && !differing.has(event.key)) differing.set(event.key, { outputs, promised: undefined })
      if (counts(event, before)) results.set(event.key, event)
      saved.delete(event.key)
    }
    if (event.type === "StageSaved" && counts(event, saved.get(event.key))) saved.set(event.key, event)
    if (event.type === "ResultDiffered") {
      // What broke a promise once is not made good by what kept it.
      const broken = differing.get(event.key)?.promised === false
      if (!broken) {
        differing.set(event.key, { outputs: event.outputs.map(({ output }) => output), promised: event.promised })
      }
      continue
    }
    if (event.type === "ChangeAccepted" || event.type === "AcceptanceRevoked") {
      if (event.study !== study) continue
      acceptances.set(event.instance, Accept.after(acceptances.get(event.instance) ?? [], event))
      continue
    }
    if (runs.get(event.run)?.study !== study) continue
    switch (event.type) {
      case "StageStarted":
        open.set(event.instance, { event, progress: undefined })
        break
      case "StageProgressed": {
        const attempt = open.get(event.instance)
        if (attempt !== undefined) open.set(event.instance, { ...attempt, progress: event })
        break
      }
      case "StageSucceeded":
      case "StageReused":
        stand(event)
        break
      case "StageFailed":
        open.delete(event.instance)
        failures.set(event.instance, event)
        break
      case "StageInterrupted":
      case "StageFenced":
        open.delete(event.instance)
    }
  }
  return { results, saved, standings, open, jobs, failures, differing, acceptances, runs }
}
