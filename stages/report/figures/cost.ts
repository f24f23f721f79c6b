/** Loss, perplexity and accuracy by what training had cost: an arm whose steps are cheaper is further to the left. */
import { read } from "../query.ts"
import type { Section } from "../question.ts"
import { suiteWords } from "../suites.ts"
import { draw } from "./chart.ts"
import checkpoints from "./cost-checkpoints.sql"
import loss from "./cost-loss.sql"
import type { Artist, Figure } from "./figure.ts"
import { armMarks, grid, type Point } from "./marks.ts"

const columns = {
  size: "text",
  arm: "text",
  seed: "integer",
  step: "integer",
  cost: "number",
  value: "number"
} as const

/** Points that a line of losses may have. */
const most = 200

export const drawCost: Artist = async (database, { config, suites }, looks) => {
  const span = Math.max(1, Math.ceil(config.steps / most))
  const losses = await read(database, { name: "the figures of loss by cost", sql: loss, columns }, { span })
  const measured = await read(database, {
    name: "the figures of checkpoints by cost",
    sql: checkpoints,
    columns: { measure: "text", ...columns }
  })
  const figure = (
    name: string,
    words: string,
    section: Section,
    yLabel: string,
    rows: ReadonlyArray<(typeof losses)[number]>,
    size: string,
    log = false
  ): ReadonlyArray<Figure> => {
    const points = rows.filter((row) => row.size === size).map((row): Point => ({
      arm: row.arm,
      step: row.step,
      cost: row.cost,
      value: row.value,
      run: String(row.seed),
      title: `${row.arm}, seed ${row.seed}, step ${row.step}, ${row.cost.toExponential(2)} operations: ${
        Number(row.value.toPrecision(5))
      }`
    }))
    if (points.length === 0) return []
    const every = Math.max(1, Math.ceil(config.steps / span / 20))
    return [{
      name: `${name}-${size}`,
      caption: `${words} by floating-point operations of training, size ${size}.`,
      section,
      small: false,
      svg: draw({
        title: `${words} by cost, ${size}`,
        description: `${words} over floating-point operations of training`,
        looks: looks.filter(({ arm }) => points.some((point) => point.arm === arm)),
        width: 640,
        height: 320,
        yLabel,
        options: {
          marginLeft: 56,
          marginRight: 22,
          x: { label: "floating-point operations", tickFormat: "~e", ticks: 6, zero: true },
          y: { nice: true, ...(log ? { type: "log" as const, ticks: 6, tickFormat: "~s" } : {}) },
          marks: [
            grid(),
            ...armMarks(points, looks, {
              x: "cost",
              ...(name === "loss-cost" ? { dots: (_: Point, index: number) => index % every === every - 1 } : {})
            })
          ]
        }
      })
    }]
  }
  const of = (measure: string) => measured.filter((row) => row.measure === measure)
  return config.sizes.flatMap(({ size }) => [
    ...figure("loss-cost", "Training loss", "training", "nats per token", losses, size),
    ...figure(
      "perplexity-cost",
      "Held-out perplexity, mean of texts,",
      "held-out text",
      "perplexity",
      of("perplexity"),
      size,
      true
    ),
    ...suites.flatMap(({ suite }) =>
      figure(
        `accuracy-cost-${suite}`,
        `Accuracy on ${suiteWords(suite)}`,
        "minimal pairs",
        "% correct",
        of(suite),
        size
      )
    )
  ])
}
