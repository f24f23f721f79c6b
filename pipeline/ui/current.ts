/** The run of a study that goes on, or its last one. */
import * as os from "node:os"
import type { RunView } from "../../schemas/run-view.ts"
import type { Session } from "../cli/session.ts"
import type { CurrentRun } from "../page/feed.ts"
import { isAlive } from "../store/place.ts"
import { closure, select } from "../target.ts"

/** Milliseconds of a run before an estimate of what is left is worth telling: the first steps are slow. */
const warmUp = 8000

/** What a run is about: what its targets name now, and all they need. */
const wantedOf = ({ study: { graph } }: Session, targets: ReadonlyArray<string>) =>
  targets.length === 0
    ? graph.instances
    : closure(graph, [...new Set(targets.flatMap((target) => select(graph, target)))])

/** The last run as it stands at a time (milliseconds); `outcome` is how it ended, where the journal tells. */
export const currentRun = (
  session: Session,
  view: RunView,
  outcome: (run: string) => CurrentRun["state"] | undefined,
  now: number
): CurrentRun | null => {
  const last = [...session.facts.state.runs.values()].findLast(({ study }) => study === session.study.name)
  if (last === undefined) return null
  const { at, host, pid, run, targets } = last
  const wanted = wantedOf(session, targets)
  const byId = new Map(view.instances.map((instance) => [instance.id, instance]))
  let [done, flops, flopsLeft] = [0, 0, 0]
  let isAtWork = false
  for (const instance of wanted) {
    const { event, progress, state } = byId.get(instance.id)!
    isAtWork ||= state === "running" || state === "queued" || state === "requeued"
    if (state === "fresh") {
      done += 1
      if (event?.run === run) flops += instance.flops
      continue
    }
    const share = progress === undefined || progress.total === 0 ? 0 : Math.min(1, progress.done / progress.total)
    flops += instance.flops * share
    flopsLeft += instance.flops * (1 - share)
  }
  // Whoever handed work to a cluster may be gone while that goes on.
  const goesOn = outcome(run) === undefined && (isAtWork || (host === os.hostname() && isAlive(pid)))
  const elapsed = now - Date.parse(at)
  const left = goesOn && elapsed >= warmUp && flops > 0 && flopsLeft > 0
    ? flopsLeft / flops * elapsed / 1000
    : undefined
  return {
    run,
    host,
    pid,
    at,
    state: goesOn ? "running" : outcome(run) ?? "ended",
    done,
    total: wanted.length,
    ...(left === undefined ? {} : { left })
  }
}
