/** The published models, and how much they were trained up to the step that the figures end at. */

export type PublishedSize = "tiny" | "small"
export type PublishedMethod = "full-rank" | "relora"

/** Scale of the published runs up to the step their figures end at. */
export const scale = {
  steps: 20_000,
  batchSize: 1_024,
  sequenceLength: 2_048,
  vocabulary: 50_304,
  corpus: "Dolma v1.7",
  /** 1024 · 2048 · 20000 */
  tokens: 41_943_040_000
} as const

export const models = [
  {
    size: "tiny",
    width: 96,
    hidden: 384,
    layers: 12,
    heads: 12,
    kvHeads: 4,
    vocabulary: 50_304,
    parameters: 11_282_784,
    reloraTotal: 11_682_144,
    reloraTrained: 10_060_128
  },
  {
    size: "small",
    width: 384,
    hidden: 1_536,
    layers: 12,
    heads: 12,
    kvHeads: 4,
    vocabulary: 50_304,
    parameters: 64_595_328,
    reloraTotal: 66_192_768,
    reloraTrained: 40_240_512
  }
] as const
