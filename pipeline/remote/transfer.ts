/** What push and pull have in common: how they go about many things, and what they tell. */
import { Effect } from "effect"
import type { Output } from "../../schemas/event.ts"

/** Things on their way at once. */
export const atOnce = 6

export interface Progress {
  /** Bytes. */
  readonly done: number
  readonly total: number
}

export interface Transfer {
  /** Objects sent or taken, or that would be. */
  readonly objects: number
  readonly size: number
  /** Journal files of which something was sent or taken, and how much. */
  readonly journals: number
  readonly events: number
  /** Objects that were there already. */
  readonly there: number
  /** What could not be sent or taken, and what to do about it. */
  readonly problems: ReadonlyArray<string>
}

/** Handles objects, several at once; gives the messages of those that failed. Other errors end it: what is done stays done. */
export const each = <E extends { readonly message: string }, R>(
  outputs: ReadonlyArray<Output>,
  told: (progress: Progress) => void,
  handle: (output: Output) => Effect.Effect<string | undefined, E, R>
): Effect.Effect<ReadonlyArray<string>, E, R> => {
  const total = outputs.reduce((sum, { size }) => sum + size, 0)
  let done = 0
  const one = (output: Output) =>
    Effect.tap(handle(output), () =>
      Effect.sync(() => {
        done += output.size
        told({ done, total })
      }))
  return Effect.map(
    Effect.forEach(outputs, one, { concurrency: atOnce }),
    (problems) => problems.filter((problem) => problem !== undefined)
  )
}

export const sizeOf = (outputs: ReadonlyArray<Output>): number => outputs.reduce((sum, { size }) => sum + size, 0)

/** Whole lines at the beginning of a journal file. */
export const wholeLines = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1)

/** How many lines bytes hold. */
export const lines = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => sum + Number(byte === 0x0a), 0)
