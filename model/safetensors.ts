/**
 * The safetensors format (github.com/huggingface/safetensors).
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

/** Half precision as float32, which holds every value of it. */
const halves: Readonly<Record<string, (bits: number) => number>> = {
  BF16: (bits) => asFloat(bits << 16),
  F16: (bits) => {
    const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25))
  }
}
const word = new DataView(new ArrayBuffer(4))
const asFloat = (bits: number): number => {
  word.setInt32(0, bits)
  return word.getFloat32(0)
}

const valuesOf = (dtype: string, bytes: Uint8Array<ArrayBuffer>, name: string): ExchangedTensor["data"] => {
  const half = halves[dtype]
  if (half !== undefined) return Float32Array.from(new Uint16Array(bytes.buffer), half)
  const type = dtypes[dtype as Dtype]
  if (type === undefined) throw new Error(`${name} is of type ${dtype}, and read are ${readable.join(", ")}`)
  return new type(bytes.buffer)
}
type Dtype = keyof typeof dtypes

const readable = [...Object.keys(dtypes), ...Object.keys(halves)]

const dtypeOf = (data: ExchangedTensor["data"]): Dtype =>
  (Object.keys(dtypes) as Array<Dtype>).find((name) => data instanceof dtypes[name])!

/** The parts of a file, to be written one after another; `metadata` are texts for its reader. */
export const encode = (
  tensors: ReadonlyMap<string, ExchangedTensor>,
  metadata?: Readonly<Record<string, string>>
): ReadonlyArray<Uint8Array> => {
  const header: Record<string, unknown> = metadata === undefined ? {} : { __metadata__: metadata }
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

/** The tensors of a file's bytes; half precision comes as float32. */
export const decode = (file: Uint8Array): ReadonlyMap<string, ExchangedTensor> => {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const start = file.length < 8 ? Infinity : 8 + Number(view.getBigUint64(0, true))
  if (start > file.length) throw new Error("not a safetensors file, or cut off in its header")
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, start))) as Record<string, {
    readonly dtype: string
    readonly shape: ReadonlyArray<number>
    readonly data_offsets: readonly [number, number]
  }>
  return new Map(
    Object.entries(header).filter(([name]) => name !== "__metadata__").map(([name, about]) => {
      const [from, to] = about.data_offsets
      if (start + to > file.length) throw new Error(`a safetensors file is cut off: ${name} ends at byte ${start + to}`)
      // A copy, which is aligned; Buffer.slice would give a view.
      const bytes = Uint8Array.from(file.subarray(start + from, start + to))
      return [name, { shape: about.shape, data: valuesOf(about.dtype, bytes, name) }]
    })
  )
}
