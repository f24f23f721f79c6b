import type { Question } from "../question.ts"
import { text } from "../table.ts"
import sql from "./published-sources.sql"

export const publishedSources: Question = {
  name: "published-sources",
  title: "Sources of the published figures",
  caption: () =>
    "One row a kind of figure: where it was taken from, how it was read, and what was corrected or is to be kept in mind.",
  published: [],
  columns: [text("about", "figures"), text("origin", "from"), text("how", "how")],
  sql,
  sources: [{ from: "published_sources", columns: ["about", "origin", "how"], where: { about: "about" } }],
  section: "published"
}
