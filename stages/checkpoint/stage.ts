import * as z from "zod"
import * as Stage from "../../pipeline/stage.ts"
import { declarationOf } from "../../schemas/method.ts"
import { type Method, Shown } from "../../schemas/model.ts"
import { Checkpoint, Tensors } from "../../schemas/tables.ts"

/** What of a method shows in the weights that it trained. */
export const shownOf = (method: Method | null): Shown | null => {
  if (method === null) return null
  const settings: Readonly<Record<string, unknown>> = method
  const shown = declarationOf(method.kind).shown.map((name) => [name, settings[name]])
  return { kind: method.kind, ...Object.fromEntries(shown) } as Shown
}

/** Takes a training state apart into the weights a study looks at. */
export const checkpoint = Stage.make({
  name: "checkpoint",
  about:
    "Takes a training state apart into effective and base weights, adapters and the change since the last checkpoint",
  config: z.strictObject({
    /** What of the method that trained the state shows in it; null for the initial state of every arm. */
    method: Shown.nullable()
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

/**
 * The stage by the method that trained the state. It runs as the stage does, and counts as the code of its method alone: another method's
 * code makes no difference to it.
 */
export const checkpointBy = (method: Method | null): typeof checkpoint => ({
  ...checkpoint,
  source: `stages/checkpoint/methods/${method?.kind ?? "full-rank"}.ts`
})
