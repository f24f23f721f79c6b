import type { Question } from "../question.ts"
import { integer, text } from "../table.ts"

const sql = `
  select split, domain, count(*) as documents, sum(characters) as characters, sum(tokens) as tokens
  from documents
  group by split, domain
  order by split desc, domain
`

export const corpus: Question = {
  name: "corpus",
  title: "Corpus",
  caption: () => "One row a part of the corpus, after cleaning. Tokens are counted without the end-of-text token.",
  published: false,
  columns: [
    text("split", "split"),
    text("domain", "domain"),
    integer("documents", "documents"),
    integer("characters", "characters"),
    integer("tokens", "tokens")
  ],
  sql,
  section: "setting"
}
