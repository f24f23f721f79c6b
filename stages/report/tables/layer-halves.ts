import { ofArm, type Source } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { type Column, fixed, grouped, integer, scientific, text } from "../table.ts"
import sql from "./layer-halves.sql"

const firstHalf = grouped("first half", [
  integer("first_layers", "layers"),
  fixed("first_per", "PER", 4),
  fixed("first_per_band", "± 95 %", 4),
  scientific("first_condition", "condition number", 2),
  scientific("first_condition_band", "± 95 %", 2)
])
const lastHalf = grouped("last half", [
  integer("last_layers", "layers"),
  fixed("last_per", "PER", 4),
  fixed("last_per_band", "± 95 %", 4),
  scientific("last_condition", "condition number", 2),
  scientific("last_condition_band", "± 95 %", 2)
])

/** The first layer of the last half. */
const middle = "(select (max(layer) + 2) // 2 from spectra where spectra.size = answer.size)"

const ofHalf = (columns: ReadonlyArray<Column>, layer: { readonly from: string; readonly to: string }): Source => ({
  from: "spectra",
  columns: columns.map(({ name }) => name),
  where: { ...ofArm, component: "component", kind: "kind", step: "step", layer }
})

export const layerHalves: Question = {
  name: "layer-halves",
  title: "First and last half of the layers",
  caption: () =>
    "One row a component, kind, arm and checkpoint: mean over the first half of the layers (the study's first six) and over the " +
    "last, with the half-width of a 95 % band over these layers; of an odd number the first half has one more. Condition " +
    "number: of adapters and realised changes, of rank; of single heads' circuits (ov_heads) and of products of layers without an " +
    "effective weight, over what they can have.",
  published: [],
  columns: [
    text("component", "component"),
    text("kind", "kind"),
    text("size", "size"),
    text("arm", "arm"),
    integer("step", "step"),
    ...firstHalf,
    ...lastHalf
  ],
  sql,
  sources: [
    { from: "spectra", where: { ...ofArm, component: "component", kind: "kind", step: "step" } },
    ofHalf(firstHalf, { from: "0", to: `${middle} - 1` }),
    ofHalf(lastHalf, { from: middle, to: "(select max(layer) from spectra)" })
  ],
  section: "weights"
}
