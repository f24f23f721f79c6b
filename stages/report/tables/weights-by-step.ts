import type { Question } from "../question.ts"
import sql from "./weights-by-step.sql"
import { aboutWeights, weights } from "./weights.ts"

export const weightsByStep: Question = {
  name: "weights-by-step",
  title: "Weights over training",
  caption: () =>
    `One row a component, kind, arm and checkpoint. ${aboutWeights} Published values stand at the same share of training.`,
  published: ["weights"],
  columns: weights.columns,
  sql,
  sources: weights.sources,
  section: "weights"
}
