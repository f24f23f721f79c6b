import { armSetting } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { fixed, grouped, integer, ours, text, theirs } from "../table.ts"
import sql from "./arms.sql"

export const arms: Question = {
  name: "arms",
  title: "Arms",
  caption: () =>
    "One row a way of training at one size. Published models stand beside a size by order of parameters, unless the " +
    "counts are equal.",
  published: ["models"],
  columns: [
    ...grouped(ours, [
      text("size", "size"),
      text("arm", "arm"),
      text("method", "method"),
      integer("rank", "rank"),
      text("settings", "settings"),
      integer("total_parameters", "parameters"),
      integer("trained_parameters", "trained"),
      fixed("trained_share", "trained", 1, "%"),
      integer("merges", "merges")
    ]),
    ...grouped(theirs, [
      text("published_size", "model"),
      integer("published_total", "parameters"),
      integer("published_trained", "trained")
    ])
  ],
  sql,
  sources: [
    armSetting("method", "method"),
    armSetting("rank", "rank"),
    armSetting("settings", "settings"),
    armSetting("total_parameters", "totalParameters"),
    armSetting("trained_parameters", "trainedParameters"),
    armSetting("trained_share", "totalParameters", "trainedParameters"),
    armSetting("merges", "merges"),
    {
      from: "published_models",
      columns: ["published_size", "published_total", "published_trained"],
      where: { size: "published_size" }
    }
  ],
  section: "setting"
}
