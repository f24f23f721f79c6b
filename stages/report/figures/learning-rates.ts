/** Learning rates over steps, of this study's arms and of the published runs. */
import * as Plot from "@observablehq/plot"
import { scale } from "../published.ts"
import { read } from "../query.ts"
import { draw } from "./chart.ts"
import type { Artist, Figure } from "./figure.ts"
import sql from "./learning-rates.sql"
import { grid } from "./marks.ts"
import publishedSql from "./published-rates.sql"
import type { Look } from "./style.ts"

/** Windows that a schedule is drawn by. */
const most = 400

interface Rate {
  readonly arm: string
  readonly step: number
  readonly rate: number
}

const chart = (title: string, steps: number, rates: ReadonlyArray<Rate>, looks: ReadonlyArray<Look>): string => {
  const present = looks.filter(({ arm }) => rates.some((rate) => rate.arm === arm))
  const last = (arm: string) => rates.findLast((rate) => rate.arm === arm)
  return draw({
    title,
    description: `Learning rate over optimizer steps for ${present.map(({ arm }) => arm).join(", ")}`,
    looks: present,
    width: 640,
    height: 300,
    yLabel: "learning rate",
    options: {
      marginLeft: 60,
      marginRight: 26,
      x: { label: "optimizer steps", domain: [0, steps] },
      y: { nice: true, zero: true, ticks: 5, tickFormat: "~e" },
      marks: [
        grid(),
        ...present.flatMap((look) => [
          Plot.lineY(rates.filter(({ arm }) => arm === look.arm), {
            x: "step",
            y: "rate",
            stroke: look.color,
            strokeWidth: 2,
            ...(look.dash === "" ? {} : { strokeDasharray: look.dash })
          }),
          Plot.dot([last(look.arm)!], {
            x: "step",
            y: "rate",
            symbol: look.symbol,
            fill: look.color,
            r: 3.5,
            title: ({ rate, step }: Rate) => `${look.arm}, step ${step}: ${rate.toExponential(3)}`
          })
        ])
      ]
    }
  })
}

export const drawLearningRates: Artist = async (database, { config }, looks) => {
  const span = Math.max(1, Math.ceil(config.steps / most))
  const rates = await read(database, {
    name: "the figure of learning rates",
    sql,
    columns: { arm: "text", place: "integer", step: "integer", rate: "number" }
  }, { span })
  const published = await read(database, {
    name: "the figure of published learning rates",
    sql: publishedSql,
    columns: { method: "text", step: "integer", rate: "number" }
  })
  const first = (method: string) =>
    looks.find((look) => config.arms.find(({ arm }) => arm === look.arm)?.method === method)
  const fullRank = first("full-rank")
  const theirs = [
    { color: "#1E88E5", dash: "", symbol: "circle" as const, ...fullRank, arm: "full-rank" },
    { color: "#FF992F", dash: "7 3", symbol: "square" as const, ...first("relora"), arm: "relora" }
  ]
  const figures: Array<Figure> = [{
    name: "learning-rates-published",
    caption: "Learning rates of the published runs, by the formulas of their schedules.",
    section: "published",
    small: false,
    svg: chart(
      "Learning rates, published",
      scale.steps,
      published.map(({ method, rate, step }) => ({ arm: method, rate, step })),
      theirs
    )
  }]
  if (rates.length > 0) {
    figures.unshift({
      name: "learning-rates",
      caption:
        "Learning rate of every arm over steps, the same at every size. Arms of one schedule lie on one another.",
      section: "training",
      small: false,
      svg: chart("Learning rates", config.steps, rates, looks)
    })
  }
  return figures
}
