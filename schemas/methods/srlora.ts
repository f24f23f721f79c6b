import * as z from "zod"
import { fraction, positive } from "../setting.ts"
import { declare, pair, productDtype, warmStartSteps } from "./declare.ts"

export const Srlora = declare({
  kind: "srlora",
  about:
    "trains low-rank adapters along singular directions; the least important of a pair give way to the next unused ones",
  settings: {
    ...pair,
    alpha: pair.alpha.unwrap().default("rank*1").describe(
      "scale of the pair's output is alpha / rank; rank*X keeps it at X"
    ),
    dropout: pair.dropout.unwrap().default(0).describe("on the adapter's input"),
    fuseEvery: positive.default(200).describe("steps between events"),
    fuseUntil: positive.optional().describe("last step after which an event may come; default: no such step"),
    fuseShare: fraction.default(0.25).describe("share of the pair's directions that an event fuses; one at least"),
    basis: z.enum(["initial", "current"]).default("initial").describe(
      "whose singular directions new ones are: of the weight as it was when the pair was attached, which are kept, or of the " +
        "weight at the event"
    ),
    score: z.enum(["product", "sensitivity"]).default("product").describe(
      "importance of an entry: its smoothed sensitivity times that one's smoothed variation, or sensitivity alone"
    ),
    smoothing: fraction.default(0.85).describe("decay of the running means that importance is made of"),
    warmStartSteps,
    productDtype
  },
  when: {
    fuseEvery: "planned",
    fuseUntil: "planned",
    fuseShare: "fuse",
    warmStartSteps: "planned",
    productDtype: "planned"
  },
  shown: ["rank", "alpha"]
})
