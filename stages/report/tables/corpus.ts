import type { Question } from "../question.ts"
import { integer, text } from "../table.ts"
import sql from "./corpus.sql"

export const corpus: Question = {
  name: "corpus",
  title: "Corpus",
  caption: () => "One row a part of the corpus, after cleaning. Tokens are counted without the end-of-text token.",
  published: [],
  columns: [
    text("split", "split"),
    text("domain", "domain"),
    integer("documents", "documents"),
    integer("characters", "characters"),
    integer("tokens", "tokens")
  ],
  sql,
  sources: [{ from: "documents", where: { split: "split", domain: "domain" } }],
  section: "setting"
}
