/** Shapes: sizes of a tensor's axes, outermost first. A scalar's shape is `[]`. */
export type Shape = readonly number[]

/** Number of elements. */
export const size = (shape: Shape): number => shape.reduce((product, extent) => product * extent, 1)

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((extent, axis) => extent === b[axis])

/** `[4, 256]`, as errors print it. */
export const show = (shape: Shape): string => `[${shape.join(", ")}]`

/** A tensor operation was given shapes (or types) that do not fit. The message starts with the operation. */
export class ShapeError extends Error {
  override readonly name = "ShapeError"
}

/** The shape that numpy's broadcasting rules give to several operands. */
export const broadcast = (op: string, ...shapes: Shape[]): Shape => {
  const rank = Math.max(...shapes.map((shape) => shape.length))
  return Array.from({ length: rank }, (_, axis) => {
    let extent = 1
    for (const shape of shapes) {
      const own = shape[shape.length - rank + axis] ?? 1
      if (own !== 1 && extent !== 1 && own !== extent) {
        throw new ShapeError(`${op}: shapes ${shapes.map(show).join(" and ")} do not broadcast`)
      }
      if (own !== 1) extent = own
    }
    return extent
  })
}

/** An axis counted from the front; negative axes count from the back, as in numpy. */
export const axisOf = (op: string, axis: number, shape: Shape): number => {
  const positive = axis < 0 ? axis + shape.length : axis
  if (!Number.isInteger(axis) || positive < 0 || positive >= shape.length) {
    throw new ShapeError(`${op}: shape ${show(shape)} has no axis ${axis}`)
  }
  return positive
}

/** The shape with one axis replaced. */
export const withAxis = (shape: Shape, axis: number, extent: number): Shape => shape.with(axis, extent)

/** Row-major strides, in elements. */
export const strides = (shape: Shape): number[] => {
  const result = new Array<number>(shape.length)
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    result[axis] = stride
    stride *= shape[axis]!
  }
  return result
}
