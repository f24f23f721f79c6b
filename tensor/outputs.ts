import type { Feeds, Results } from "./engine.ts"
import { describe } from "./graph.ts"
import type { Node } from "./node.ts"
import { size } from "./shape.ts"

/** Checks what a caller asks an engine to compile: named float32 nodes. */
export const checkOutputs = (outputs: Readonly<Record<string, Node>>): void => {
  for (const [name, node] of Object.entries(outputs)) {
    if (node.dtype !== "float32") throw new Error(`compile: output "${name}" must be float32, not ${describe(node)}`)
  }
}

/** Checks the arrays that a caller wants outputs written to: known names, right lengths, apart from what is fed. */
export const checkInto = (
  into: Readonly<Results>,
  outputs: Readonly<Record<string, Node>>,
  feeds: Feeds
): void => {
  for (const [name, array] of Object.entries(into)) {
    const node = Object.hasOwn(outputs, name) ? outputs[name] : undefined
    if (!node) throw new Error(`run: there is no output "${name}"; outputs are ${Object.keys(outputs).join(", ")}`)
    if (!(array instanceof Float32Array) || array.length !== size(node.shape)) {
      throw new Error(
        `run: output "${name}" needs a Float32Array of ${
          size(node.shape)
        } elements, not ${array.constructor.name} of ${array.length}`
      )
    }
    for (const [feed, source] of Object.entries(feeds)) {
      if (overlap(array, source)) throw new Error(`run: output "${name}" would be written over the fed array "${feed}"`)
    }
  }
}

const overlap = (a: ArrayBufferView, b: ArrayBufferView): boolean =>
  a.buffer === b.buffer && a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength
