/** Held-out perplexity over checkpoints in both definitions, one chart a size and definition. */
import { read } from "../query.ts"
import { draw } from "./chart.ts"
import type { Artist, Figure } from "./figure.ts"
import { armMarks, grid, type Point } from "./marks.ts"
import sql from "./perplexity.sql"

const query = {
  name: "the figures of perplexity",
  sql,
  columns: {
    size: "text",
    arm: "text",
    seed: "integer",
    step: "integer",
    token_weighted: "number",
    mean_of_texts: "number"
  }
} as const

const definitions = [
  { name: "perplexity-token", column: "token_weighted", words: "over all tokens" },
  { name: "perplexity-text", column: "mean_of_texts", words: "mean of texts, as published" }
] as const

export const drawPerplexity: Artist = async (database, { config }, looks) => {
  const rows = await read(database, query)
  return config.sizes.flatMap(({ size }) =>
    definitions.map(({ column, name, words }): Figure => {
      const points = rows.filter((row) => row.size === size).map((row): Point => ({
        arm: row.arm,
        step: row.step,
        value: row[column],
        run: String(row.seed),
        title: `${row.arm}, seed ${row.seed}, step ${row.step}: ${row[column].toFixed(2)}`
      }))
      return {
        name: `${name}-${size}`,
        caption: `Held-out perplexity at size ${size}, ${words}; logarithmic.`,
        section: "held-out text",
        small: false,
        svg: draw({
          title: `Perplexity, ${size} (${words})`,
          description: `Held-out perplexity (${words}) over optimizer steps`,
          looks: looks.filter(({ arm }) => points.some((point) => point.arm === arm)),
          width: 640,
          height: 340,
          yLabel: "perplexity",
          options: {
            marginLeft: 60,
            marginRight: 16,
            x: { label: "optimizer steps", domain: [0, config.steps] },
            y: { type: "log", nice: true, ticks: 6, tickFormat: "~s" },
            marks: [grid(), ...armMarks(points, looks)]
          }
        })
      }
    })
  )
}
