import * as z from "zod"
import { list, natural, positive, positiveNumber } from "../setting.ts"
import { declare, productDtype, rank, targets, warmStartSteps } from "./declare.ts"

export const SdLora = declare({
  kind: "sd-lora",
  about:
    "trains low-rank adapters in stages: each leaves a direction behind, of which the magnitude alone is trained on",
  settings: {
    rank: rank.default(16).describe("of the first stage's pair; width/N scales it with the model"),
    stageAt: list(positive, "steps").describe("steps after which a stage ends, ascending"),
    ranks: list(positive, "ranks").optional().describe("of the later stages' pairs; default: that of the first"),
    norm: z.enum(["product", "separate", "none"]).default("product").describe(
      "what a pair is divided by when its stage ends: the norm of B·A (paper), those of B and A (the official code), or nothing"
    ),
    atStage: z.enum(["continue", "restart"]).default("continue").describe(
      "magnitudes when a stage ends: continue keeps the weights what they were; restart (as published) sets them all to magnitude, so " +
        "that the weights jump"
    ),
    magnitudes: z.enum(["layer", "shared"]).default("layer").describe(
      "whether each layer has magnitudes of its own, or all layers have the same (as published)"
    ),
    magnitude: positiveNumber.default(0.8).describe("a magnitude's first value; 0.8 as published"),
    rewarmSteps: natural.default(50).describe(
      "steps in which the learning rate climbs back from 0 after a stage's end"
    ),
    initA: z.enum(["zero", "kaiming"]).default("kaiming").describe("first value of A; B starts at zero"),
    targets,
    warmStartSteps,
    productDtype
  },
  when: {
    stageAt: "planned",
    rewarmSteps: "planned",
    warmStartSteps: "planned",
    productDtype: "planned"
  },
  rules: ({ atStage, magnitudes, norm, ranks, stageAt, warmStartSteps }, steps) => {
    if (stageAt.some((step, at) => at > 0 && step <= stageAt[at - 1]!)) return [["stageAt", "expected ascending steps"]]
    if (stageAt[0]! <= warmStartSteps) return [["stageAt", `expected steps after warmStartSteps ${warmStartSteps}`]]
    if (steps !== undefined && stageAt.at(-1)! >= steps) {
      return [["stageAt", `expected steps below training.steps ${steps}: a stage ends as the next begins`]]
    }
    if (ranks !== undefined && ranks.length !== stageAt.length) {
      return [["ranks", `expected as many as stageAt has steps, ${stageAt.length}`]]
    }
    if (magnitudes === "shared" && atStage === "continue" && norm !== "none") {
      return [[
        "magnitudes",
        "expected layer, atStage restart, or norm none: norms to be kept differ from layer to layer"
      ]]
    }
    return []
  }
})
