import type { Question } from "../question.ts"
import { fixed, integer, text } from "../table.ts"

const sql = `
  select 'this study' as source, size, width, hidden, layers, heads, kv_heads, vocabulary, parameters,
    2.0 * vocabulary * width / parameters * 100 as embedding_share, 0 as block, parameters as place
  from sizes
  union all
  select 'published', size, width, hidden, layers, heads, kv_heads, vocabulary, parameters,
    2.0 * vocabulary * width / parameters * 100, 1, parameters
  from published_models
  order by block, place, size
`

export const models: Question = {
  name: "models",
  title: "Models",
  caption: () =>
    "One row a model, full-rank. Share of embeddings: embedding and un-embedding, which every method trains at full " +
    "rank.",
  published: true,
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
