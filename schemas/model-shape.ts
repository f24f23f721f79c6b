/** Shape of a model: by itself, so that a stage that only reads shapes depends on no settings of training. */
import * as z from "zod"

/** Shape of a pico decoder (paper, table of models). */
export const ModelShape = z.strictObject({
  /** d_model */
  width: z.int().positive(),
  /** width of the SwiGLU */
  hidden: z.int().positive(),
  layers: z.int().positive(),
  heads: z.int().positive(),
  kvHeads: z.int().positive(),
  /** rows of the embedding */
  vocabulary: z.int().positive(),
  ropeTheta: z.number().positive().default(10_000),
  normEpsilon: z.number().positive().default(1e-6)
})
export type ModelShape = z.output<typeof ModelShape>
