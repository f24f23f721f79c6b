import type { Question } from "../question.ts"
import { fixed, integer, text } from "../table.ts"
import sql from "./models.sql"

/** Columns that hold a setting of a size, and which. */
const measured = [
  ["size", "size"],
  ["width", "width"],
  ["hidden", "hidden"],
  ["layers", "layers"],
  ["heads", "heads"],
  ["kv_heads", "kvHeads"],
  ["vocabulary", "vocabulary"],
  ["parameters", "parameters"]
] as const

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
  sources: [
    ...[
      ...measured.map(([column, setting]) => [[column], [setting]] as const),
      [["source"], ["size"]] as const,
      [["embedding_share"], ["vocabulary", "width", "parameters"]] as const
    ].map(([columns, settings]) => ({
      from: "sizes",
      columns,
      where: { size: "if(source = 'this study', size, null)" },
      settings
    })),
    {
      from: "published_models",
      columns: [...measured.map(([column]) => column), "source", "embedding_share"],
      where: { size: "if(source = 'published', size, null)" }
    }
  ],
  section: "setting"
}
