/** A folder as a remote store: a mounted disk, say. What arrives is written beside, read back, and renamed when it is whole. */
import { Effect } from "effect"
import { randomUUID } from "node:crypto"
import { constants } from "node:fs"
import * as fs from "node:fs/promises"
import * as nodePath from "node:path"
import { fileURLToPath } from "node:url"
import * as Digest from "../digest.ts"
import { type Item, type Remote, RemoteFailed, type Source } from "./remote.ts"

const remedies: Readonly<Record<string, string>> = {
  ENOENT: "there is no such folder or file: is the disk mounted?",
  ENOSPC: "the disk is full: free some space and try again, what is there stays",
  EACCES: "no permission: choose a folder you may read and write",
  EROFS: "the file system is read-only: choose another folder",
  ENOTDIR: "part of that path is a file: choose another folder"
}

const sync = async (path: string) => {
  const file = await fs.open(path, "r+")
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

const syncFolder = async (path: string) => {
  // Windows cannot sync a folder, and does not need to.
  if (process.platform === "win32") return
  const folder = await fs.open(path, "r")
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Folder in which files are until they are whole. */
const partial = ".partial"

const walk = async (root: string, folder: string): Promise<ReadonlyArray<Item>> => {
  const entries = await fs.readdir(nodePath.join(root, folder), { withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []
    throw error
  })
  const found: Array<Item> = []
  for (const entry of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) found.push(...await walk(root, path))
    else found.push({ path, size: (await fs.stat(nodePath.join(root, path))).size })
  }
  return found
}

const copy = async (source: Source, to: string) => {
  if ("file" in source) await fs.copyFile(source.file, to, constants.COPYFILE_FICLONE)
  else await fs.writeFile(to, source)
  // A copy has the mode of its original, and objects are read-only.
  await fs.chmod(to, 0o644)
  await sync(to)
}

export const open = (url: string): Remote => {
  const root = url.startsWith("file:") ? fileURLToPath(url) : nodePath.resolve(url)
  const attempt = <A>(path: string, run: () => Promise<A>): Effect.Effect<A, RemoteFailed> =>
    Effect.tryPromise({
      try: run,
      catch: (error) => {
        const { code, message } = error as NodeJS.ErrnoException
        return new RemoteFailed({
          remote: nodePath.join(root, path),
          reason: remedies[code ?? ""] ?? message,
          damaged: false
        })
      }
    })
  return {
    name: root,
    list: (folder) => attempt(folder, () => walk(root, folder)),
    get: (path, file) => attempt(path, () => copy({ file: nodePath.join(root, path), size: 0 }, file)),
    put: (path, source, replace = false) =>
      attempt(path, async () => {
        const target = nodePath.join(root, path)
        if (!replace && await fs.stat(target).then(() => true, () => false)) return
        const draft = nodePath.join(root, partial, randomUUID())
        await fs.mkdir(nodePath.dirname(draft), { recursive: true })
        try {
          await copy(source, draft)
          const sent = "file" in source ? Digest.ofFile(source.file) : Digest.ofBytes(source)
          if (Digest.ofFile(draft) !== sent) {
            throw new Error("other bytes arrived than were sent: is that disk damaged?")
          }
          await fs.mkdir(nodePath.dirname(target), { recursive: true })
          await fs.rename(draft, target)
          await syncFolder(nodePath.dirname(target))
        } finally {
          await fs.rm(draft, { force: true })
        }
      })
  }
}
