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
  section: "training"
}
