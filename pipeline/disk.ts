/**
 * The few file operations that the store and the journal are made of, as a service, so that a test can make any of them
 * fail. All of them are synchronous underneath: a commit is short, and its order is what matters.
 */
import { Context, Effect, Layer, Schema } from "effect"
import * as fs from "node:fs"
import * as nodePath from "node:path"

export class DiskFailed extends Schema.TaggedError<DiskFailed>()("DiskFailed", {
  operation: Schema.String,
  path: Schema.String,
  code: Schema.String
}) {
  override get message() {
    const remedy = this.code === "ENOSPC"
      ? "the disk is full: free some space and run again, nothing committed is lost"
      : this.code === "EACCES" || this.code === "EPERM" || this.code === "EROFS"
      ? "no permission: choose a folder you may write to with --store"
      : this.code
    return `cannot ${this.operation} ${this.path}: ${remedy}`
  }
}

type Done<A = void> = Effect.Effect<A, DiskFailed>

export class Disk extends Context.Service<Disk, {
  readonly makeFolder: (path: string) => Done
  /** Bytes of a file, or undefined when there is none. */
  readonly read: (path: string) => Done<Buffer | undefined>
  /** Names in a folder, sorted; none when there is no such folder. */
  readonly list: (path: string) => Done<ReadonlyArray<string>>
  readonly size: (path: string) => Done<number | undefined>
  /** Writes a whole new file and syncs it. */
  readonly write: (path: string, content: string | Uint8Array) => Done
  /** Creates a file; false when it exists already. */
  readonly create: (path: string, content: string) => Done<boolean>
  /** Opens a file for appending and gives its descriptor. */
  readonly openAppend: (path: string) => Done<number>
  readonly append: (descriptor: number, path: string, content: string) => Done
  readonly sync: (descriptor: number, path: string) => Done
  readonly close: (descriptor: number) => Done
  readonly syncFile: (path: string) => Done
  readonly syncFolder: (path: string) => Done
  readonly rename: (from: string, to: string) => Done
  readonly protect: (path: string) => Done
  readonly remove: (path: string) => Done
  readonly touch: (path: string) => Done
  readonly modified: (path: string) => Done<number | undefined>
}>()("pipeline/Disk") {
  static readonly layer = Layer.sync(Disk, () => {
    const attempt = <A>(operation: string, path: string, run: () => A): Done<A> =>
      Effect.try({
        try: run,
        catch: (error) =>
          new DiskFailed({ operation, path, code: (error as NodeJS.ErrnoException).code ?? String(error) })
      })
    const unlessMissing = <A>(run: () => A): A | undefined => {
      try {
        return run()
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
        throw error
      }
    }
    const syncPath = (path: string, flags: string) => {
      const descriptor = fs.openSync(path, flags)
      try {
        fs.fsyncSync(descriptor)
      } finally {
        fs.closeSync(descriptor)
      }
    }
    return Disk.of({
      makeFolder: (path) => attempt("create folder", path, () => void fs.mkdirSync(path, { recursive: true })),
      read: (path) => attempt("read", path, () => unlessMissing(() => fs.readFileSync(path))),
      list: (path) => attempt("list", path, () => (unlessMissing(() => fs.readdirSync(path)) ?? []).sort()),
      size: (path) => attempt("look at", path, () => fs.statSync(path, { throwIfNoEntry: false })?.size),
      write: (path, content) =>
        attempt("write", path, () => {
          fs.writeFileSync(path, content)
          syncPath(path, "r+")
        }),
      create: (path, content) =>
        attempt("create", path, () => {
          try {
            fs.writeFileSync(path, content, { flag: "wx" })
            return true
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
            throw error
          }
        }),
      openAppend: (path) => attempt("open", path, () => fs.openSync(path, "a")),
      append: (descriptor, path, content) =>
        attempt("append to", path, () => {
          const bytes = Buffer.from(content)
          let written = 0
          while (written < bytes.length) written += fs.writeSync(descriptor, bytes, written)
        }),
      sync: (descriptor, path) => attempt("sync", path, () => fs.fsyncSync(descriptor)),
      close: (descriptor) => attempt("close", String(descriptor), () => fs.closeSync(descriptor)),
      syncFile: (path) => attempt("sync", path, () => syncPath(path, "r+")),
      // Windows cannot sync a folder, and does not need to.
      syncFolder: (path) => attempt("sync", path, () => process.platform === "win32" ? undefined : syncPath(path, "r")),
      rename: (from, to) =>
        attempt("rename", to, () => {
          fs.mkdirSync(nodePath.dirname(to), { recursive: true })
          fs.renameSync(from, to)
        }),
      protect: (path) => attempt("protect", path, () => fs.chmodSync(path, 0o444)),
      remove: (path) => attempt("remove", path, () => fs.rmSync(path, { recursive: true, force: true })),
      touch: (path) => attempt("touch", path, () => fs.utimesSync(path, new Date(), new Date())),
      modified: (path) => attempt("look at", path, () => fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs)
    })
  })
}
