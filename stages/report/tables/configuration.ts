import type { Config } from "../config.ts"
import { quoted } from "../database.ts"
import type { Question } from "../question.ts"
import { grouped, ours, text, theirs } from "../table.ts"
import sql from "./configuration.sql"

const armsOf = (settings: Config["settings"]): ReadonlyArray<string> => [...new Set(settings.map(({ arm }) => arm))]

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
    ...grouped(ours, armsOf(settings).map((arm, place) => text(`value_${place}`, arm))),
    ...grouped(theirs, [text("published_full_rank", "full-rank"), text("published_relora", "relora")])
  ],
  sql,
  sources: [
    { from: "settings", columns: ["setting"], where: { setting: "setting" }, settings: ["setting"] },
    ...armsOf(settings).map((arm, place) => ({
      from: "settings",
      columns: [`value_${place}`],
      where: { setting: "setting", arm: quoted(arm) },
      settings: ["value"]
    })),
    {
      from: "published_settings",
      columns: ["setting", "published_full_rank", "published_relora"],
      where: { setting: "setting" }
    }
  ],
  section: "setting"
})
