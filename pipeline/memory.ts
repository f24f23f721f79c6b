/** Memory of the machine, and what is told where it does not suffice. */
import { Schema } from "effect"
import * as os from "node:os"
import type { Instance } from "./graph.ts"

/** Bytes that this process and its children may have, and how many of them are free; less than the machine's in a container. */
export const machineMemory = (): { readonly free: number; readonly total: number } => {
  const limit = process.constrainedMemory?.() ?? 0
  const total = limit > 0 ? Math.min(limit, os.totalmem()) : os.totalmem()
  return { free: Math.min(total, process.availableMemory?.() ?? os.freemem()), total }
}

export const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`

/** An instance that was not begun, because it would not have come to its end. */
export class MemoryShort extends Schema.TaggedError<MemoryShort>()("MemoryShort", {
  instance: Schema.String,
  needed: Schema.Number,
  available: Schema.Number,
  remedy: Schema.String
}) {
  override get message() {
    return `${this.instance}: expected to take about ${gigabytes(this.needed)} of memory, and ${
      gigabytes(this.available)
    } are free: end other programs, or to need less, ${this.remedy}. --memory GB says how much it may take`
  }
}

/** Bytes that an instance is expected to take; 0 where nothing is expected. */
export const memoryOf = (instance: Instance): number => instance.memory?.bytes ?? 0

/** Why an instance does not fit into so many bytes by itself. */
export const shortOf = (instance: Instance, available: number): MemoryShort | undefined =>
  memoryOf(instance) <= available ? undefined : new MemoryShort({
    instance: instance.id,
    needed: memoryOf(instance),
    available,
    remedy: instance.memory!.remedy
  })

/** Words of V8 and of native libraries for an allocation that failed. */
const allocationFailed =
  /bad_alloc|failed to allocate|allocation failed|out of memory|cannot allocate memory|ENOMEM|array length: \d{9,}/i

/** How memory ran out in the middle, and what to do; `remedy` as the task has it. */
export const ranOut = (how: string, remedy: string | undefined): string =>
  `${how}: end other programs or try --jobs 1${
    remedy === undefined ? "" : `; or, to need less, ${remedy}`
  }. What was finished before is kept`

/** An error as it is to be told: with its remedy, where it is an allocation that failed. */
export const tellingMemory = (error: unknown, remedy: string | undefined): unknown => {
  const message = error instanceof Error ? error.message : String(error)
  if (!allocationFailed.test(message)) return error
  return new Error(ranOut(`memory ran out (${message.split("\n")[0]})`, remedy), { cause: error })
}
