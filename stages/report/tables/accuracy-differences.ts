import { seedCaution } from "../comparisons.ts"
import { lastOf, methodOfArm, ofArm } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { fixed, grouped, integer, ours, text, theirs } from "../table.ts"
import sql from "./accuracy-differences.sql"

/** Two accuracies on the same pairs, and what they differ by. */
export const comparedColumns = [
  integer("pairs", "pairs"),
  fixed("percent", "accuracy", 2, "%"),
  fixed("baseline_percent", "full-rank", 2, "%"),
  fixed("difference", "difference", 2, "points"),
  fixed("low", "from", 2, "points"),
  fixed("high", "to", 2, "points")
]

export const accuracyDifferences: Question = {
  name: "accuracy-differences",
  title: "Accuracy against full-rank training",
  caption: ({ config }) =>
    "One row a suite and an arm, at the last checkpoint, against the first full-rank arm of its size on the same pairs. " +
    "Interval: 95 %, by the paired bootstrap over the pairs of each paradigm: what other pairs would change, not another " +
    "training. Better, worse: pairs that only the one or only the other gets right; p: exact two-sided test that these " +
    "are equally many; p as published: one-sided z-test of two proportions that full-rank is better, which takes the two " +
    `for measured on different pairs. ${
      config.seeds.length > 1 ? "Over seeds: 95 % interval of the mean difference by Student's t." : seedCaution(config)
    }`,
  published: ["pairs", "tests"],
  columns: [
    ...grouped(ours, [
      text("suite", "suite"),
      text("size", "size"),
      text("arm", "arm"),
      text("against", "against"),
      ...comparedColumns,
      integer("better", "better"),
      integer("worse", "worse"),
      text("p", "p"),
      text("z_p", "p as published"),
      fixed("seed_low", "over seeds from", 2, "points"),
      fixed("seed_high", "over seeds to", 2, "points")
    ]),
    ...grouped(theirs, [
      text("published_size", "model"),
      fixed("published_difference", "difference", 2, "points"),
      text("published_p", "p")
    ])
  ],
  sql,
  sources: [
    { from: "arms", columns: ["against"], where: { size: "size", arm: "against" }, settings: ["arm"] },
    {
      from: "scores",
      columns: ["suite", "pairs", "difference", "low", "high", "better", "worse", "p", "z_p"],
      where: { size: "size", arm: ["arm", "against"], suite: "suite" }
    },
    { from: "scores", columns: ["percent"], where: { ...ofArm, suite: "suite" } },
    { from: "scores", columns: ["baseline_percent"], where: { size: "size", arm: "against", suite: "suite" } },
    {
      from: "accuracy",
      columns: ["seed_low", "seed_high"],
      where: { size: "size", arm: ["arm", "against"], suite: "suite", step: lastOf("accuracy") }
    },
    {
      from: "published_tests",
      columns: ["published_size", "published_difference", "published_p"],
      where: { size: "published_size", method: methodOfArm }
    }
  ],
  section: "minimal pairs"
}
