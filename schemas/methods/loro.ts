import * as z from "zod"
import { positive, positiveNumber } from "../setting.ts"
import { declare, rank, targets } from "./declare.ts"

export const Loro = declare({
  kind: "loro",
  about: "trains each layer as a product of two factors, now and then by an exact step on matrices of that rank",
  settings: {
    rank: rank.default("width/4").describe("of the product; width/N scales it with the model"),
    exactEvery: positive.optional().describe("steps between exact steps; default: none, the plain low-rank model"),
    exactGradient: z.enum(["gradient", "adam"]).default("gradient").describe(
      "what the exact step takes for the factors' gradients: them, or AdamW's steps of them (the official code)"
    ),
    factorRate: z.union(
      [positiveNumber, z.literal("rank/side")],
      "expected a number above 0, or rank/side: the rank over the matrix's shorter side"
    ).default("rank/side").describe("factor of the learning rate of the factors' own steps"),
    momentsAtExact: z.enum(["zero", "keep"]).default("zero").describe(
      "what becomes of all of AdamW's moments and counters before an exact step"
    ),
    targets
  },
  when: { exactEvery: "planned", momentsAtExact: "exact" }
})
