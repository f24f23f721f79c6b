/** Parquet files as hyparquet and its writer see them, without copies of what is large. */
import type { AsyncBuffer } from "hyparquet"
import { ByteWriter } from "hyparquet-writer"
import { closeSync, openSync, readSync, statSync } from "node:fs"

/** Bytes that are held back until there are so many; what is larger is written as it is. */
const heldBack = 1_000_000

/** The writer's buffer, which hands on what it holds. */
export const sink = (write: (bytes: Uint8Array) => void): ByteWriter => {
  const buffer = new ByteWriter(heldBack)
  const { appendBytes, ensure } = ByteWriter.prototype
  const flush = () => {
    if (buffer.index > 0) write(buffer.getBytes())
    buffer.index = 0
  }
  buffer.ensure = (size) => {
    if (buffer.index + size > heldBack) flush()
    ensure.call(buffer, size)
  }
  buffer.appendBytes = (bytes) => {
    if (bytes.length < heldBack) return appendBytes.call(buffer, bytes)
    flush()
    write(bytes)
    buffer.offset += bytes.length
  }
  buffer.finish = flush
  return buffer
}

/** Most bytes of one read: the system takes 2³¹ − 4096. */
const readAtOnce = 2 ** 30

/** A file, each part read into a buffer of its own. */
export const source = (path: string): AsyncBuffer => ({
  byteLength: statSync(path).size,
  slice: (start, end = statSync(path).size) => {
    const bytes = Buffer.allocUnsafeSlow(end - start)
    const descriptor = openSync(path, "r")
    try {
      for (let done = 0; done < bytes.length;) {
        const read = readSync(descriptor, bytes, done, Math.min(readAtOnce, bytes.length - done), start + done)
        if (read === 0) throw new Error(`${path} ends at byte ${start + done}, before byte ${end}`)
        done += read
      }
    } finally {
      closeSync(descriptor)
    }
    return bytes.buffer
  }
})
