/** Training loss of every arm, one chart a size, with merges marked and the unigram entropy for scale. */
import * as Plot from "@observablehq/plot"
import { read } from "../query.ts"
import { draw } from "./chart.ts"
import type { Artist } from "./figure.ts"
import sql from "./loss.sql"
import { armMarks, grid, type Point } from "./marks.ts"

/** Points a line may have; beyond them steps are averaged, so that a long run is still a light page. */
const most = 300

const query = {
  name: "the figures of training loss",
  sql,
  columns: { size: "text", arm: "text", seed: "integer", step: "integer", value: "number" }
} as const

export const drawLoss: Artist = async (database, facts, looks) => {
  const { config, entropy } = facts
  const window = Math.max(1, Math.ceil(config.steps / most))
  const rows = await read(database, query, { span: window })
  return config.sizes.map(({ size }) => {
    const points = rows.filter((row) => row.size === size).map((row): Point => ({
      arm: row.arm,
      step: row.step,
      value: row.value,
      run: String(row.seed),
      title: `${row.arm}, seed ${row.seed}, step ${row.step}: ${row.value.toFixed(4)}`
    }))
    const merges = config.arms.filter((arm) => arm.size === size).flatMap(({ arm, merges }) =>
      merges.map((step) => ({ arm, step }))
    )
    const mergeSteps = [...new Set(merges.map(({ step }) => step))].toSorted((a, b) => a - b).map((step) => ({
      step,
      title: `merge at step ${step}: ${merges.filter((merge) => merge.step === step).map(({ arm }) => arm).join(", ")}`
    }))
    const perArm = Math.ceil(config.steps / window)
    const every = Math.max(1, Math.ceil(perArm / 25))
    const svg = draw({
      title: `Training loss, ${size}`,
      description: `Training loss in nats per token over optimizer steps for ${looks.map(({ arm }) => arm).join(", ")}`,
      looks: looks.filter(({ arm }) => points.some((point) => point.arm === arm)),
      width: 640,
      height: 380,
      yLabel: "nats per token",
      options: {
        marginLeft: 48,
        marginRight: 16,
        x: { label: "optimizer steps", domain: [0, config.steps] },
        y: { nice: true },
        marks: [
          grid(),
          Plot.ruleX(mergeSteps, {
            x: "step",
            stroke: "currentColor",
            strokeOpacity: 0.35,
            strokeDasharray: "2 3",
            title: "title"
          }),
          Plot.ruleY([entropy], { stroke: "currentColor", strokeOpacity: 0.7, strokeDasharray: "1 3" }),
          Plot.text([entropy], {
            x: config.steps,
            y: (value: number) => value,
            text: () => `unigram entropy ${entropy.toFixed(2)}`,
            textAnchor: "end",
            dy: -7,
            fill: "currentColor",
            fillOpacity: 0.8
          }),
          ...armMarks(points, looks, { dots: (_, index) => index % every === every - 1 })
        ]
      }
    })
    return {
      name: `loss-${size}`,
      caption: `Training loss at size ${size}${window > 1 ? `, each point the mean of ${window} steps` : ""}. ` +
        "Dashed verticals: merges. Dotted horizontal: entropy of the training tokens' frequencies.",
      section: "training",
      small: false,
      svg
    }
  })
}
