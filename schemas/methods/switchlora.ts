import { natural, positive, positiveNumber } from "../setting.ts"
import { declare, pair, productDtype } from "./declare.ts"

export const Switchlora = declare({
  kind: "switchlora",
  about: "trains low-rank adapters whose directions are exchanged, a few at a time, for others from a pool",
  settings: {
    ...pair,
    alpha: pair.alpha.unwrap().default(1).describe("scale of the pair's output is alpha / rank; 1 as published"),
    dropout: pair.dropout.unwrap().default(0).describe("on the adapter's input"),
    interval: positiveNumber.default(40).describe(
      "a side exchanges rank / interval directions a step in the beginning"
    ),
    decaySteps: positive.describe("steps in which that falls to 0.3 of it; a tenth of the training as published"),
    switchEvery: positive.default(1).describe("steps between exchanges, which then take so many steps' directions"),
    freezeSteps: natural.default(5).describe("updates that an exchanged direction's counterpart stands still"),
    productDtype
  },
  when: { interval: "switch", decaySteps: "switch", switchEvery: "switch", productDtype: "planned" },
  shown: ["rank", "alpha"]
})
