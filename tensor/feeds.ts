import type { Feeds } from "./engine.ts"
import type { Dtype, Node, NodeOf } from "./node.ts"
import { show, size } from "./shape.ts"

export type FedArray = Feeds[string]

const arrays: Record<Dtype, new(length: number) => FedArray> = {
  float32: Float32Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array
}

/** The inputs among some nodes, as a program declares them. */
export const inputsOf = (nodes: readonly Node[]): NodeOf<"input">[] => nodes.filter((node) => node.op === "input")

/** The array fed to an input, checked; never copied. `float64` allows Float64Array for a float32 input. */
export const fed = (feeds: Feeds, input: NodeOf<"input">, options: { float64: boolean }): FedArray => {
  const { name } = input.attributes
  const what = `input "${name}" (${input.dtype} ${show(input.shape)})`
  const array = Object.hasOwn(feeds, name) ? feeds[name] : undefined
  if (!array) {
    const given = Object.keys(feeds)
    throw new Error(`run: ${what} is not fed; fed are ${given.length === 0 ? "none" : given.join(", ")}`)
  }
  const expected = arrays[input.dtype]
  const fits = array instanceof expected ||
    (options.float64 && input.dtype === "float32" && array instanceof Float64Array)
  if (!fits) throw new Error(`run: ${what} takes ${expected.name}, but is fed ${array.constructor.name}`)
  if (array.length !== size(input.shape)) {
    throw new Error(`run: ${what} takes ${size(input.shape)} elements, but is fed ${array.length}`)
  }
  return array
}

/** Refuses feeds that no input of the graph is named after: most often a misspelt name. */
export const refuseUnknown = (feeds: Feeds, known: ReadonlySet<string>): void => {
  for (const name of Object.keys(feeds)) {
    if (!known.has(name)) {
      throw new Error(`run: the graph has no input named "${name}"; it has ${[...known].join(", ")}`)
    }
  }
}
