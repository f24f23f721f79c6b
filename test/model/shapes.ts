import { ModelShape } from "../../schemas/model.ts"

/** The two sizes of the study (arXiv 2509.12960). */
export const tiny = ModelShape.parse({ width: 96, hidden: 384, layers: 12, heads: 12, kvHeads: 4, vocabulary: 50_304 })
export const small = ModelShape.parse({
  width: 384,
  hidden: 1536,
  layers: 12,
  heads: 12,
  kvHeads: 4,
  vocabulary: 50_304
})
/** Small enough for finite differences. */
export const micro = ModelShape.parse({ width: 16, hidden: 24, layers: 2, heads: 4, kvHeads: 2, vocabulary: 32 })
