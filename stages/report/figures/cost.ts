/** Loss, perplexity and accuracy by what training had cost: an arm whose steps are cheaper is further to the left. */
import { read } from "../query.ts"
import type { Section } from "../question.ts"
import { suiteWords } from "../suites.ts"
import { draw } from "./chart.ts"
import checkpoints from "./cost-checkpoints.sql"
import lossByCost from "./cost-loss.sql"
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

/** What is drawn by cost. */
interface Subject {
  readonly name: string
  readonly words: string
  readonly section: Section
  readonly yLabel: string
  readonly log?: boolean
  /** Which points of an arm have a mark; all where nothing is said. */
  readonly dots?: (point: Point, index: number) => boolean
}

/** Points that a line of losses may have. */
const most = 200

export const drawCost: Artist = async (database, { config, suites }, looks) => {
  const span = Math.max(1, Math.ceil(config.steps / most))
  const losses = await read(database, { name: "the figures of loss by cost", sql: lossByCost, columns }, { span })
  const measured = await read(database, {
    name: "the figures of checkpoints by cost",
    sql: checkpoints,
    columns: { measure: "text", ...columns }
  })
  const figure = (
    { dots, log = false, name, section, words, yLabel }: Subject,
    rows: ReadonlyArray<(typeof losses)[number]>,
    size: string
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
            ...armMarks(points, looks, { x: "cost", ...(dots === undefined ? {} : { dots }) })
          ]
        }
      })
    }]
  }
  const of = (measure: string) => measured.filter((row) => row.measure === measure)
  const every = Math.max(1, Math.ceil(config.steps / span / 20))
  const loss: Subject = {
    name: "loss-cost",
    words: "Training loss",
    section: "training",
    yLabel: "nats per token",
    dots: (_, index) => index % every === every - 1
  }
  const perplexity: Subject = {
    name: "perplexity-cost",
    words: "Held-out perplexity, mean of texts,",
    section: "held-out text",
    yLabel: "perplexity",
    log: true
  }
  const accuracy = (suite: string): Subject => ({
    name: `accuracy-cost-${suite}`,
    words: `Accuracy on ${suiteWords(suite)}`,
    section: "minimal pairs",
    yLabel: "% correct"
  })
  return config.sizes.flatMap(({ size }) => [
    ...figure(loss, losses, size),
    ...figure(perplexity, of("perplexity"), size),
    ...suites.flatMap(({ suite }) => figure(accuracy(suite), of(suite), size))
  ])
}
