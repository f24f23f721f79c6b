/** Where a stage runs, behind one service: the engine does not know whether in this process or in another. */
import { Context, type Effect, Schema } from "effect"
import type { Output, SavedTable } from "../../schemas/event.ts"
import type { Acceptance, ExternalFile, Labelled, Progress } from "../stage.ts"

/** One instance to run, with everything resolved to paths: it can be sent to another process. */
export interface Task {
  readonly instance: string
  readonly stage: string
  readonly config: unknown
  readonly inputs: Readonly<Record<string, string | ReadonlyArray<Labelled<string>>>>
  /** Logical digest of each input. */
  readonly logical: Task["inputs"]
  /** SHA-256 of each input's file, by path. */
  readonly digests: Readonly<Record<string, string>>
  readonly files: Readonly<Record<string, ReadonlyArray<ExternalFile>>>
  readonly acceptances: ReadonlyArray<Acceptance>
  /** Draft to write for each output. */
  readonly drafts: Readonly<Record<string, string>>
  /** What an earlier attempt saved: a file and the digest of its bytes for each table. */
  readonly saved: Readonly<Record<string, { readonly path: string; readonly bytes: string }>> | undefined
  /** Folder for what the stage saves on its way, and the seconds between; absent where nobody would keep it. */
  readonly saving: { readonly folder: string; readonly every: number } | undefined
  readonly threads: number
  readonly engine: string
  /** What to do where memory runs out, in words that follow "to need less". */
  readonly remedy?: string | undefined
}

/** A state that a stage saved: a synced draft for each table, and how far the stage was. */
export interface Saving {
  readonly drafts: Readonly<Record<string, SavedTable & { readonly path: string }>>
  readonly reached: Progress
}

/** Who looks after a running stage. */
export interface Attendant {
  readonly progress: (progress: Progress) => void
  /** Keeps what the stage saved; the stage goes on when that is done. */
  readonly save: (saving: Saving) => Promise<void>
  /** Hears what the stage could do without, and did: a state that could not be saved, say. */
  readonly remark: (text: string) => void
  /** Aborts when the stage is to stop: it may save first, if it is one that saves. */
  readonly stop: AbortSignal
}

/** An attendant who only waits for the end. */
export const nobody: Attendant = {
  progress: () => {},
  save: () => Promise.resolve(),
  remark: () => {},
  stop: new AbortController().signal
}

export interface Outcome {
  readonly outputs: Readonly<Record<string, Output>>
  /** Largest resident set of the process so far, bytes. */
  readonly memory: number
}

/** A body that threw, or a process that died. */
export class StageBroke extends Schema.TaggedError<StageBroke>()("StageBroke", {
  instance: Schema.String,
  reason: Schema.String,
  /** Stack, or the end of what the process printed. */
  detail: Schema.String
}) {
  override get message() {
    return `${this.instance}: ${this.reason}`
  }
}

/** In words, what went wrong; a full disk with its remedy. */
export const reasonOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException | null)?.code === "ENOSPC"
    ? "the disk is full: free some space and run again; nothing finished is lost"
    : error instanceof Error
    ? error.message
    : String(error)

/** What a body threw, as a reason and a stack. */
export const brokenBy = (error: unknown): { readonly reason: string; readonly detail: string } => ({
  reason: reasonOf(error),
  detail: (error instanceof Error ? error.stack : undefined) ?? ""
})

/** Runs a task; interrupts itself when it was told to stop and has stopped. */
export class Executor extends Context.Service<Executor, {
  readonly run: (task: Task, attendant: Attendant) => Effect.Effect<Outcome, StageBroke>
}>()("pipeline/Executor") {}
