/**
 * From a matrix to its singular values and, where they are wanted, vectors: `plan` lays the memory out, the caller writes the
 * matrix to it, `decompose` computes. The matrix is size×length, size ≤ length.
 */
import { bidiagonalQr } from "./bidiagonal-qr.ts"
import { bidiagonalise } from "./bidiagonalise.ts"
import { dqds } from "./dqds.ts"
import { lq } from "./lq.ts"
import { clear, copy, dot, get, set, subtractMultiple } from "./vectors.ts"

let size: i32 = 0, length: i32 = 0
let vectors = false
let stride: i32 = 0, squareStride: i32 = 0
let matrix: i32 = 0, square: i32 = 0, diagonal: i32 = 0, offDiagonal: i32 = 0, taus: i32 = 0, room: i32 = 0
let leftReflectors: i32 = 0, rightReflectors: i32 = 0, left: i32 = 0, right: i32 = 0, longRight: i32 = 0, spare: i32 = 0

/** Distance of rows: cache lines of eight numbers, an odd number of them, so that rows do not fall on one another. */
function strideOf(columns: i32): i32 {
  const lines = (columns + 7) >> 3
  return (lines | 1) << 3
}

/** Lays out the memory; gives how many numbers it takes. */
export function plan(rows: i32, columns: i32, withVectors: i32): i32 {
  size = rows
  length = columns
  vectors = withVectors !== 0
  stride = strideOf(length)
  squareStride = strideOf(size)
  const padded = (size + 3) & ~3
  matrix = 0
  square = length > size ? matrix + padded * stride : matrix
  diagonal = square + padded * squareStride
  if (square === matrix) diagonal = padded * stride
  offDiagonal = diagonal + padded
  taus = offDiagonal + padded
  room = taus + padded
  const forLq = 16 * stride + 16 * 16 + 16 + 16 * padded
  const forBidiagonal = 8 * squareStride + 16
  leftReflectors = room + (forLq > forBidiagonal ? forLq : forBidiagonal)
  if (!vectors) return leftReflectors
  rightReflectors = leftReflectors + size * (squareStride + 4)
  left = rightReflectors + size * (squareStride + 4)
  right = left + size * squareStride
  spare = right + size * squareStride
  longRight = spare + stride + ((size + 3) & ~3)
  return longRight + (length > size ? size * stride : 0)
}

/** Where the caller writes the matrix: rows `rowStride` apart, the rest of them and rows up to a multiple of four zeros. */
export function matrixPlace(): i32 {
  return matrix
}
export function rowStride(): i32 {
  return stride
}
/** Where the singular values are afterwards: `size` of them, in no order and of any sign. */
export function valuesPlace(): i32 {
  return diagonal
}
/** Left singular vectors as rows of `size` numbers, `leftStride` apart, in the values' order. */
export function leftPlace(): i32 {
  return left
}
export function leftStride(): i32 {
  return squareStride
}
/** Right singular vectors as rows of `length` numbers, `rowStride` apart. */
export function rightPlace(): i32 {
  return length > size ? longRight : right
}

/** Computes; says whether the iteration converged. */
export function decompose(): boolean {
  const padded = (size + 3) & ~3
  if (length > size) {
    lq(matrix, padded, (length + 3) & ~3, stride, diagonal, taus, room)
    clear(square, padded * squareStride)
    for (let i: i32 = 0; i < size; i++) {
      copy(square + i * squareStride, matrix + i * stride, i)
      set(square + i * squareStride + i, get(diagonal + i))
    }
  }
  if (!vectors) {
    bidiagonalise(square, size, squareStride, diagonal, offDiagonal, room, -1, -1)
    return dqds(diagonal, offDiagonal, size, room)
  }
  clear(leftReflectors, squareStride + 4) // there is no reflector of the first row
  bidiagonalise(square, size, squareStride, diagonal, offDiagonal, room, leftReflectors, rightReflectors)
  product(leftReflectors, left)
  product(rightReflectors, right)
  // What is iterated is the transpose, which is upper bidiagonal: its left vectors are this one's right ones.
  const converged = bidiagonalQr(diagonal, offDiagonal, size, right, left, squareStride, spare)
  if (length > size) lengthen()
  return converged
}

/** Rows are the columns of H₀·H₁·…·Hₙ₋₁. */
function product(reflectors: i32, rows: i32): void {
  const end = (size + 3) & ~3
  clear(rows, size * squareStride)
  for (let i: i32 = 0; i < size; i++) set(rows + i * squareStride + i, 1)
  for (let i = size - 1; i >= 0; i--) {
    const v = reflectors + i * (squareStride + 4)
    const tau = get(v + squareStride)
    if (tau === 0) continue
    const start = i & ~3
    for (let r = i; r < size; r++) {
      const row = rows + r * squareStride + start
      subtractMultiple(row, tau * dot(row, v + start, end - start), v + start, end - start)
    }
  }
}

/** Right vectors of L, (size, size), times Q, (size, length). */
function lengthen(): void {
  const end = (length + 3) & ~3
  clear(longRight, size * stride)
  for (let r: i32 = 0; r < size; r++) copy(longRight + r * stride, right + r * squareStride, size)
  for (let i = size - 1; i >= 0; i--) {
    const tau = get(taus + i)
    if (tau === 0) continue
    const start = i & ~3
    clear(spare + start, i - start)
    copy(spare + i, matrix + i * stride + i, end - i)
    for (let r: i32 = 0; r < size; r++) {
      const row = longRight + r * stride + start
      subtractMultiple(row, tau * dot(row, spare + start, end - start), spare + start, end - start)
    }
  }
}
