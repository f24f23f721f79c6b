import { lastOf, ofArm, tail } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { fixed, integer, text } from "../table.ts"
import sql from "./seeds.sql"

export const seeds: Question = {
  name: "seeds",
  title: "Spread over seeds",
  caption: () =>
    "One row a measure and an arm, over runs that differ in their seed only, at the end of training. From, " +
    "to: 95 % interval of the mean by Student's t, for seeds as draws of one normal law.",
  published: [],
  columns: [
    text("measure", "measure"),
    text("size", "size"),
    text("arm", "arm"),
    integer("seeds", "seeds"),
    fixed("mean", "mean", 4),
    fixed("deviation", "standard deviation", 4),
    fixed("low", "from", 4),
    fixed("high", "to", 4),
    fixed("smallest", "smallest", 4),
    fixed("largest", "largest", 4)
  ],
  sql,
  sources: [
    { from: "metrics", where: { size: "size", arm: "if(measure like 'training loss%', arm, null)", step: tail } },
    {
      from: "perplexity",
      where: {
        size: "size",
        arm: "if(measure like 'held-out loss%' or measure like 'perplexity%', arm, null)",
        step: lastOf("perplexity"),
        source: "'held-out'"
      }
    },
    {
      from: "accuracy",
      where: {
        ...ofArm,
        step: lastOf("accuracy"),
        suite:
          "(select min(suite) from suites where case suite when 'blimp' then 'BLiMP' when 'generated' then 'generated pairs' else suite end || ' (%)' = answer.measure)"
      }
    },
    { from: "study", where: { position: "if(measure like 'training loss%', 0, null)" }, settings: ["steps"] }
  ],
  section: "training"
}
