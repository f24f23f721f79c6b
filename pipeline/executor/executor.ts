/** Where a stage runs, behind one service: the engine does not know whether in this process or in another. */
import { Context, type Effect, Schema } from "effect"
import type { Output } from "../../schemas/event.ts"
import type { Acceptance, ExternalFile, Labelled, Progress } from "../stage.ts"

/** One instance to run, with everything resolved to paths: it can be sent to another process. */
export interface Task {
  readonly instance: string
  readonly stage: string
  readonly config: unknown
  readonly inputs: Readonly<Record<string, string | ReadonlyArray<Labelled<string>>>>
  /** SHA-256 of each input's file, by path. */
  readonly digests: Readonly<Record<string, string>>
  readonly files: Readonly<Record<string, ReadonlyArray<ExternalFile>>>
  readonly acceptances: ReadonlyArray<Acceptance>
  /** Draft to write for each output. */
  readonly drafts: Readonly<Record<string, string>>
  readonly threads: number
  readonly engine: string
  /** What to do where memory runs out, in words that follow "to need less". */
  readonly remedy?: string | undefined
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

/** What a body threw, as a reason with its remedy and a stack. */
export const brokenBy = (error: unknown): { readonly reason: string; readonly detail: string } => {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  const full = (error as NodeJS.ErrnoException | null)?.code === "ENOSPC"
  return {
    reason: full ? "the disk is full: free some space and run again; nothing finished is lost" : message,
    detail: stack ?? ""
  }
}

export class Executor extends Context.Service<Executor, {
  readonly run: (task: Task, progress: (progress: Progress) => void) => Effect.Effect<Outcome, StageBroke>
}>()("pipeline/Executor") {}
