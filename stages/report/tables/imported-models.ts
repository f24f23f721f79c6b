import type { Question } from "../question.ts"
import { fixed, text } from "../table.ts"
import sql from "./imported-models.sql"

export const importedModels: Question = {
  name: "imported-models",
  title: "Models from elsewhere",
  caption: () =>
    "One row a measure of a model that was trained elsewhere: accuracy on minimal pairs, the mean over paradigms; " +
    "perplexity of each source, in its own tokens, so that it compares with no other model's; spectra of weights, the mean " +
    "over layers.",
  published: [],
  columns: [text("model", "model"), text("what", "of"), text("measure", "measure"), fixed("value", "value", 4)],
  sql,
  section: "models from elsewhere"
}
