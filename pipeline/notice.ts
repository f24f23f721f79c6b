/** What a run tells while it goes on, and how a stage of it can fail. */
import { Schema } from "effect"
import type { DiskFailed } from "./disk.ts"
import type { StageBroke } from "./executor/executor.ts"
import type { TooLittle } from "./expectation.ts"
import type { Instance } from "./graph.ts"
import type { MemoryShort } from "./memory.ts"
import type { Progress } from "./stage.ts"
import type * as Lease from "./store/lease.ts"

/** What a reader of a run sees as it happens. */
export type Notice =
  | { readonly type: "reused"; readonly instance: Instance }
  /** It waits in the queue of a cluster; `again`: after it has run there. */
  | { readonly type: "queued"; readonly instance: Instance; readonly job: string; readonly again: boolean }
  /** With how far an earlier attempt got, where it goes on from there; and where it runs, if not here. */
  | {
    readonly type: "started"
    readonly instance: Instance
    readonly from: Progress | undefined
    readonly where?: string | undefined
  }
  | { readonly type: "waits"; readonly instance: Instance; readonly holder: Lease.Holder }
  | { readonly type: "progressed"; readonly instance: Instance; readonly progress: Progress }
  | { readonly type: "saved"; readonly instance: Instance; readonly reached: Progress }
  | { readonly type: "remarked"; readonly instance: Instance; readonly text: string }
  | { readonly type: "fenced"; readonly instance: Instance }
  | { readonly type: "stopped"; readonly instance: Instance }
  /** The result is another one than the same key had given before. */
  | {
    readonly type: "differed"
    readonly instance: Instance
    readonly outputs: ReadonlyArray<string>
    readonly promised: boolean
  }
  | { readonly type: "succeeded"; readonly instance: Instance; readonly seconds: number }
  | { readonly type: "failed"; readonly instance: Instance; readonly error: StageFailed; readonly seconds: number }

export class InputsMissing extends Schema.TaggedError<InputsMissing>()("InputsMissing", {
  instance: Schema.String,
  missing: Schema.Array(Schema.String)
}) {
  override get message() {
    return `${this.instance}: input files are missing: ${
      this.missing.join(", ")
    } (put them there, or change the paths in the study)`
  }
}

export class InputsChanged extends Schema.TaggedError<InputsChanged>()("InputsChanged", {
  instance: Schema.String,
  files: Schema.Array(Schema.String),
  /** Folder that its outputs were put into. */
  folder: Schema.String
}) {
  override get message() {
    return `${this.instance}: ${
      this.files.join(", ")
    } changed while the stage ran; its result counts as nothing and was put into ${this.folder}: run again`
  }
}

export type StageFailed = StageBroke | InputsMissing | InputsChanged | DiskFailed | TooLittle | MemoryShort
