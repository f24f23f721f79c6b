/** What `status --watch` draws: the page of `pipeline ui` for a terminal. */
import type { RunInstance, RunView } from "../../schemas/run-view.ts"
import type { CurrentRun, LogLine } from "../page/feed.ts"
import { outline } from "../page/outline.ts"
import { counted, figures, reached, signs } from "../page/words.ts"
import * as Format from "./format.ts"
import { grouped } from "./grouping.ts"
import { bar, clip, sparkline } from "./sparkline.ts"
import { paint } from "./standing.ts"
import * as Style from "./style.ts"

export interface Seen {
  readonly view: RunView
  readonly run: CurrentRun | null
  readonly log: ReadonlyArray<LogLine>
  /** Seconds left of a running instance, and its first figure so far. */
  readonly left: (id: string) => number | undefined
  readonly recent: (id: string) => ReadonlyArray<number>
}

/** Lines of reasons, and of the log, that are shown where there is room. */
const most = { reasons: 8, log: 8 }

const endings = { done: "is done", failed: "failed", interrupted: "was interrupted", ended: "has ended" } as const

const runLine = (run: CurrentRun | null, now: number): string => {
  if (run === null) return "nothing has run yet"
  const { at, done, host, left, pid, state, total } = run
  const share = `${done.toLocaleString("en")} of ${total.toLocaleString("en")} done`
  return state === "running"
    ? `run ${run.run}, process ${pid} on ${host}: ${share}, ${Format.duration((now - Date.parse(at)) / 1000)}${
      left === undefined ? "" : `, about ${Format.duration(left)} left`
    }`
    : `no run goes on; the last one, ${run.run}, ${endings[state]}: ${share}`
}

const runningLine = (
  { left, recent }: Seen,
  { id, progress, since }: RunInstance,
  now: number,
  width: number
): string => {
  const name = `${Style.cyan(signs.running)} ${id.padEnd(width)}`
  if (progress === undefined) {
    return `${name}  ${since === undefined ? "" : Format.duration((now - Date.parse(since)) / 1000)}`
  }
  const rest = left(id)
  return [
    name,
    bar(progress.total === 0 ? 0 : progress.done / progress.total, 12),
    reached(progress),
    figures(progress.figures),
    sparkline(recent(id)),
    ...(rest === undefined ? [] : [`about ${Format.duration(rest)} left`])
  ].filter((part) => part !== "").join("  ")
}

const stageLines = (view: RunView): ReadonlyArray<string> => {
  const { stages } = outline(view)
  const name = Math.max(0, ...stages.map(({ name }) => name.length))
  return stages.map(({ counts, instances, name: stage, seconds }) =>
    `  ${stage.padEnd(name)}  ${bar(counts.fresh / instances.length, 20)}  ${counted(counts)}${
      seconds === 0 ? "" : Style.dim(`  ${Format.duration(seconds)}`)
    }`
  )
}

const reasonLines = ({ instances }: RunView): ReadonlyArray<string> => {
  const told = instances.filter(({ state }) => state === "failed" || state === "blocked" || state === "stale")
    .map(({ id, reason = "", state }) => ({ instance: id, status: state, note: reason }))
  const groups = grouped(told, 0)
  return groups.slice(0, most.reasons).map(({ count, line: { instance, note, status } }) =>
    `${paint[status](`${signs[status]} ${status.padEnd(7)}`)} ${instance}${
      count === 1 ? "" : ` and ${(count - 1).toLocaleString("en")} more`
    }  ${Style.dim(note)}`
  ).concat(groups.length > most.reasons ? [Style.dim(`  and more; pipeline why INSTANCE explains any`)] : [])
}

/** The lines of a screen; `now` in milliseconds. */
export const screen = (seen: Seen, now: number, width: number, height: number): ReadonlyArray<string> => {
  const { log, run, view } = seen
  const running = view.instances.filter(({ state }) => state === "running")
  const name = Math.max(0, ...running.map(({ id }) => id.length))
  const part = (lines: ReadonlyArray<string>) => lines.length === 0 ? [] : ["", ...lines]
  const head = [
    `${Style.bold(view.study)} ${Style.dim(view.file)}`,
    runLine(run, now),
    ...part(running.map((one) => runningLine(seen, one, now, name))),
    ...part(stageLines(view)),
    ...part(reasonLines(view))
  ]
  const room = Math.min(most.log, height - head.length - 2)
  const lines = [
    ...head,
    ...(room < 1 ? [] : part(log.slice(-room).map(({ at, text }) => Style.dim(`${at.slice(11, 19)}  ${text}`))))
  ]
  return lines.slice(0, Math.max(1, height - 1)).map((line) => clip(line, width))
}
