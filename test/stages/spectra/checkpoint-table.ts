/** Checkpoint tables for tests of the spectra. */
import type { Columns } from "../../../schemas/table.ts"
import type { Checkpoint } from "../../../schemas/tables.ts"
import type { Matrix } from "../../../stages/spectra/matrix.ts"

export type Entry = readonly [name: string, part: string, matrix: Matrix]

export const checkpointTable = (entries: ReadonlyArray<Entry>): Columns<typeof Checkpoint> => ({
  name: entries.map(([name]) => name),
  part: entries.map(([, part]) => part),
  shape: entries.map(([, , { columns, rows }]) => `${rows}x${columns}`),
  data: entries.map(([, , { values }]) => new Uint8Array(Float32Array.from(values).buffer))
})

/** Rows of a matrix that carries an adapter, B·A taken exactly. */
export const adapted = (name: string, effective: Matrix, a: Matrix, b: Matrix): ReadonlyArray<Entry> => {
  const values = new Float64Array(b.rows * a.columns)
  for (let i = 0; i < b.rows; i++) {
    for (let j = 0; j < a.columns; j++) {
      for (let r = 0; r < a.rows; r++) {
        values[i * a.columns + j]! += b.values[i * a.rows + r]! * a.values[r * a.columns + j]!
      }
    }
  }
  return [
    [name, "effective", effective],
    [name, "adapter", { rows: b.rows, columns: a.columns, values }],
    [name, "A", a],
    [name, "B", b]
  ]
}
