import type { Config } from "../config.ts"
import type { Question } from "../question.ts"
import { grouped, ours, text, theirs } from "../table.ts"
import sql from "./configuration.sql"

/** How every arm is trained, one column an arm. */
export const configuration = ({ settings }: Config): Question => ({
  name: "configuration",
  title: "Configuration of training",
  caption: () =>
    "One row a setting, by its name in the study file, with nothing left to default; the same at every size. An empty cell: " +
    "the method has no such setting.",
  published: ["training"],
  columns: [
    text("setting", "setting"),
    ...grouped(ours, [...new Set(settings.map(({ arm }) => arm))].map((arm, place) => text(`value_${place}`, arm))),
    ...grouped(theirs, [text("published_full_rank", "full-rank"), text("published_relora", "relora")])
  ],
  sql,
  section: "setting"
})
