/** Products of matrices outside a graph: for what optimizers make of gradients. */
import { wasm } from "./compiled/product.ts"
import { type Instance, instance } from "./instance.ts"

interface Kernel {
  readonly product: (left: number, right: number, inner: number, a: number, b: number, c: number) => void
}

/** A matrix of float32 numbers, row-major. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly values: Float32Array
}

let kernel: Instance<Kernel> | undefined

/** Lays out `count` vectors of `inner` numbers in panels of `width` vectors: number k of all of a panel, then number k + 1. */
const pack = (
  to: Float32Array,
  { columns, rows, values }: Matrix,
  byRow: boolean,
  width: number
): void => {
  const count = byRow ? rows : columns, inner = byRow ? columns : rows
  const [vector, step] = byRow ? [columns, 1] : [1, columns]
  to.fill(0)
  for (let start = 0, at = 0; start < count; start += width, at += width * inner) {
    const here = Math.min(width, count - start)
    for (let k = 0; k < inner; k++) {
      const from = start * vector + k * step
      for (let i = 0; i < here; i++) to[at + k * width + i] = values[from + i * vector]!
    }
  }
}

/** left·right, either of them turned first; in single precision, on one thread, with the same bits everywhere. */
export const product = (
  left: Matrix,
  right: Matrix,
  { transposeLeft = false, transposeRight = false }: { transposeLeft?: boolean; transposeRight?: boolean } = {}
): Matrix => {
  const [rows, inner] = transposeLeft ? [left.columns, left.rows] : [left.rows, left.columns]
  const [other, columns] = transposeRight ? [right.columns, right.rows] : [right.rows, right.columns]
  if (inner !== other) throw new Error(`product: inner extents ${inner} and ${other} differ`)
  const panels = Math.ceil(rows / 4), wide = Math.ceil(columns / 8)
  const [sizeA, sizeB, sizeC] = [4 * panels * inner, 8 * wide * inner, 32 * panels * wide]
  const bytes = 4 * (sizeA + sizeB + sizeC)
  if (kernel === undefined || kernel.memory.byteLength < bytes) kernel = instance<Kernel>(wasm, bytes)
  const { exports, memory } = kernel
  pack(new Float32Array(memory, 0, sizeA), left, !transposeLeft, 4)
  pack(new Float32Array(memory, 4 * sizeA, sizeB), right, transposeRight, 8)
  exports.product(panels, wide, inner, 0, 4 * sizeA, 4 * (sizeA + sizeB))
  const out = new Float32Array(memory, 4 * (sizeA + sizeB), sizeC)
  const values = new Float32Array(rows * columns)
  for (let row = 0; row < rows; row++) values.set(out.subarray(8 * wide * row, 8 * wide * row + columns), row * columns)
  return { rows, columns, values }
}
