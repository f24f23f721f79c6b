/**
 * The few file operations that the store and the journal are made of, as a service, so that a test can make any of them
 * fail. All of them are synchronous underneath: a commit is short, and its order is what matters. What changes files goes
 * through the calls in system-calls.ts.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs"
import * as nodePath from "node:path"
import { makeFolders, opened, syncFolder, system, type SystemCalls, writeAll } from "./system-calls.ts"

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
  /** Creates a folder for passing things, with those above it. */
  readonly makeFolder: (path: string) => Done
  /**
   * Creates a folder that is still there after a power cut: `root`, and those between it and `path`, are synced where this
   * process has not done so before, since whoever made them may have died before doing it.
   */
  readonly makeLastingFolder: (root: string, path: string) => Done
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
  /** Writes over a file of the same length; false when it is there no more. */
  readonly overwrite: (path: string, content: string) => Done<boolean>
  /** Opens a file for appending and gives its descriptor. */
  readonly openAppend: (path: string) => Done<number>
  readonly append: (descriptor: number, path: string, content: string) => Done
  readonly sync: (descriptor: number, path: string) => Done
  readonly close: (descriptor: number) => Done
  /** Syncs a whole file, which may be read-only. */
  readonly syncFile: (path: string) => Done
  readonly syncFolder: (path: string) => Done
  readonly rename: (from: string, to: string) => Done
  readonly protect: (path: string) => Done
  readonly remove: (path: string) => Done
  readonly modified: (path: string) => Done<number | undefined>
  /**
   * Has the names in a folder be what they are by now. A client of NFS may go by names of up to a minute ago, until it changes the
   * folder itself: so a file is made and removed. Where that cannot be done, the names are what they are.
   */
  readonly refresh: (folder: string) => Effect.Effect<void>
}>()("pipeline/Disk") {
  static readonly layerOf = (calls: SystemCalls) => Layer.sync(Disk, () => make(calls))
  static readonly layer = Disk.layerOf(system)
}

const attempt = <A>(operation: string, path: string, run: () => A): Done<A> =>
  Effect.try({
    try: run,
    catch: (error) => new DiskFailed({ operation, path, code: (error as NodeJS.ErrnoException).code ?? String(error) })
  })

/** What a call gives, or undefined where it fails with a code. */
const unless = <A>(code: string, run: () => A): A | undefined => {
  try {
    return run()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === code) return undefined
    throw error
  }
}

/** Folders from `root` down to `path`. */
const folders = (root: string, path: string): ReadonlyArray<string> =>
  nodePath.relative(root, path).split(nodePath.sep).filter((name) => name !== "").reduce(
    (all, name) => [...all, nodePath.join(all.at(-1)!, name)],
    [root]
  )

const make = (calls: SystemCalls): Disk["Service"] => {
  /** Folders whose name this process has synced. */
  const lasting = new Set<string>()
  return Disk.of({
    makeFolder: (path) => attempt("create folder", path, () => void makeFolders(calls, path, nodePath.dirname)),
    makeLastingFolder: (root, path) =>
      attempt("create folder", path, () => {
        for (const folder of folders(root, path)) {
          if (lasting.has(folder) && fs.existsSync(folder)) continue
          makeFolders(calls, folder, nodePath.dirname)
          // The folder of the store itself may lie in one that we may not read.
          if (folder === root) unless("EACCES", () => syncFolder(calls, nodePath.dirname(folder)))
          else syncFolder(calls, nodePath.dirname(folder))
          lasting.add(folder)
        }
      }),
    read: (path) => attempt("read", path, () => unless("ENOENT", () => fs.readFileSync(path))),
    readFrom: (path, offset, most) => attempt("read", path, () => unless("ENOENT", () => readPart(path, offset, most))),
    list: (path) => attempt("list", path, () => (unless("ENOENT", () => fs.readdirSync(path)) ?? []).sort()),
    size: (path) => attempt("look at", path, () => fs.statSync(path, { throwIfNoEntry: false })?.size),
    write: (path, content) =>
      attempt("write", path, () =>
        opened(calls, path, "w", (descriptor) => {
          writeAll(calls, descriptor, Buffer.from(content))
          calls.sync(descriptor)
        })),
    create: (path, content) =>
      attempt("create", path, () =>
        unless("EEXIST", () =>
          opened(calls, path, "wx", (descriptor) => {
            try {
              writeAll(calls, descriptor, Buffer.from(content))
              return true
            } catch (error) {
              calls.remove(path)
              throw error
            }
          })) ?? false),
    overwrite: (path, content) =>
      attempt("write", path, () =>
        unless("ENOENT", () =>
          opened(calls, path, "r+", (descriptor) => {
            writeAll(calls, descriptor, Buffer.from(content))
            return true
          })) ?? false),
    openAppend: (path) => attempt("open", path, () => calls.open(path, "a")),
    append: (descriptor, path, content) =>
      attempt("append to", path, () => writeAll(calls, descriptor, Buffer.from(content))),
    sync: (descriptor, path) => attempt("sync", path, () => calls.sync(descriptor)),
    close: (descriptor) => attempt("close", String(descriptor), () => calls.close(descriptor)),
    // Windows syncs only what is open for writing, which a protected file cannot be.
    syncFile: (path) =>
      attempt("sync", path, () =>
        process.platform === "win32"
          ? undefined
          : opened(calls, path, "r", (descriptor) => calls.sync(descriptor))),
    syncFolder: (path) => attempt("sync", path, () => syncFolder(calls, path)),
    rename: (from, to) =>
      attempt("rename", to, () => {
        makeFolders(calls, nodePath.dirname(to), nodePath.dirname)
        try {
          calls.rename(from, to)
        } catch (error) {
          // Where the answer of a file server was lost, the call is made again, and finds that it was done.
          const done = (error as NodeJS.ErrnoException).code === "ENOENT" && !fs.existsSync(from) && fs.existsSync(to)
          if (!done) throw error
        }
      }),
    protect: (path) => attempt("protect", path, () => calls.protect(path)),
    remove: (path) => attempt("remove", path, () => calls.remove(path)),
    modified: (path) => attempt("look at", path, () => fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs),
    refresh: (folder) =>
      Effect.ignore(attempt("look at", folder, () => {
        const path = nodePath.join(folder, `.refresh-${randomUUID()}`)
        opened(calls, path, "wx", () => {})
        calls.remove(path)
      }))
  })
}
