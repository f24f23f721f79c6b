/** Learning rate over steps. */
import * as z from "zod"
import { fraction, natural, positive } from "./setting.ts"

/** Learning rate over steps, as a multiplier of the peak. */
export const Schedule = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("linear").describe("linear warm-up, then linear decay to 0 at the horizon"),
    warmupSteps: natural,
    horizon: positive.optional().describe("step at which the rate would reach 0; default: the study's steps")
  }),
  z.strictObject({
    kind: z.literal("jagged-cosine").describe("cosine decay that restarts from 0 after each reset"),
    warmupSteps: positive.describe("must divide the steps between restarts"),
    restartEvery: positive.optional().describe("steps between restarts; default: the arm's resetEvery"),
    restartWarmupSteps: positive.default(100).describe("steps from 0 back to the cosine after a restart"),
    minRatio: fraction.default(0.1).describe("multiplier at the horizon"),
    horizon: positive.optional().describe("step at which the cosine ends; default: the study's steps")
  }),
  z.strictObject({
    kind: z.literal("constant").describe("linear warm-up, then the peak"),
    warmupSteps: natural.default(0)
  })
])
export type Schedule = z.output<typeof Schedule>
