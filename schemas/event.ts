/**
 * Events: what happened, in the order it happened. Status, explanations and provenance are folds of them.
 *
 * On disk (journal/<writer>.ndjson): one event a line, JSON, its last property `sum` the first 16 hex digits of the
 * SHA-256 of the line's text before `,"sum":`. `seq` is a Lamport clock: larger than any event its writer had read.
 */
import * as z from "zod"
import { KeyRecord, Leaf } from "./key.ts"

const digest = z.string().regex(/^[0-9a-f]{64}$/)

/** A committed output: its logical digest, the digest of the file's bytes, and its size. */
export const Output = z.object({ table: z.string(), digest, bytes: digest, size: z.int(), rows: z.int() })
export type Output = z.output<typeof Output>

/** What a stage saved of its state on its way: the digest of the file's bytes, and its size. */
export const SavedTable = z.object({ table: z.string(), bytes: digest, size: z.int() })
export type SavedTable = z.output<typeof SavedTable>

const instance = { run: z.string(), instance: z.string(), key: digest }

/** Number of the lease under which something was done (store/lease.ts); absent in events older than leases' numbers. */
const fence = { fence: z.int().optional() }

/** The job of a cluster in which something was done: its id, the node, and how often it had been requeued by then. */
export const Job = z.object({ id: z.string(), node: z.string(), restarts: z.int() })
export type Job = z.output<typeof Job>
const job = { job: Job.optional() }

/** A change of one leaf of an instance's key; a value is left out where the record has no such leaf. */
const change = {
  study: z.string(),
  instance: z.string(),
  leaf: z.string(),
  before: Leaf.optional(),
  after: Leaf.optional(),
  reason: z.string(),
  author: z.string()
}

const Payload = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("RunStarted"),
    run: z.string(),
    study: z.string(),
    studyFile: z.string(),
    /** Resolved settings of the study, by path. */
    settings: KeyRecord,
    targets: z.array(z.string()),
    host: z.string(),
    pid: z.int(),
    jobs: z.int(),
    threads: z.int()
  }),
  z.object({
    type: z.literal("StageStarted"),
    ...instance,
    ...fence,
    ...job,
    /** `seq` and `writer` of the StageSaved that it goes on from. */
    from: z.object({ seq: z.int(), writer: z.string() }).optional()
  }),
  z.object({
    type: z.literal("StageProgressed"),
    ...instance,
    done: z.number(),
    total: z.number(),
    unit: z.string(),
    figures: z.record(z.string(), z.number())
  }),
  /** The running stage's state so far is kept: another attempt of the same key can go on from it. */
  z.object({
    type: z.literal("StageSaved"),
    ...instance,
    ...fence,
    tables: z.record(z.string(), SavedTable),
    done: z.number(),
    total: z.number(),
    unit: z.string(),
    /** Work on the key so far, those of earlier attempts included that it went on from. */
    seconds: z.number()
  }),
  z.object({
    type: z.literal("StageSucceeded"),
    ...instance,
    ...fence,
    ...job,
    stage: z.string(),
    record: KeyRecord,
    outputs: z.record(z.string(), Output),
    /** Work on the key, that of earlier attempts included that it went on from. */
    seconds: z.number(),
    threads: z.int(),
    /** Largest resident set that the process which ran the stage had had by then, bytes. */
    memory: z.int(),
    /** Work that the study expected of the instance, in floating-point operations: what predictions are scaled by. */
    flops: z.number().optional()
  }),
  /** The instance now stands for the result of an earlier event with the same key. */
  z.object({ type: z.literal("StageReused"), ...instance }),
  /** Somebody holds that this change does not matter: the result of before counts for the instance. */
  z.object({ type: z.literal("ChangeAccepted"), ...change }),
  z.object({ type: z.literal("AcceptanceRevoked"), ...change }),
  /** A key has given another result than before: by a run that was told to make it again, or by `verify --rebuild`. */
  z.object({
    type: z.literal("ResultDiffered"),
    study: z.string(),
    instance: z.string(),
    key: digest,
    stage: z.string(),
    /** Whether that is within what the stage promises. */
    promised: z.boolean(),
    outputs: z.array(z.object({
      output: z.string(),
      /** Columns that differ; none where one of the tables was gone. `relative` is null where no number says how much. */
      columns: z.array(z.object({
        column: z.string(),
        rows: z.int(),
        beyond: z.int(),
        relative: z.number().nullable()
      }))
    }))
  }),
  z.object({ type: z.literal("StageFailed"), ...instance, ...job, error: z.string(), seconds: z.number() }),
  z.object({ type: z.literal("StageInterrupted"), ...instance, ...job, seconds: z.number() }),
  /** Its lease was taken over while it ran, since it had been silent too long: what it made is not committed. */
  z.object({ type: z.literal("StageFenced"), ...instance, ...fence, seconds: z.number() }),
  /** Its input files changed while it ran: what it made was put into a folder of the store and stands for nothing. */
  z.object({
    type: z.literal("StageQuarantined"),
    ...instance,
    ...fence,
    files: z.array(z.string()),
    folder: z.string()
  }),
  /**
   * A job of a cluster is about to be handed in: it is found by its name, whatever becomes of who hands it in. `tasks` are the
   * elements of a job array, each with the instances that it makes one after another; a single job is one task.
   */
  z.object({
    type: z.literal("JobIntended"),
    run: z.string(),
    submission: z.string(),
    name: z.string(),
    array: z.boolean(),
    tasks: z.array(z.array(z.object({ instance: z.string(), key: digest })))
  }),
  /** The cluster has taken it, under this id. */
  z.object({ type: z.literal("JobSubmitted"), run: z.string(), submission: z.string(), job: z.string() }),
  /** A job that has run is in the queue again, and will go on from what was saved of these keys. */
  z.object({
    type: z.literal("JobRequeued"),
    run: z.string(),
    submission: z.string(),
    job: z.string(),
    keys: z.array(digest)
  }),
  /** It is in the queue no more, and these keys have no result of it: how it ended, as the cluster says and in words. */
  z.object({
    type: z.literal("JobEnded"),
    run: z.string(),
    submission: z.string(),
    job: z.string().optional(),
    keys: z.array(digest),
    state: z.string(),
    reason: z.string()
  }),
  z.object({
    type: z.literal("RunFinished"),
    run: z.string(),
    outcome: z.enum(["done", "failed", "interrupted"]),
    ran: z.int(),
    reused: z.int(),
    failed: z.int(),
    seconds: z.number()
  })
])

export const Event = z.intersection(
  z.object({ seq: z.int(), at: z.iso.datetime(), writer: z.string() }),
  Payload
)
export type Event = z.output<typeof Event>
export type Payload = z.output<typeof Payload>

/** The run that an event belongs to, where it belongs to one. */
export const runOf = (event: Event): string | undefined => "run" in event ? event.run : undefined
