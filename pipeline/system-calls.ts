/**
 * The calls to the operating system by which files change: all that must outlive a crash goes through them, the store's and the
 * journal's writes as well as the drafts of stages. A test can stand in between, and fail them or cut the power.
 */
import * as fs from "node:fs"

export interface SystemCalls {
  /** Opens a file: `w` writes it anew, `wx` only where there is none, `a` appends, `r+` and `r` take it as it is. */
  readonly open: (path: string, flags: "w" | "wx" | "a" | "r+" | "r") => number
  /** Writes bytes from an offset on and gives how many it wrote, which may be fewer. */
  readonly write: (descriptor: number, bytes: Uint8Array, from: number) => number
  /** Waits until a file's content, or a folder's names, are on the disk. */
  readonly sync: (descriptor: number) => void
  readonly close: (descriptor: number) => void
  /** Creates one folder; false where it is there already. */
  readonly makeFolder: (path: string) => boolean
  readonly rename: (from: string, to: string) => void
  /** Makes a file read-only. */
  readonly protect: (path: string) => void
  /** Removes a file, or a folder with all below; does nothing where there is none. */
  readonly remove: (path: string) => void
}

export const system: SystemCalls = {
  open: (path, flags) => fs.openSync(path, flags),
  write: (descriptor, bytes, from) => fs.writeSync(descriptor, bytes, from),
  sync: (descriptor) => fs.fsyncSync(descriptor),
  close: (descriptor) => fs.closeSync(descriptor),
  makeFolder: (path) => {
    try {
      fs.mkdirSync(path)
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
      throw error
    }
  },
  rename: (from, to) => fs.renameSync(from, to),
  protect: (path) => fs.chmodSync(path, 0o444),
  remove: (path) => fs.rmSync(path, { recursive: true, force: true })
}

/** Writes all of some bytes: one call may take a part of them. */
export const writeAll = (calls: SystemCalls, descriptor: number, bytes: Uint8Array): void => {
  let written = 0
  while (written < bytes.length) written += calls.write(descriptor, bytes, written)
}

/** Opens a path, uses it, closes it. */
export const opened = <A>(
  calls: SystemCalls,
  path: string,
  flags: Parameters<SystemCalls["open"]>[1],
  use: (descriptor: number) => A
): A => {
  const descriptor = calls.open(path, flags)
  try {
    return use(descriptor)
  } finally {
    calls.close(descriptor)
  }
}

/** Syncs a file that has been written. */
export const syncFile = (calls: SystemCalls, path: string): void =>
  opened(calls, path, "r+", (descriptor) => calls.sync(descriptor))

/** Syncs the names in a folder. Windows cannot, and does not need to. */
export const syncFolder = (calls: SystemCalls, path: string): void => {
  if (process.platform !== "win32") opened(calls, path, "r", (descriptor) => calls.sync(descriptor))
}

/** Creates a folder and those above it that are missing; gives those it made, the topmost first. */
export const makeFolders = (calls: SystemCalls, path: string, parentOf: (path: string) => string): Array<string> => {
  const missing: Array<string> = []
  for (let at = path; !fs.existsSync(at); at = parentOf(at)) {
    missing.unshift(at)
    if (parentOf(at) === at) break
  }
  return missing.filter((folder) => calls.makeFolder(folder))
}
