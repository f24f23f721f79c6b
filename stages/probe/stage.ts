import * as z from "zod"
import * as Stage from "../../pipeline/stage.ts"
import { ModelShape } from "../../schemas/model.ts"
import { Checkpoint, Dynamics, HeldOut, Intruders, Probe, Similarity } from "../../schemas/tables.ts"

/** Activations and gradients of a checkpoint on a fixed batch. It is told no step, so that equal weights share it. */
export const probe = Stage.make({
  name: "probe",
  about: "Takes activations at the last position and gradients, of every arm alike, on a fixed batch of held-out text",
  config: z.strictObject({
    model: ModelShape,
    /** Factor of B·A in the effective weight, alpha/rank; null where no weight has such a product. */
    scale: z.number().positive().nullable(),
    /** Windows of held-out text, and tokens of each. */
    sequences: z.int().positive(),
    length: z.int().positive()
  }),
  inputs: { checkpoint: Checkpoint, heldout: HeldOut },
  outputs: { probe: Probe },
  usesEngine: true,
  source: "stages/probe/body.ts",
  load: (): Promise<Stage.Loaded> => import("./body.ts")
})

/** What the activations and gradients of a checkpoint look like, and what its weights have beside the initial ones. */
export const dynamics = Stage.make({
  name: "dynamics",
  about: "Spectra, norms, sparsity and anisotropy of activations and gradients; intruder dimensions of the weights",
  config: z.strictObject({
    step: z.int().nonnegative(),
    layers: z.int().positive(),
    heads: z.int().positive(),
    kvHeads: z.int().positive()
  }),
  inputs: { probe: Probe, checkpoint: Checkpoint, initial: Checkpoint },
  outputs: { dynamics: Dynamics, intruders: Intruders },
  source: "stages/probe/dynamics.ts",
  load: (): Promise<Stage.Loaded> => import("./dynamics.ts")
})

/** How alike the activations of an arm's checkpoints are. */
export const similarity = Stage.make({
  name: "similarity",
  about: "Compares activations of each checkpoint with those of the last and of the one before: linear CKA and PWCCA",
  config: z.strictObject({ layers: z.int().positive() }),
  /** Label: step. */
  inputs: { probes: Stage.many(Probe) },
  outputs: { similarity: Similarity },
  source: "stages/probe/similarity.ts",
  load: (): Promise<Stage.Loaded> => import("./similarity.ts")
})
