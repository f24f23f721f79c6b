/** How the reference engine walks a tensor: position by position, coordinate by coordinate. */
import { type Shape, size, strides } from "../shape.ts"

/** Calls `visit` with the coordinates of every element in row-major order. The array is reused between calls. */
export const eachPosition = (shape: Shape, visit: (coordinates: number[], flat: number) => void): void => {
  const coordinates = new Array<number>(shape.length).fill(0)
  const total = size(shape)
  for (let flat = 0; flat < total; flat++) {
    visit(coordinates, flat)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      coordinates[axis]! += 1
      if (coordinates[axis]! < shape[axis]!) break
      coordinates[axis] = 0
    }
  }
}

/** A new tensor with an element computed at every position. */
export const fill = (shape: Shape, value: (coordinates: number[], flat: number) => number): Float64Array => {
  const result = new Float64Array(size(shape))
  eachPosition(shape, (coordinates, flat) => {
    result[flat] = value(coordinates, flat)
  })
  return result
}

/** Reads the element of a tensor that broadcasting puts at given coordinates of a (larger) shape. */
export const reader = (data: Float64Array, shape: Shape): (coordinates: readonly number[]) => number => {
  const steps = strides(shape).map((stride, axis) => shape[axis] === 1 ? 0 : stride)
  return (coordinates) => {
    const skipped = coordinates.length - shape.length
    let offset = 0
    for (let axis = 0; axis < steps.length; axis++) offset += coordinates[skipped + axis]! * steps[axis]!
    return data[offset]!
  }
}
