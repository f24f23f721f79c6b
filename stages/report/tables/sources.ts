import { lastOf, ofRun, unused } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { fixed, integer, text } from "../table.ts"
import sql from "./sources.sql"

export const sources: Question = {
  name: "sources",
  title: "Perplexity by source",
  caption: () =>
    "One row a source of text and a run, at the last checkpoint. By domain: perplexity by token of each domain, averaged " +
    "over the domains of the source, which is Paloma's measure; by token: over all tokens of the source; by text: mean of " +
    "the texts' perplexities, the measure of the study.",
  published: [],
  columns: [
    text("source", "source"),
    text("size", "size"),
    text("arm", "arm"),
    integer("seed", "seed"),
    integer("domains", "domains"),
    integer("texts", "texts"),
    integer("tokens", "tokens"),
    fixed("nats_per_token", "loss", 4, "nats/token"),
    fixed("macro", "perplexity by domain", 2),
    fixed("token_weighted", "by token", 2),
    fixed("mean_of_texts", "by text", 2)
  ],
  sql,
  sources: [
    { from: "perplexity", where: { ...ofRun, source: "source", step: lastOf("perplexity") } },
    unused("metrics")
  ],
  section: "held-out text"
}
