import * as z from "zod"
import * as Stage from "../../pipeline/stage.ts"
import { Checkpoint, SingularValues, Spectra } from "../../schemas/tables.ts"

/** Singular values of weights and updates, and what the study makes of them. */
export const spectra = Stage.make({
  name: "spectra",
  about: "Singular values, proportional effective rank and condition number of weights and updates",
  config: z.strictObject({
    step: z.int().nonnegative(),
    /** Step of the previous checkpoint, from which realised changes are taken; `step` itself at the first. */
    since: z.int().nonnegative(),
    layers: z.int().positive(),
    heads: z.int().positive(),
    kvHeads: z.int().positive(),
    components: z.array(z.enum(["v_proj", "o_proj", "w_2", "ov", "ov_heads"])),
    /** Precision of the stored product B·A: bf16 shows the rounding floor of the published figures. */
    productDtype: z.enum(["float32", "bf16"])
  }),
  inputs: { checkpoint: Checkpoint },
  outputs: { spectra: Spectra, singularValues: SingularValues },
  source: "stages/spectra/body.ts",
  load: (): Promise<Stage.Loaded> => import("./body.ts")
})
