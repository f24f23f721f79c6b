/** The attempts at a key, from its first to the one that made its result: where each was, and how it ended. */
import type { Event } from "../schemas/event.ts"
import type { Success } from "./journal/fold.ts"

export interface Try {
  readonly started: Extract<Event, { type: "StageStarted" }>
  /** `lost`: nothing was heard of it any more; it was killed, or its machine was. */
  readonly ended: "succeeded" | "failed" | "interrupted" | "fenced" | "lost"
  /** When that was; undefined of one that was lost. */
  readonly at: string | undefined
}

const ends = {
  StageSucceeded: "succeeded",
  StageFailed: "failed",
  StageInterrupted: "interrupted",
  StageFenced: "fenced"
} as const

/** Attempts at the key of a result, up to that result, in their order. One writer works on a key once at a time. */
export const triesOf = (events: ReadonlyArray<Event>, result: Success): ReadonlyArray<Try> => {
  const tries: Array<{ -readonly [K in keyof Try]: Try[K] }> = []
  for (const event of events) {
    if (!("key" in event) || event.key !== result.key) continue
    if (event.type === "StageStarted") tries.push({ started: event, ended: "lost", at: undefined })
    else if (event.type in ends) {
      const open = tries.findLast(({ ended, started }) => ended === "lost" && started.writer === event.writer)
      if (open === undefined) continue
      open.ended = ends[event.type as keyof typeof ends]
      open.at = event.at
    }
    if (event.seq === result.seq && event.writer === result.writer) break
  }
  return tries
}
