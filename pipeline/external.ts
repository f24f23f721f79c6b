/**
 * Digests of files outside the store. A file is hashed again only when its size, times or inode have changed since it was
 * last hashed; what is known is kept in <root>/files.json, which may be deleted at any time.
 */
import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as z from "zod"
import { ofFile } from "./digest.ts"

const Known = z.record(z.string(), z.object({ stamp: z.string(), digest: z.string() }))

/** What a file's content is judged by before it is read: size, modification, change, inode. */
export const stampOf = (path: string): string | undefined => {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stat?.isFile() ? `${stat.size}-${stat.mtimeNs}-${stat.ctimeNs}-${stat.ino}` : undefined
}

/** A stamp without the time of change, which moves when a file is renamed or its mode is changed. */
const written = (stamp: string | undefined) => stamp?.split("-").toSpliced(2, 1).join("-")

export interface External {
  /** SHA-256 of a file, or undefined where there is none. */
  readonly digest: (path: string) => string | undefined
  /**
   * Whether a file has been written, or put in another's place, since `digest` first looked at it in this process, even if its
   * content is the same now: a stage may have read another. `digest` then looks again.
   */
  readonly touched: (path: string) => boolean
  /** Keeps what is known for the next process. */
  readonly save: () => void
}

export const open = (root: string): External => {
  const file = join(root, "files.json")
  const load = () => {
    try {
      return new Map(Object.entries(Known.parse(JSON.parse(readFileSync(file, "utf8")))))
    } catch {
      return new Map<string, { stamp: string; digest: string }>()
    }
  }
  const known = load()
  const seen = new Map<string, string | undefined>()
  /** How each file was when this process first looked at it. */
  const first = new Map<string, string | undefined>()
  let changed = false
  return {
    digest: (path) => {
      if (seen.has(path)) return seen.get(path)
      const stamp = stampOf(path)
      if (!first.has(path)) first.set(path, stamp)
      const before = known.get(path)
      let digest: string | undefined
      if (stamp !== undefined) {
        digest = before?.stamp === stamp ? before.digest : ofFile(path)
        if (before?.stamp !== stamp) {
          known.set(path, { stamp, digest })
          changed = true
        }
      }
      seen.set(path, digest)
      return digest
    },
    touched: (path) => {
      const stamp = stampOf(path)
      if (!first.has(path) || first.get(path) === stamp) return false
      seen.delete(path)
      return written(first.get(path)) !== written(stamp)
    },
    save: () => {
      if (!changed) return
      const draft = `${file}.${process.pid}`
      writeFileSync(draft, JSON.stringify(Object.fromEntries(known)))
      renameSync(draft, file)
      changed = false
    }
  }
}
