/** A training state: what the next step depends on, in memory and as rows of a table. */
import type { Columns } from "../schemas/table.ts"
import type { Tensors } from "../schemas/tables.ts"
import type { Moments } from "./adamw.ts"

/** One tensor's values and all that training keeps beside them. */
export interface TensorState {
  readonly shape: ReadonlyArray<number>
  values: Float32Array
  /** AdamW's memory; absent where the tensor is frozen or was never updated. */
  moments?: Moments
  /** Values that the next forward pass sees instead, once (see methods/relora.ts). */
  shown?: Float32Array
}

/** Tensors by name. The order of the map is the order of the rows. */
export type TrainingState = Map<string, TensorState>

/** A tensor of a state, by name. */
export const tensorOf = (state: TrainingState, name: string): TensorState => {
  const tensor = state.get(name)
  if (!tensor) throw new Error(`the training state holds no tensor ${name}`)
  return tensor
}

const suffixes = { expAvg: ".exp_avg", expAvgSq: ".exp_avg_sq", step: ".step", shown: ".shown" }

if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) {
  throw new Error("tensors are stored little-endian; this processor is big-endian, which is not supported")
}

const bytesOf = (values: Float32Array | Float64Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

/** Copies float32 values out of little-endian bytes, which need not be aligned. */
export const floats = (bytes: Uint8Array): Float32Array => new Float32Array(bytes.slice().buffer)

/** "96x384" as [96, 384]; "" as []. */
export const shapeOf = (text: string): ReadonlyArray<number> => text === "" ? [] : text.split("x").map(Number)

/** Rows of a state. The bytes are views of the state's arrays: write them before the state changes. */
export const toTensors = (state: TrainingState): Columns<typeof Tensors> => {
  const columns = {
    name: [] as Array<string>,
    shape: [] as Array<string>,
    dtype: [] as Array<string>,
    data: [] as Array<Uint8Array>
  }
  const push = (name: string, shape: ReadonlyArray<number>, values: Float32Array | Float64Array) => {
    columns.name.push(name)
    columns.shape.push(shape.join("x"))
    columns.dtype.push(values instanceof Float64Array ? "float64" : "float32")
    columns.data.push(bytesOf(values))
  }
  for (const [name, { moments, shape, shown, values }] of state) {
    push(name, shape, values)
    if (moments) {
      push(name + suffixes.expAvg, moments.shape ?? shape, moments.expAvg)
      push(name + suffixes.expAvgSq, moments.shape ?? shape, moments.expAvgSq)
      push(name + suffixes.step, [], Float64Array.of(moments.step))
    }
    if (shown) push(name + suffixes.shown, shape, shown)
  }
  return columns
}

/** Where a tensor's values or moments are to be kept; nothing where it does not matter. */
export type Place = (name: string, part: "values" | "expAvg" | "expAvgSq") => Float32Array | undefined

/** A state of its own (no array is shared with the rows) from rows. */
export const fromTensors = (columns: Columns<typeof Tensors>, place: Place = () => undefined): TrainingState => {
  const rows = new Map(columns.name.map((name, row) => [name, row]))
  const copy = (bytes: Uint8Array, into: Float32Array | undefined): Float32Array => {
    if (into?.byteLength !== bytes.length) return floats(bytes)
    bytesOf(into).set(bytes)
    return into
  }
  const read = (name: string, suffix: keyof typeof suffixes): Float32Array | undefined => {
    const row = rows.get(name + suffixes[suffix])
    if (row === undefined) return undefined
    return copy(columns.data[row]!, suffix === "expAvg" || suffix === "expAvgSq" ? place(name, suffix) : undefined)
  }
  const state: TrainingState = new Map()
  for (const [name, row] of rows) {
    if (Object.values(suffixes).some((suffix) => name.endsWith(suffix))) continue
    const values = copy(columns.data[row]!, place(name, "values"))
    const shape = shapeOf(columns.shape[row]!)
    const size = shape.reduce((product, extent) => product * extent, 1)
    if (values.length !== size) {
      throw new Error(`tensor ${name}: ${values.length} values do not fill its shape ${columns.shape[row]}`)
    }
    const tensor: TensorState = { shape, values }
    const step = rows.get(name + suffixes.step)
    const expAvg = read(name, "expAvg")
    const expAvgSq = read(name, "expAvgSq")
    if (step !== undefined && expAvg && expAvgSq) {
      const of = columns.shape[rows.get(name + suffixes.expAvg)!]!
      tensor.moments = {
        expAvg,
        expAvgSq,
        step: new Float64Array(columns.data[step]!.slice().buffer)[0]!,
        ...of !== columns.shape[row] && { shape: shapeOf(of) }
      }
    }
    const shown = read(name, "shown")
    if (shown) tensor.shown = shown
    state.set(name, tensor)
  }
  return state
}
