/** What `pipeline ui` sends to its page as it happens; written and read by two worlds. */
import type { RunInstance, RunProgress, RunView } from "../../schemas/run-view.ts"

/** The run that goes on, or the study's last one. */
export interface CurrentRun {
  readonly run: string
  readonly host: string
  readonly pid: number
  /** When it began, ISO 8601. */
  readonly at: string
  /** Whether it goes on, or how it ended; `ended` where the journal does not say how: it was killed, or it was long ago. */
  readonly state: "running" | "done" | "failed" | "interrupted" | "ended"
  /** Instances of its targets that are fresh, and all of them. */
  readonly done: number
  readonly total: number
  /** Seconds that are left, by the pace so far. */
  readonly left?: number
}

export interface LogLine {
  readonly seq: number
  /** ISO 8601. */
  readonly at: string
  readonly text: string
}

/** Points of a figure's curve: of one series (what is trained, say), x and y by turns; more of the same x replace it. */
export interface Curve {
  readonly figure: string
  readonly series: string
  readonly points: ReadonlyArray<number>
}

/** Messages by name, as server-sent events carry them. */
export interface Feed {
  /** At every connection: all that is known. `report` is what the page that is served now was made from; null without a report. */
  readonly all: {
    readonly view: RunView
    readonly run: CurrentRun | null
    readonly log: ReadonlyArray<LogLine>
    readonly curves: ReadonlyArray<Curve>
    readonly report: string | null
  }
  /** Instances that stand otherwise than was told before. */
  readonly instances: ReadonlyArray<RunInstance>
  /** How far a running instance is. */
  readonly progress: {
    readonly id: string
    readonly progress: RunProgress
    /** Seconds that are left of it. */
    readonly left?: number
  }
  readonly run: CurrentRun | null
  readonly log: ReadonlyArray<LogLine>
  readonly curves: ReadonlyArray<Curve>
  readonly report: string | null
}

/** Where the page listens. */
export const paths = { events: "/live/events", why: "/live/why", view: "/live/view.json" } as const
