/**
 * A remote store: a folder or an S3 bucket that stores push to and pull from. What it holds is never changed once it is there.
 *
 *     objects/ab/cdef….parquet             as in a store: named by the SHA-256 of its bytes
 *     journal/WRITER/FROM-TO-SUM.ndjson    bytes FROM to TO of a writer's journal file (segments.ts)
 *     code/DIGEST.json                     what a code consists of (parts.ts)
 */
import { Effect, Schema } from "effect"

export class RemoteFailed extends Schema.TaggedError<RemoteFailed>()("RemoteFailed", {
  remote: Schema.String,
  /** What went wrong, and what to do about it. */
  reason: Schema.String,
  /** Whether one thing arrived that is not what it should be, while the rest may be right. */
  damaged: Schema.Boolean
}) {
  override get message() {
    return `${this.remote}: ${this.reason}`
  }
}

export interface Item {
  /** From the remote's root, with forward slashes. */
  readonly path: string
  readonly size: number
}

/** What is sent: a file, or bytes. */
export type Source = { readonly file: string; readonly size: number } | Uint8Array

type Done<A = void> = Effect.Effect<A, RemoteFailed>

export interface Remote {
  /** As messages name it. */
  readonly name: string
  /** Everything below a folder; nothing where there is no such folder. */
  readonly list: (folder: string) => Done<ReadonlyArray<Item>>
  /** Copies into a new local file, and syncs it. */
  readonly get: (path: string, file: string) => Done
  /**
   * Puts something where nothing is: whole, or not at all. What is there already stays, unless it is to be replaced. Bytes that
   * arrive otherwise than they were sent are refused.
   */
  readonly put: (path: string, source: Source, replace?: boolean) => Done
}

/** Opens a remote: `s3://BUCKET/PREFIX`, `file:///PATH`, or the path of a folder. The S3 client is loaded only here. */
export const open = (url: string): Effect.Effect<Remote, RemoteFailed> =>
  Effect.tryPromise({
    try: async () =>
      url.startsWith("s3:")
        ? (await import("./s3.ts")).open(url)
        : (await import("./folder.ts")).open(url),
    catch: (error) =>
      new RemoteFailed({ remote: url, reason: error instanceof Error ? error.message : String(error), damaged: false })
  })
