/** The OV circuit of each head as interpretability work has it. */
import type { Kind, Kinds, Subject } from "./matrices.ts"
import type { Matrix } from "./matrix.ts"
import type { Heads } from "./ov-circuit.ts"

/** `count` rows from `first` on. */
const rowsOf = ({ columns, values }: Matrix, first: number, count: number): Matrix => ({
  rows: count,
  columns,
  values: values.subarray(first * columns, (first + count) * columns)
})

const columnsOf = ({ columns, rows, values }: Matrix, first: number, count: number): Matrix => {
  const out = new Float64Array(rows * count)
  for (let i = 0; i < rows; i++) out.set(values.subarray(i * columns + first, i * columns + first + count), i * count)
  return { rows, columns: count, values: out }
}

const beside = (a: Matrix, b: Matrix): Matrix => {
  const columns = a.columns + b.columns
  const values = new Float64Array(a.rows * columns)
  for (let i = 0; i < a.rows; i++) {
    values.set(a.values.subarray(i * a.columns, (i + 1) * a.columns), i * columns)
    values.set(b.values.subarray(i * b.columns, (i + 1) * b.columns), i * columns + a.columns)
  }
  return { rows: a.rows, columns, values }
}

const above = (a: Matrix, b: Matrix): Matrix => ({
  rows: a.rows + b.rows,
  columns: a.columns,
  values: Float64Array.from([...a.values, ...b.values])
})

const difference = (a: Matrix, b: Matrix): Matrix => ({
  ...a,
  values: Float64Array.from(a.values, (x, at) => x - b.values[at]!)
})

/**
 * O·V of each query head, (width, width), as the pair of its factors: O the head's columns of o_proj (width, headWidth), V the
 * rows of v_proj (headWidth, width) of its key-value head (Elhage et al., A Mathematical Framework for Transformer
 * Circuits, 2021). Its rank is at most headWidth. A change of it is dO·V + (O − dO)·dV of twice that rank, with V and O
 * as they are after it.
 */
export const headCircuits = (v: Kinds, o: Kinds, { heads, kvHeads }: Heads): ReadonlyArray<Subject> => {
  const { columns: width, rows } = v.effective
  const headWidth = rows / kvHeads
  const pairs: ReadonlyArray<readonly [kind: Kind, v: Matrix | undefined, o: Matrix | undefined]> = [
    ["weight", v.weight, o.weight],
    ["effective", v.effective, o.effective],
    ["adapter", v.adapter, o.adapter],
    ["realised", v.realised, o.realised]
  ]
  const adapterRank = Math.min(headWidth, v.adapterRank ?? headWidth, o.adapterRank ?? headWidth)
  return Array.from({ length: heads }, (_, head) => {
    const ofHead = (ov: Matrix, oo: Matrix) =>
      [
        rowsOf(ov, Math.floor(head * kvHeads / heads) * headWidth, headWidth),
        columnsOf(oo, head * headWidth, headWidth)
      ] as const
    return pairs.flatMap(([kind, ofV, ofO]): ReadonlyArray<Subject> => {
      if (!ofV || !ofO) return []
      const [V, O] = ofHead(ofV, ofO)
      if (kind !== "realised") {
        return [{ kind, head, rankBound: kind === "adapter" ? adapterRank : headWidth, factors: { left: O, right: V } }]
      }
      const [after, afterO] = ofHead(v.effective, o.effective)
      return [{
        kind,
        head,
        rankBound: Math.min(2 * headWidth, width),
        factors: { left: beside(O, difference(afterO, O)), right: above(after, V) }
      }]
    })
  }).flat()
}
