/**
 * What is known of a study's runs, in a form for pages and other programs: the state of each instance, the event that made its result,
 * its key, and what it was made from. A view of the journal, made anew whenever it is asked for; nothing rests on it.
 *
 * A page that has the empty slot (run-slot.ts) is given one when it is written into a folder, or served.
 */
import * as z from "zod"

const digest = z.string().regex(/^[0-9a-f]{64}$/)

/**
 * How an instance stands. What waits for others, or will share another's result, is stale where it ran before, else missing. What is
 * queued is with a cluster; requeued, after it has run there.
 */
export const RunState = z.enum([
  "fresh",
  "stale",
  "missing",
  "queued",
  "requeued",
  "running",
  "failed",
  "blocked"
])
export type RunState = z.output<typeof RunState>

export const RunProgress = z.object({
  done: z.number(),
  total: z.number(),
  /** Unit of `done` and `total`. */
  unit: z.string(),
  /** What the stage tells of itself, e.g. loss. */
  figures: z.record(z.string(), z.number()),
  /** When that was told, ISO 8601. */
  at: z.string()
})
export type RunProgress = z.output<typeof RunProgress>

/** Something an instance takes from another one. */
export const RunInput = z.object({
  /** Leaf of the key record, e.g. input.spectra[3:size=nano,arm=relora]. */
  leaf: z.string(),
  /** Logical digest of the table; absent while it is not known. */
  digest: digest.optional(),
  /** The instance it comes from, and which of its outputs it is. */
  from: z.string(),
  output: z.string()
})
export type RunInput = z.output<typeof RunInput>

export const RunInstance = z.object({
  id: z.string(),
  stage: z.string(),
  /** What tells the instances of a stage apart. */
  labels: z.record(z.string(), z.union([z.string(), z.number()])),
  state: RunState,
  /** Why it is not fresh, or what is to be said of it, in a line. */
  reason: z.string().optional(),
  /**
   * Key of the result it stands for or, where it is not fresh, stood for last; without one, of what would be made, where its inputs
   * are known. Code, event, seconds, inputs, files and outputs are of the same.
   */
  key: digest.optional(),
  /** Digest of the stage's code in that key. */
  code: z.string().optional(),
  /** The event that made the result. */
  event: z.object({
    seq: z.int(),
    writer: z.string(),
    run: z.string(),
    /** When it was made, ISO 8601. */
    at: z.string(),
    host: z.string().optional()
  }).optional(),
  /** What making the result took: seconds of work, threads, bytes of the process's largest resident set. */
  seconds: z.number().optional(),
  threads: z.int().optional(),
  memory: z.int().optional(),
  inputs: z.array(RunInput),
  /** External files by their leaf's name, with their digests. */
  files: z.array(z.object({ name: z.string(), digest: z.string() })),
  /** Logical digests of the result's tables. */
  outputs: z.record(z.string(), digest),
  /** Of a running instance: since when it has been running, ISO 8601, and how far it is. */
  since: z.string().optional(),
  progress: RunProgress.optional()
})
export type RunInstance = z.output<typeof RunInstance>

export const RunView = z.object({
  study: z.string(),
  /** The study's file, as it was named. */
  file: z.string(),
  /** Number of the last event that the view rests on. */
  seq: z.int(),
  /** In the order of the graph: none takes from a later one. */
  instances: z.array(RunInstance)
})
export type RunView = z.output<typeof RunView>
