/** Reads files as text, plain or gzipped. */
import { createReadStream } from "node:fs"
import { createGunzip } from "node:zlib"
import type { ExternalFile } from "../../pipeline/stage.ts"

/** Bytes of a file, in chunks; a name that ends in .gz is gunzipped. `onBytes` is told what was read from disk. */
async function* chunksOf(file: ExternalFile, onBytes: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  const raw = createReadStream(file.path, { highWaterMark: 2 ** 18 })
  raw.on("data", (chunk) => onBytes(chunk.length))
  if (!file.name.endsWith(".gz")) return yield* raw
  const gunzip = createGunzip()
  raw.on("error", (error) => gunzip.destroy(error))
  try {
    yield* raw.pipe(gunzip)
  } catch (cause) {
    throw new Error(`${file.name}: cannot be gunzipped; check that the file is whole`, { cause })
  } finally {
    raw.destroy()
  }
}

const decode = (bytes: Uint8Array, place: string): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new Error(`${place}: not UTF-8; convert the file, e.g. with iconv -t utf-8`, { cause })
  }
}

/** Whole text of a file. */
export const textOf = async (file: ExternalFile, onBytes: (bytes: number) => void): Promise<string> => {
  const chunks: Array<Uint8Array> = []
  for await (const chunk of chunksOf(file, onBytes)) chunks.push(chunk)
  return decode(Buffer.concat(chunks), file.name)
}

/** Lines of a file. Only line feeds end them: JSON may hold other line separators. */
export async function* linesOf(file: ExternalFile, onBytes: (bytes: number) => void): AsyncGenerator<string> {
  let line = 1
  let pending: Array<Uint8Array> = []
  const take = (last: Uint8Array): string => {
    const text = decode(Buffer.concat([...pending, last]), `${file.name}:${line}`)
    pending = []
    line += 1
    return text.endsWith("\r") ? text.slice(0, -1) : text
  }
  for await (const chunk of chunksOf(file, onBytes)) {
    let start = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      yield take(chunk.subarray(start, end))
      start = end + 1
    }
    if (start < chunk.length) pending.push(chunk.subarray(start))
  }
  if (pending.length > 0) yield take(new Uint8Array(0))
}
