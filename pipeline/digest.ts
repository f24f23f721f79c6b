/**
 * Digests: lower-case hex SHA-256 over bytes that say what they are.
 *
 * Every structure is hashed behind a tag, so that two kinds of thing never share a digest. These encodings are
 * formats: changing one changes every key.
 */
import { createHash } from "node:crypto"
import { closeSync, openSync, readSync, statSync } from "node:fs"
import { Worker } from "node:worker_threads"

/** A value of a key record: what JSON can hold, without surprises in its text form. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [name: string]: Json }

/** JSON with sorted names and no spaces: one text for one value. */
export const canonical = (value: Json): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  if (value !== null && typeof value === "object") {
    const object = value as { readonly [name: string]: Json }
    return `{${
      Object.keys(object).sort().map((name) => `${JSON.stringify(name)}:${canonical(object[name]!)}`).join(",")
    }}`
  }
  if (typeof value === "number" && !Number.isFinite(value)) throw new Error(`${value} has no place in a key`)
  return JSON.stringify(value)
}

/** SHA-256 of a tagged value. */
export const ofJson = (tag: string, value: Json): string =>
  createHash("sha256").update(`${tag}\n`).update(canonical(value)).digest("hex")

/** SHA-256 of bytes, as `sha256sum` prints it. */
export const ofBytes = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

/** SHA-256 of a file, or of its first `length` bytes, a megabyte at a time. */
export const ofFile = (path: string, length = Infinity): string => {
  const hash = createHash("sha256")
  const buffer = Buffer.allocUnsafe(1 << 20)
  const descriptor = openSync(path, "r")
  try {
    for (let left = length; left > 0;) {
      const read = readSync(descriptor, buffer, 0, Math.min(left, buffer.length), null)
      if (read === 0) break
      hash.update(buffer.subarray(0, read))
      left -= read
    }
  } finally {
    closeSync(descriptor)
  }
  return hash.digest("hex")
}

/** From this size on, a thread of its own takes less time than it takes to begin. */
const worthAThread = 32e6

/** What the thread runs, as text: so it needs no file of its own beside a bundle. */
const hashing = `
const { createHash } = require("node:crypto")
const { openSync, readSync } = require("node:fs")
const { parentPort, workerData } = require("node:worker_threads")
const hash = createHash("sha256")
const buffer = Buffer.allocUnsafe(1 << 20)
const descriptor = openSync(workerData, "r")
for (let read; (read = readSync(descriptor, buffer)) > 0;) hash.update(buffer.subarray(0, read))
parentPort.postMessage(hash.digest("hex"))
`

/** SHA-256 of a file, as `ofFile`; a large one is hashed on a thread of its own while this one goes on. */
export const ofFileAside = async (path: string): Promise<string> => {
  if (statSync(path).size < worthAThread) return ofFile(path)
  return new Promise((resolve, reject) => {
    const thread = new Worker(hashing, { eval: true, workerData: path })
    thread.once("message", resolve)
    thread.once("error", reject)
  })
}
