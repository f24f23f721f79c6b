import type { Node, NodeOf } from "../node.ts"
import { size } from "../shape.ts"
import { inputName } from "./program.ts"

/** Rows of an input, one after the other in its array: an engine may be fed that part of the array, where slicing would copy it. */
export interface Rows {
  /** In the model. */
  readonly name: string
  readonly node: NodeOf<"slice">
  readonly input: NodeOf<"input">
  /** Elements of the array. */
  readonly from: number
  readonly to: number
}

/** The rows that a node is, if it is some of an input's. */
export const rowsOf = (node: Node): Rows | undefined => {
  const input = node.inputs[0]
  if (node.op !== "slice" || node.attributes.axis !== 0 || input?.op !== "input") return undefined
  const { end, start } = node.attributes
  const row = size(input.shape.slice(1))
  return {
    name: `${inputName(input.attributes.name)}[${start}:${end}]`,
    node,
    input,
    from: start * row,
    to: end * row
  }
}
