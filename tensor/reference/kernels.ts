/** Every operation in plain float64 arithmetic, written for reading. Integers and booleans are float64 too. */
import { describe } from "../graph.ts"
import type { NodeOf, Operation } from "../node.ts"
import { type Shape, size } from "../shape.ts"
import { fill, reader } from "./layout.ts"

export interface Value {
  readonly data: Float64Array
  readonly shape: Shape
}

type Kernel<O extends Operation> = (node: NodeOf<O>, ...inputs: Value[]) => Float64Array

export const kernels: { readonly [O in Operation]: Kernel<O> } = {
  input: (node) => {
    throw new Error(`reference: ${describe(node as never)} has no value`)
  },
  constant: ({ attributes: { data } }) => Float64Array.from(data as ArrayLike<number | bigint>, Number),
  scalar: ({ attributes: { value } }) => Float64Array.of(value),

  matmul: ({ shape, attributes: { transposeA, transposeB, alpha } }, a, b) => {
    const [left, right] = [reader(a!.data, a!.shape), reader(b!.data, b!.shape)]
    const inner = a!.shape.at(transposeA ? -2 : -1)!
    return fill(shape, (coordinates) => {
      const batch = coordinates.slice(0, -2)
      const [row, column] = coordinates.slice(-2) as [number, number]
      let sum = 0
      for (let k = 0; k < inner; k++) {
        sum += left([...batch, ...(transposeA ? [k, row] : [row, k])]) *
          right([...batch, ...(transposeB ? [column, k] : [k, column])])
      }
      return alpha * sum
    })
  },

  add: binary((a, b) => a + b),
  sub: binary((a, b) => a - b),
  mul: binary((a, b) => a * b),
  div: binary((a, b) => a / b),
  equal: binary((a, b) => Number(a === b)),
  addN: ({ shape }, ...terms) => fill(shape, (_, flat) => terms.reduce((total, term) => total + term.data[flat]!, 0)),
  where: ({ shape }, condition, a, b) => {
    const [test, left, right] = [condition!, a!, b!].map((value) => reader(value.data, value.shape))
    return fill(shape, (coordinates) => test!(coordinates) !== 0 ? left!(coordinates) : right!(coordinates))
  },

  neg: unary((x) => -x),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  sigmoid: unary(logistic),
  silu: unary((x) => x * logistic(x)),
  cast: unary((x) => x),

  reduceSum: reduction((elements) => sum(elements)),
  reduceMean: reduction((elements) => sum(elements) / elements.length),
  reduceMax: reduction((elements) => elements.reduce((a, b) => Math.max(a, b))),
  softmax: (_node, x) =>
    byRow(x!, (row) => {
      const largest = row.reduce((a, b) => Math.max(a, b))
      const exponentials = row.map((element) => Math.exp(element - largest))
      const total = sum(exponentials)
      return exponentials.map((element) => element / total)
    }),

  expand: ({ shape }, x) => fill(shape, reader(x!.data, x!.shape)),
  reshape: (_node, x) => x!.data.slice(),
  transpose: ({ shape, attributes: { permutation } }, x) => {
    const read = reader(x!.data, x!.shape)
    return fill(shape, (coordinates) => {
      const source = new Array<number>(permutation.length)
      permutation.forEach((from, axis) => source[from] = coordinates[axis]!)
      return read(source)
    })
  },
  slice: ({ shape, attributes: { axis, start } }, x) => {
    const read = reader(x!.data, x!.shape)
    return fill(shape, (coordinates) => read(coordinates.with(axis, coordinates[axis]! + start)))
  },
  pad: ({ shape, attributes: { axis, before } }, x) => {
    const read = reader(x!.data, x!.shape)
    return fill(shape, (coordinates) => {
      const along = coordinates[axis]! - before
      return along >= 0 && along < x!.shape[axis]! ? read(coordinates.with(axis, along)) : 0
    })
  },
  concat: ({ shape, attributes: { axis } }, ...parts) => {
    const reads = parts.map((part) => reader(part.data, part.shape))
    return fill(shape, (coordinates) => {
      let [part, along] = [0, coordinates[axis]!]
      while (along >= parts[part]!.shape[axis]!) along -= parts[part++]!.shape[axis]!
      return reads[part]!(coordinates.with(axis, along))
    })
  },

  gather: ({ shape }, table, indices) => {
    const width = size(table!.shape.slice(1))
    return fill(
      shape,
      (_, flat) => table!.data[row(indices!, Math.floor(flat / width), table!.shape) * width + flat % width]!
    )
  },
  scatterAdd: ({ shape }, indices, updates, base) => {
    const width = size(shape.slice(1))
    const result = base ? base.data.slice() : new Float64Array(size(shape))
    updates!.data.forEach((update, flat) => {
      result[row(indices!, Math.floor(flat / width), shape) * width + flat % width]! += update
    })
    return result
  },

  rmsNorm: ({ attributes: { epsilon } }, x, weight) =>
    byRow(x!, (elements) => {
      const inverse = inverseRootMeanSquare(elements, epsilon)
      return elements.map((element, column) => element * inverse * weight!.data[column]!)
    }),
  rmsNormInverse: ({ attributes: { epsilon } }, x) =>
    byRow(x!, (elements) => Float64Array.of(inverseRootMeanSquare(elements, epsilon))),
  rope: ({ shape, attributes: { heads, interleaved, inverse } }, x, cosine, sine) => {
    const half = shape[2]! / heads / 2
    const result = new Float64Array(size(shape))
    for (let row = 0; row < shape[0]! * shape[1]!; row++) {
      const position = row % shape[1]!
      for (let head = 0; head < heads; head++) {
        const start = (row * heads + head) * 2 * half
        for (let pair = 0; pair < half; pair++) {
          const first = start + (interleaved ? 2 * pair : pair)
          const second = interleaved ? first + 1 : first + half
          const c = cosine!.data[position * half + pair]!
          const s = sine!.data[position * half + pair]! * (inverse ? -1 : 1)
          result[first] = x!.data[first]! * c - x!.data[second]! * s
          result[second] = x!.data[first]! * s + x!.data[second]! * c
        }
      }
    }
    return result
  }
}

function unary(f: (x: number) => number) {
  return (_node: unknown, x?: Value): Float64Array => x!.data.map(f)
}

function binary(f: (a: number, b: number) => number) {
  return ({ shape }: { readonly shape: Shape }, a?: Value, b?: Value): Float64Array => {
    const [left, right] = [reader(a!.data, a!.shape), reader(b!.data, b!.shape)]
    return fill(shape, (coordinates) => f(left(coordinates), right(coordinates)))
  }
}

function reduction(f: (elements: number[]) => number) {
  return (
    { attributes: { axes } }: NodeOf<"reduceSum" | "reduceMean" | "reduceMax">,
    x?: Value
  ): Float64Array => {
    const kept = x!.shape.map((extent, axis) => axes.includes(axis) ? 1 : extent)
    const read = reader(x!.data, x!.shape)
    return fill(kept, (outer) => {
      const elements: number[] = []
      fill(x!.shape.map((extent, axis) => axes.includes(axis) ? extent : 1), (inner) => {
        elements.push(read(outer.map((coordinate, axis) => coordinate + inner[axis]!)))
        return 0
      })
      return f(elements)
    })
  }
}

/** Applies a function to every run of the last axis. */
function byRow(x: Value, f: (row: Float64Array) => Float64Array): Float64Array {
  const width = x.shape.at(-1)!
  const rows = Array.from(
    { length: x.data.length / width },
    (_, row) => f(x.data.slice(row * width, (row + 1) * width))
  )
  const result = new Float64Array(sum(rows.map((row) => row.length)))
  let offset = 0
  for (const row of rows) {
    result.set(row, offset)
    offset += row.length
  }
  return result
}

function sum(elements: Iterable<number>): number {
  let total = 0
  for (const element of elements) total += element
  return total
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

function inverseRootMeanSquare(row: Float64Array, epsilon: number): number {
  return 1 / Math.sqrt(sum(row.map((element) => element * element)) / row.length + epsilon)
}

/** The row that an index names, counted from the back where it is negative. */
function row(indices: Value, position: number, table: Shape): number {
  const index = indices.data[position]!
  const rows = table[0]!
  if (index < -rows || index >= rows) throw new Error(`index ${index} is outside a table of ${rows} rows`)
  return index < 0 ? index + rows : index
}
