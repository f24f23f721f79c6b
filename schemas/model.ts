/** What the numeric stages are told about a model, a method and an optimizer: resolved settings, nothing to default. */
import * as z from "zod"

export { ModelShape } from "./model-shape.ts"

/** How the linear layers are trained. */
export const Method = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("full-rank") }),
  z.strictObject({
    kind: z.literal("relora"),
    rank: z.int().positive(),
    /** scale of the adapter's output is alpha / rank */
    alpha: z.number().positive(),
    dropout: z.number().min(0).max(0.9),
    /** substrings of the names of linear layers that carry adapters */
    targets: z.array(z.string()),
    /** first value of A: left out where no adapters are attached, so that nothing depends on it there */
    initA: z.enum(["zero", "kaiming"]).optional(),
    /** settings of a merge: left out, all three, where nothing is merged */
    mergeScale: z.enum(["1", "alpha/rank"]).optional(),
    reinitEffective: z.boolean().optional(),
    optimizerPrune: z.number().min(0).max(1).optional(),
    /** seed of adapter initialisation, dropout masks and pruning */
    seed: z.int().nonnegative()
  })
])
export type Method = z.output<typeof Method>

/** AdamW (decoupled weight decay on every trained tensor, as torch.optim.AdamW). */
export const AdamW = z.strictObject({
  beta1: z.number(),
  beta2: z.number(),
  epsilon: z.number(),
  weightDecay: z.number()
})
export type AdamW = z.output<typeof AdamW>
