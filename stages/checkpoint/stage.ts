import * as z from "zod"
import * as Stage from "../../pipeline/stage.ts"
import type { Method } from "../../schemas/model.ts"
import { Checkpoint, Tensors } from "../../schemas/tables.ts"

/** What of a method shows in the weights that it trained. */
export const shownOf = (method: Method | null) =>
  method?.kind === "relora" ? { kind: method.kind, rank: method.rank, alpha: method.alpha } : method

/** Takes a training state apart into the weights a study looks at. */
export const checkpoint = Stage.make({
  name: "checkpoint",
  about:
    "Takes a training state apart into effective and base weights, adapters and the change since the last checkpoint",
  config: z.strictObject({
    /** What of the method that trained the state shows in it; null for the initial state of every arm. */
    method: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("full-rank") }),
      z.strictObject({ kind: z.literal("relora"), rank: z.int().positive(), alpha: z.number().positive() })
    ]).nullable()
  }),
  inputs: { state: Tensors, previous: Stage.many(Tensors) },
  outputs: { checkpoint: Checkpoint },
  // The whole method was in the key, though the body looks at its kind, rank and alpha alone.
  upgrades: {
    1: (record) =>
      Object.fromEntries(
        Object.entries(record).filter(([leaf]) => !/^config\.method\.(?!kind$|rank$|alpha$)/.test(leaf))
      )
  },
  source: "stages/checkpoint/body.ts",
  load: (): Promise<Stage.Loaded> => import("./body.ts")
})
