import { lastOf, ofRun, unused } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { fixed, integer, text } from "../table.ts"
import sql from "./domains.sql"

export const domains: Question = {
  name: "domains",
  title: "Perplexity by domain",
  caption: () => "One row a domain and a run, at the last checkpoint.",
  published: [],
  columns: [
    text("source", "source"),
    text("domain", "domain"),
    text("size", "size"),
    text("arm", "arm"),
    integer("seed", "seed"),
    integer("texts", "texts"),
    integer("tokens", "tokens"),
    fixed("nats_per_token", "loss", 4, "nats/token"),
    fixed("token_weighted", "perplexity by token", 2),
    fixed("mean_of_texts", "perplexity by text", 2)
  ],
  sql,
  sources: [
    {
      from: "perplexity",
      where: { ...ofRun, source: "source", domain: "domain", step: lastOf("perplexity") }
    },
    unused("metrics")
  ],
  section: "held-out text"
}
