/** AdamW's update of a tensor of a state. */
import type { AdamW } from "../schemas/model.ts"
import { noMoments, update } from "./adamw.ts"
import type { TensorState } from "./state.ts"

/** One update, in place, by the moments that the tensor has or begins to have; gives the sum of the squared gradient. */
export const adamw = (
  tensor: TensorState,
  gradient: Float32Array,
  learningRate: number,
  optimizer: AdamW
): number => {
  tensor.moments ??= noMoments(gradient.length)
  return update(tensor.values, gradient, tensor.moments, learningRate, optimizer)
}
