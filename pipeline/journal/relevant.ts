/** Which events still matter: those without which the fold of a history, and of all that comes after it, would be another. */
import type { Event } from "../../schemas/event.ts"
import { counts, type Saved } from "./fold.ts"

/** Places of the events that tell what an instance of a study is about. */
interface Latest {
  started?: number
  progressed?: number
  failed?: number
}

/** What is told of a job: the places of its events, and its keys without a result. */
interface Told {
  readonly places: Array<number>
  readonly open: Set<string>
}

/**
 * The events of a history, in causal order, that a fold needs. Gone are attempts that have ended and all but the last of what they
 * said of their progress, failures that were followed by another or by a success, what was saved and is superseded,
 * jobs all of whose keys have a result since, and ends of runs. Kept is every other event,
 * and so every event of a type that this function does not name.
 *
 * What is left folds as the whole does only where nothing is inserted before its end.
 */
export const relevant = (events: ReadonlyArray<Event>): ReadonlyArray<Event> => {
  const studies = new Map<string, string>()
  const instances = new Map<string, Latest>()
  const saved = new Map<string, { readonly event: Saved; readonly index: number }>()
  const jobs = new Map<string, Told>()
  const gone = new Set<number>()
  const drop = (index: number | undefined) => index === undefined || gone.add(index)
  const latestOf = ({ instance, run }: { readonly instance: string; readonly run: string }) => {
    const name = JSON.stringify([studies.get(run) ?? null, instance])
    const known = instances.get(name)
    if (known !== undefined) return known
    const latest: Latest = {}
    instances.set(name, latest)
    return latest
  }
  const close = (latest: Latest) => {
    drop(latest.started)
    drop(latest.progressed)
    delete latest.started
    delete latest.progressed
  }
  for (const [index, event] of events.entries()) {
    switch (event.type) {
      case "RunStarted":
        studies.set(event.run, event.study)
        break
      case "RunFinished":
        drop(index)
        break
      case "JobIntended": {
        const job = jobs.get(event.submission) ?? { places: [], open: new Set() }
        jobs.set(event.submission, job)
        for (const { key } of event.tasks.flat()) job.open.add(key)
        job.places.push(index)
        break
      }
      case "JobSubmitted":
      case "JobRequeued":
      case "JobEnded": {
        const job = jobs.get(event.submission)
        if (job === undefined) drop(index)
        else job.places.push(index)
        break
      }
      case "StageStarted": {
        const latest = latestOf(event)
        close(latest)
        latest.started = index
        break
      }
      case "StageProgressed": {
        const latest = latestOf(event)
        drop(latest.started === undefined ? index : latest.progressed)
        if (latest.started !== undefined) latest.progressed = index
        break
      }
      case "StageSaved": {
        const before = saved.get(event.key)
        if (counts(event, before?.event)) {
          drop(before?.index)
          saved.set(event.key, { event, index })
        } else drop(index)
        break
      }
      case "StageInterrupted":
      case "StageFenced":
        close(latestOf(event))
        drop(index)
        break
      case "StageFailed": {
        const latest = latestOf(event)
        close(latest)
        drop(latest.failed)
        latest.failed = index
        break
      }
      case "StageSucceeded":
      case "StageReused": {
        const latest = latestOf(event)
        close(latest)
        drop(latest.failed)
        delete latest.failed
        if (event.type === "StageSucceeded") {
          drop(saved.get(event.key)?.index)
          saved.delete(event.key)
          for (const [submission, { open, places }] of jobs) {
            open.delete(event.key)
            if (open.size > 0) continue
            for (const place of places) drop(place)
            jobs.delete(submission)
          }
        }
      }
    }
  }
  return events.filter((_, index) => !gone.has(index))
}
