/** Matrix products as operators whose bits do not depend on how many threads compute them. */
import type { Node, NodeOf } from "../node.ts"
import { size } from "../shape.ts"
import { float, integer, integers, microsoft, type Program } from "./program.ts"

/** Threads up to which the bits are the same. */
export const mostThreads = 16

/** One matrix product of (rows, inner) and (inner, columns), or `matrices` of them at a time. */
interface Extents {
  readonly matrices: number
  readonly rows: number
  readonly inner: number
  readonly columns: number
}

/** A factor: the name of its value, its axes, whether the last two are to be read the other way round. */
interface Factor {
  readonly value: string
  readonly shape: readonly number[]
  readonly transposed: boolean
}

/**
 * Multiplications from which a product whose left side is transposed is worth turning its smaller side beforehand: the
 * kernels read a transposed left side once for every 128 columns (measured: 15 % on 1,024 × 1,536 by 1,024 × 384).
 */
const leastTurned = 2 ** 27

/** A product of fewer multiplications stays on one thread. */
const leastShared = 64 * 1024

/** Threads that one product may be shared out among. */
const sharesOf = ({ columns, inner, matrices, rows }: Extents): number =>
  matrices * rows * inner * columns < leastShared ? 1 : Math.ceil(mostThreads / matrices)

/**
 * onnxruntime's kernels (MLAS, sgemm.cpp) share a product out by columns where it has more columns than rows, else by
 * rows. A thread sums over blocks of the inner axis whose length depends on the columns it got: 128 terms for more than
 * 64 columns, longer below. So a wide product with a longer sum is computed as its transpose, which is shared out by
 * rows. Very wide ones need not be: shares are whole sixteens of columns, and five of those are more than 64 columns even where
 * the last one is cut short.
 */
const sumsDependOnShares = (extents: Extents): boolean => {
  const { columns, inner, rows } = extents
  const shares = sharesOf(extents)
  return shares > 1 && columns > rows && inner > 128 && columns < 80 * shares
}

/**
 * A share of one row, or of a result with one column, goes to kernels for vectors, which round otherwise. Those take
 * neither scaled products nor ones whose left side is transposed.
 */
const sharesMayBeVectors = (extents: Extents): boolean => {
  const { columns, rows } = extents
  const shares = sharesOf(extents)
  return shares > 1 && (columns === 1 || (rows >= columns && rows < 2 * shares))
}

/** The extents as the kernels see them: a stack of left matrices times one right matrix is one tall product. */
const extentsOf = (node: NodeOf<"matmul">): Extents & { readonly stacked: boolean } => {
  const { attributes: { transposeA }, inputs, shape } = node
  const [a, b] = inputs as [Node, Node]
  const [rows, columns] = shape.slice(-2) as [number, number]
  const inner = a.shape.at(transposeA ? -2 : -1)!
  const matrices = size(shape.slice(0, -2))
  const stacked = !transposeA && a.shape.length >= b.shape.length && size(b.shape.slice(0, -2)) === 1
  return { stacked, inner, columns, ...(stacked ? { matrices: 1, rows: matrices * rows } : { matrices, rows }) }
}

/** alpha · a b over the last two axes. */
const multiply = (program: Program, a: Factor, b: Factor, alpha: number): string =>
  !a.transposed && !b.transposed && alpha === 1
    ? program.value("MatMul", [a.value, b.value])
    : program.value("FusedMatMul", [a.value, b.value], {
      domain: microsoft,
      attributes: [integer("transA", a.transposed), integer("transB", b.transposed), float("alpha", alpha)]
    })

/** Writes a product's operators; returns the name of its value. */
export const product = (program: Program, node: NodeOf<"matmul">, inputs: readonly string[]): string => {
  const { attributes: { alpha, transposeA, transposeB }, shape } = node
  const extents = extentsOf(node)
  const { columns, rows, stacked } = extents
  const factor = (which: number, transposed: boolean): Factor => ({
    value: inputs[which]!,
    shape: node.inputs[which]!.shape,
    transposed
  })
  const [a, b] = [factor(0, transposeA), factor(1, transposeB)]

  /** The product; where a thread's share might be a vector, its half doubled, which is exact. */
  const steady = (left: Factor, right: Factor, seen: Extents): string =>
    alpha === 1 && !left.transposed && sharesMayBeVectors(seen)
      ? program.value("Mul", [multiply(program, left, right, 0.5), program.scalar(2)])
      : multiply(program, left, right, alpha)
  if (transposeA && !transposeB && a.shape.length === 2 && b.shape.length === 2) {
    // aᵀb, or (bᵀa)ᵀ where the result is taller than wide.
    const tall = rows > columns
    const [left, right] = tall ? [b, a] : [a, b]
    const seen = { ...extents, rows: Math.min(rows, columns), columns: Math.max(rows, columns) }
    if (rows * columns * extents.inner >= leastTurned && !sumsDependOnShares(seen)) {
      const flip = (value: string) => program.value("Transpose", [value], { attributes: [integers("perm", [1, 0])] })
      const turned = program.once(`turned ${left.value}`, () => flip(left.value))
      const result = steady({ ...left, value: turned, transposed: false }, { ...right, transposed: false }, seen)
      return tall ? flip(result) : result
    }
  }
  if (!sumsDependOnShares(extents)) return steady(a, b, extents)

  // (ab)ᵀ = bᵀaᵀ
  const flat = (x: Factor): Factor => {
    const matrix = [size(x.shape.slice(0, -1)), x.shape.at(-1)!]
    if (!stacked || x.shape.length === 2) return x
    return { ...x, value: program.value("Reshape", [x.value, program.integers(matrix)]), shape: matrix }
  }
  const turned = (x: Factor): Factor => ({ ...x, transposed: !x.transposed })
  const result = steady(turned(flat(b)), turned(flat(a)), { ...extents, rows: columns, columns: rows })
  const axes = stacked ? 2 : shape.length
  const permutation = Array.from({ length: axes }, (_, axis) => axis < axes - 2 ? axis : 2 * axes - 3 - axis)
  const back = program.value("Transpose", [result], { attributes: [integers("perm", permutation)] })
  return axes === shape.length ? back : program.value("Reshape", [back, program.integers(shape)])
}
