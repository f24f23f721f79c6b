import type { Question } from "../question.ts"
import { fixed, text } from "../table.ts"
import sql from "./imported-models.sql"

/** An expression where the row is of a measure, else null. */
const whereMeasured = (measure: string, expression: string) =>
  `if(measure = '${measure}', nullif(${expression}, ''), null)`

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
  sources: [
    // the mean over a suite, and over one phenomenon of it
    {
      from: "model_accuracy",
      where: { model: "model", suite: whereMeasured("accuracy (%)", "regexp_extract(what, '^(.*), overall$', 1)") }
    },
    {
      from: "model_accuracy",
      where: {
        model: "model",
        suite: whereMeasured("accuracy (%)", "split_part(what, ', ', 1)"),
        phenomenon: "nullif(split_part(what, ', ', 2), 'overall')"
      }
    },
    { from: "model_perplexity", where: { model: "model", source: "if(measure like 'perplexity%', what, null)" } },
    {
      from: "model_spectra",
      where: { model: "model", component: "if(measure in ('PER', 'condition number'), what, null)", kind: "'weight'" }
    }
  ],
  section: "models from elsewhere"
}
