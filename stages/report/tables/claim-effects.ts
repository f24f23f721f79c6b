import { claimSettings, measured, publishedBeside } from "../provenance/claims.ts"
import type { Question } from "../question.ts"
import { fixed, grouped, integer, ours, text, theirs } from "../table.ts"
import sql from "./claim-effects.sql"

const judged = ["scope", "effect", "low", "high", "replicates", "over", "verdict"]
const beside = ["published_size", "published_effect", "published_of"]

export const claimEffects: Question = {
  name: "claim-effects",
  title: "Claims at each size",
  caption: () =>
    "One row a claim and size, or step from a size to the next. Effect: mean difference between the two arms, or from " +
    "the number, in the unit of the measure (losses in nats per token, accuracy in percentage points, condition " +
    "numbers as logarithms). Interval: 95 %, Student's t over the values counted; for a change between sizes, Welch's.",
  published: ["curves", "pairs", "weights", "updates", "merges"],
  columns: [
    ...grouped(ours, [
      integer("number", "claim"),
      text("measure", "measure"),
      text("of_arm", "of"),
      text("than", "than"),
      text("scope", "at"),
      text("relation", "is"),
      fixed("margin", "margin", 3),
      fixed("effect", "effect", 4),
      fixed("low", "low", 4),
      fixed("high", "high", 4),
      integer("replicates", "values"),
      text("over", "over"),
      text("verdict", "verdict")
    ]),
    ...grouped(theirs, [
      text("published_size", "model"),
      fixed("published_effect", "effect", 4),
      text("published_of", "of")
    ])
  ],
  sql,
  sources: [
    ...claimSettings("number", {
      number: [],
      measure: ["measure"],
      of_arm: ["of"],
      than: ["than"],
      relation: ["relation"],
      margin: ["margin"]
    }, [...judged, ...beside]),
    ...measured(judged, {
      measure: "measure",
      of: "of_arm",
      than: "than",
      // one size, or two with an arrow between
      sizes: { size: ["split_part(scope, ' → ', 1)", "split_part(scope, ' → ', 2)"] }
    }),
    ...publishedBeside(beside, "measure", [
      "split_part(published_size, ' → ', 1)",
      "nullif(split_part(published_size, ' → ', 2), '')"
    ])
  ],
  section: "claims"
}
