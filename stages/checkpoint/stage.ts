import * as z from "zod"
import * as Stage from "../../pipeline/stage.ts"
import { Method } from "../../schemas/model.ts"
import { Checkpoint, Tensors } from "../../schemas/tables.ts"

/** Takes a training state apart into the weights a study looks at. */
export const checkpoint = Stage.make({
  name: "checkpoint",
  about:
    "Takes a training state apart into effective and base weights, adapters and the change since the last checkpoint",
  config: z.strictObject({
    /** Method that trained the state; null for the initial state of every arm. */
    method: Method.nullable()
  }),
  inputs: { state: Tensors, previous: Stage.many(Tensors) },
  outputs: { checkpoint: Checkpoint },
  source: "stages/checkpoint/body.ts",
  load: (): Promise<Stage.Loaded> => import("./body.ts")
})
