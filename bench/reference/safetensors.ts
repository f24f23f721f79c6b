/**
 * Tensors exchanged with Python: the safetensors format (github.com/huggingface/safetensors).
 *
 * Eight bytes little-endian: length of a JSON header, padded with spaces to a multiple of 8; the header, from names to
 * `{ dtype, shape, data_offsets }`; all data one after another, row-major, little-endian.
 */

/** A tensor with its dimensions. */
export interface ExchangedTensor {
  readonly shape: ReadonlyArray<number>
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array
}

const dtypes = { F32: Float32Array, F64: Float64Array, I32: Int32Array, U8: Uint8Array } as const
type Dtype = keyof typeof dtypes

const dtypeOf = (data: ExchangedTensor["data"]): Dtype =>
  (Object.keys(dtypes) as Array<Dtype>).find((name) => data instanceof dtypes[name])!

/** The parts of a file, to be written one after another. */
export const encode = (tensors: ReadonlyMap<string, ExchangedTensor>): ReadonlyArray<Uint8Array> => {
  const header: Record<string, unknown> = {}
  const parts: Array<Uint8Array> = []
  let end = 0
  // Wide types first, so that each is aligned.
  const widestFirst = [...tensors].sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT)
  for (const [name, { data, shape }] of widestFirst) {
    header[name] = { dtype: dtypeOf(data), shape, data_offsets: [end, end + data.byteLength] }
    parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    end += data.byteLength
  }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20)
  padded.set(text)
  return [new Uint8Array(BigUint64Array.of(BigInt(padded.length)).buffer), padded, ...parts]
}

/** The tensors of a file's bytes. */
export const decode = (file: Uint8Array): ReadonlyMap<string, ExchangedTensor> => {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const start = 8 + Number(view.getBigUint64(0, true))
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, start))) as Record<string, {
    readonly dtype: Dtype
    readonly shape: ReadonlyArray<number>
    readonly data_offsets: readonly [number, number]
  }>
  return new Map(
    Object.entries(header).filter(([name]) => name !== "__metadata__").map(([name, about]) => {
      const [from, to] = about.data_offsets
      // A copy, which is aligned; Buffer.slice would give a view.
      const bytes = Uint8Array.from(file.subarray(start + from, start + to))
      return [name, { shape: about.shape, data: new dtypes[about.dtype](bytes.buffer) }]
    })
  )
}
