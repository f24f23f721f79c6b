/** Parquet files as hyparquet and its writer see them, without copies of what is large. */
import type { AsyncBuffer, ColumnChunk } from "hyparquet"
import { ByteWriter } from "hyparquet-writer"
import { writePageHeader } from "hyparquet-writer/src/datapage.js"
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

/**
 * Appends a chunk of byte arrays, plain and uncompressed, and gives its description. The library makes each page in memory
 * before it writes it; here payloads go to the file as they are.
 */
export const appendByteArrays = (writer: ByteWriter, name: string, values: ReadonlyArray<Uint8Array>): ColumnChunk => {
  const begin = writer.offset
  for (let from = 0, to = 0; from < values.length; from = to) {
    let size = 0
    for (; to < values.length && size < heldBack; to++) size += 4 + values[to]!.length
    writePageHeader(writer, {
      type: "DATA_PAGE_V2",
      uncompressed_page_size: size,
      compressed_page_size: size,
      data_page_header_v2: {
        num_values: to - from,
        num_nulls: 0,
        num_rows: to - from,
        encoding: "PLAIN",
        definition_levels_byte_length: 0,
        repetition_levels_byte_length: 0,
        is_compressed: false
      }
    })
    for (const value of values.slice(from, to)) {
      writer.appendUint32(value.length)
      writer.appendBytes(value)
    }
  }
  const size = BigInt(writer.offset - begin)
  return {
    file_offset: BigInt(begin),
    meta_data: {
      type: "BYTE_ARRAY",
      encodings: ["PLAIN"],
      path_in_schema: [name],
      codec: "UNCOMPRESSED",
      num_values: BigInt(values.length),
      total_uncompressed_size: size,
      total_compressed_size: size,
      data_page_offset: BigInt(begin)
    }
  }
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
