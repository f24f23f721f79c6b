import type { Question } from "../question.ts"
import sql from "./updates-by-step.sql"
import { aboutUpdates, updateColumns, updateSources } from "./updates.ts"

export const updatesByStep: Question = {
  name: "updates-by-step",
  title: "Updates over training",
  caption: () =>
    `One row a component, kind, arm and checkpoint. ${aboutUpdates} Published values stand at the same share of training.`,
  published: ["updates"],
  columns: updateColumns,
  sql,
  sources: updateSources,
  section: "updates"
}
