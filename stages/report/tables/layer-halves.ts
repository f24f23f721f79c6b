import type { Question } from "../question.ts"
import { fixed, grouped, integer, scientific, text } from "../table.ts"
import sql from "./layer-halves.sql"

/** Columns of one half of the layers. */
const half = (name: "first" | "last") =>
  grouped(`${name} half`, [
    integer(`${name}_layers`, "layers"),
    fixed(`${name}_per`, "PER", 4),
    fixed(`${name}_per_band`, "± 95 %", 4),
    scientific(`${name}_condition`, "condition number", 2),
    scientific(`${name}_condition_band`, "± 95 %", 2)
  ])

export const layerHalves: Question = {
  name: "layer-halves",
  title: "First and last half of the layers",
  caption: () =>
    "One row a component, kind, arm and checkpoint: mean over the first half of the layers (the study's first six) and over the " +
    "last, with the half-width of a 95 % band over these layers; of an odd number the first half has one more. Condition " +
    "number: of adapters and realised changes, of rank; of single heads' circuits (ov_heads), over what they can have.",
  published: [],
  columns: [
    text("component", "component"),
    text("kind", "kind"),
    text("size", "size"),
    text("arm", "arm"),
    integer("step", "step"),
    ...half("first"),
    ...half("last")
  ],
  sql,
  section: "weights"
}
