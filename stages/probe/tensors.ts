import { floats, shapeOf } from "../../model/state.ts"
import type { Columns } from "../../schemas/table.ts"
import type { Checkpoint, Probe } from "../../schemas/tables.ts"
import type { Matrix } from "../spectra/matrix.ts"

/** Finds matrices of a table by name and part; gives nothing where there is none. */
export const finder = (
  table: Pick<Columns<typeof Checkpoint> | Columns<typeof Probe>, "name" | "part" | "shape" | "data">
) => {
  const places = new Map(table.name.map((name, row) => [`${name} ${table.part[row]}`, row]))
  return (name: string, part: string): Matrix | undefined => {
    const row = places.get(`${name} ${part}`)
    if (row === undefined) return undefined
    const [rows, columns] = shapeOf(table.shape[row]!) as [number, number]
    return { rows, columns, values: floats(table.data[row]!) }
  }
}

/** The same for a matrix that must be there. */
export const finderOf = (table: Parameters<typeof finder>[0], what: string) => {
  const find = finder(table)
  return (name: string, part: string): Matrix => {
    const found = find(name, part)
    if (!found) throw new Error(`the ${what} holds no ${part} of ${name}: it belongs to another model`)
    return found
  }
}
