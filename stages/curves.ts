/** Curves to watch while a study runs: a training's figures over all its segments. */
import type { Curves } from "../pipeline/app.ts"

export const curves: Curves = {
  of: ({ labels: { arm, firstStep, seed, size }, stage }) =>
    stage.name === "pretrain" ? { series: `${size}, ${arm}, seed ${seed}`, from: Number(firstStep) } : undefined,
  output: "metrics",
  steps: "step",
  figures: { loss: "loss" }
}
