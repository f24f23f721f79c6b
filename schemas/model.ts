/** What the numeric stages are told about a model, a method and an optimizer: resolved settings, nothing to default. */
import * as z from "zod"

export { Method, Shown } from "./method.ts"
export { ModelShape } from "./model-shape.ts"

/** AdamW (decoupled weight decay on every trained tensor, as torch.optim.AdamW). */
export const AdamW = z.strictObject({
  beta1: z.number(),
  beta2: z.number(),
  epsilon: z.number(),
  weightDecay: z.number()
})
export type AdamW = z.output<typeof AdamW>
