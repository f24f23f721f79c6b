import { claim, claimSettings, measured, publishedBeside } from "../provenance/claims.ts"
import type { Question } from "../question.ts"
import { integer, text } from "../table.ts"
import sql from "./claims.sql"

const judged = ["verdict", "held", "needs"]

export const claims: Question = {
  name: "claims",
  title: "Claims, decided",
  caption: ({ config }) =>
    "A claim holds at a size where the 95 % interval of its difference lies on its side of the margin, fails where " +
    "the interval lies on the other, and is undecided otherwise; a claim about every size holds where it holds at " +
    "each, and fails where it fails at one. " +
    (config.seeds.length > 1
      ? "Intervals are over seeds."
      : "With one seed intervals are over what was measured of it (domains, paradigms, matrices, merges): they tell " +
        "nothing of how another seed would have come out.") +
    " Needs: what would narrow the interval enough, were effect and spread to stay as they are. " +
    "Published runs: the effect in them, at each model or from the smaller to the larger, in the unit of the measure, or of " +
    "what comes nearest to it.",
  published: ["curves", "pairs", "weights", "updates", "merges"],
  columns: [
    integer("number", "claim"),
    text("says", "says"),
    text("source", "source"),
    text("verdict", "verdict"),
    text("held", "holds at"),
    text("needs", "needs"),
    text("published", "published runs")
  ],
  sql,
  sources: [
    ...claimSettings("number", { number: [], says: ["says"], source: ["source"] }, [...judged, "published"]),
    ...measured(judged, {
      measure: claim("measure"),
      of: claim("of_arm"),
      than: claim("than_arm"),
      sizes: {}
    }),
    ...publishedBeside(["published"], claim("measure"), ["'tiny'", "'small'"])
  ],
  section: "claims"
}
