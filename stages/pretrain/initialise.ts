import { initialise, parameters } from "../../model/parameters.ts"
import { toTensors } from "../../model/state.ts"
import type { Body } from "../../pipeline/stage.ts"
import type { initialise as declaration } from "./stage.ts"

/** Draws the state from which every arm of one size and seed starts: weights, without adapters and without moments. */
export const body = async (io: Body<typeof declaration>): Promise<void> => {
  const { model, seed } = io.config
  const weights = initialise(model, seed)
  const state = parameters(model).map(({ name, shape }) => [name, { shape, values: weights.get(name)! }] as const)
  await io.write.state(toTensors(new Map(state)))
}
