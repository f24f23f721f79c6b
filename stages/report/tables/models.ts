import type { Question } from "../question.ts"
import { fixed, integer, text } from "../table.ts"
import sql from "./models.sql"

export const models: Question = {
  name: "models",
  title: "Models",
  caption: () =>
    "One row a model, full-rank. Share of embeddings: embedding and un-embedding, which every method trains at full " +
    "rank.",
  published: ["models"],
  columns: [
    text("source", "source"),
    text("size", "size"),
    integer("width", "width"),
    integer("hidden", "SwiGLU"),
    integer("layers", "layers"),
    integer("heads", "heads"),
    integer("kv_heads", "kv heads"),
    integer("vocabulary", "vocabulary"),
    integer("parameters", "parameters"),
    fixed("embedding_share", "embeddings", 1, "%")
  ],
  sql,
  section: "setting"
}
