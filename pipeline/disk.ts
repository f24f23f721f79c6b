/**
 * The few file operations that the store and the journal are made of, as a service, so that a test can make any of them
 * fail. All of them are synchronous underneath: a commit is short, and its order is what matters.
 */
import { Context, Effect, Layer, Schema } from "effect"
import * as fs from "node:fs"
import * as nodePath from "node:path"

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full: free some space and run again, nothing committed is lost",
  EDQUOT: "your quota is used up: free some space and run again, nothing committed is lost",
  EACCES: "no permission: choose a folder you may write to with --store",
  EPERM: "not permitted: choose a folder you may write to with --store",
  EROFS: "the file system is read-only: choose another folder with --store",
  ENOENT: "its parent folder is missing or read-only: choose another folder with --store",
  ENOTDIR: "part of that path is a file: choose another folder with --store"
}

export class DiskFailed extends Schema.TaggedError<DiskFailed>()("DiskFailed", {
  operation: Schema.String,
  path: Schema.String,
  code: Schema.String
}) {
  override get message() {
    return `cannot ${this.operation} ${this.path}: ${remedies[this.code] ?? this.code}`
  }
}

const readPart = (path: string, offset: number, most: number): Buffer => {
  const descriptor = fs.openSync(path, "r")
  try {
    const bytes = Buffer.alloc(Math.max(0, Math.min(fs.fstatSync(descriptor).size - offset, most)))
    let read = 0
    while (read < bytes.length) {
      const more = fs.readSync(descriptor, bytes, read, bytes.length - read, offset + read)
      if (more === 0) break
      read += more
    }
    return bytes.subarray(0, read)
  } finally {
    fs.closeSync(descriptor)
  }
}

type Done<A = void> = Effect.Effect<A, DiskFailed>

export class Disk extends Context.Service<Disk, {
  readonly makeFolder: (path: string) => Done
  /** Bytes of a file, or undefined when there is none. */
  readonly read: (path: string) => Done<Buffer | undefined>
  /** Bytes of a file from an offset, at most so many, or undefined when there is no such file. */
  readonly readFrom: (path: string, offset: number, most: number) => Done<Buffer | undefined>
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
      readFrom: (path, offset, most) => attempt("read", path, () => unlessMissing(() => readPart(path, offset, most))),
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
