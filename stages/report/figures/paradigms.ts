/** How accuracy is spread over paradigms at each checkpoint: ends, quartiles and median, arm beside arm. */
import * as Plot from "@observablehq/plot"
import { read } from "../query.ts"
import { suiteWords } from "../suites.ts"
import { draw } from "./chart.ts"
import type { Artist } from "./figure.ts"
import { grid } from "./marks.ts"
import sql from "./paradigms.sql"

/** Distance of two arms at one checkpoint, as a share of all steps. */
const apart = 0.012

export const drawParadigms: Artist = async (database, { config, suites }, looks) => {
  const rows = await read(database, {
    name: "the figures of paradigms",
    sql,
    columns: {
      suite: "text",
      size: "text",
      arm: "text",
      step: "integer",
      paradigms: "integer",
      least: "number",
      lower: "number",
      middle: "number",
      upper: "number",
      most: "number"
    }
  })
  return suites.flatMap(({ suite }) =>
    config.sizes.flatMap(({ size }) => {
      const chosen = rows.filter((row) => row.suite === suite && row.size === size)
      if (chosen.length === 0) return []
      const present = looks.filter(({ arm }) => chosen.some((row) => row.arm === arm))
      const placed = chosen.map((row) => ({
        ...row,
        at: row.step +
          (present.findIndex(({ arm }) => arm === row.arm) - (present.length - 1) / 2) * apart * config.steps
      }))
      return [{
        name: `paradigms-${suite}-${size}`,
        caption:
          `Spread of accuracy over the ${chosen[0]!.paradigms} paradigms of ${suiteWords(suite)}, size ${size}: ` +
          "all, the middle half (thick) and the median, at each checkpoint. Dotted: chance.",
        section: "minimal pairs" as const,
        small: false,
        svg: draw({
          title: `Accuracy over paradigms, ${size} (${suiteWords(suite)})`,
          description: `Spread of minimal-pair accuracy over paradigms at each checkpoint on ${suiteWords(suite)}`,
          looks: present,
          width: 640,
          height: 340,
          yLabel: "% correct",
          options: {
            marginLeft: 48,
            marginRight: 16,
            x: { label: "optimizer steps", domain: [-0.04 * config.steps, 1.04 * config.steps] },
            y: { domain: [0, 100] },
            marks: [
              grid(),
              Plot.ruleY([50], {
                stroke: "currentColor",
                strokeOpacity: 0.6,
                strokeDasharray: "1 3",
                title: () => "chance"
              }),
              ...present.flatMap((look) => {
                const own = placed.filter(({ arm }) => arm === look.arm)
                return [
                  Plot.ruleX(own, { x: "at", y1: "least", y2: "most", stroke: look.color, strokeWidth: 1.2 }),
                  Plot.ruleX(own, {
                    x: "at",
                    y1: "lower",
                    y2: "upper",
                    stroke: look.color,
                    strokeWidth: 6,
                    strokeOpacity: 0.5
                  }),
                  Plot.dot(own, {
                    x: "at",
                    y: "middle",
                    symbol: look.symbol,
                    r: 3.5,
                    title: (row: (typeof own)[number]) =>
                      `${row.arm}, step ${row.step}: median ${row.middle.toFixed(1)} %, middle half ${
                        row.lower.toFixed(1)
                      } to ${row.upper.toFixed(1)}, all ${row.least.toFixed(1)} to ${row.most.toFixed(1)}`,
                    ...(look.symbol === "plus" || look.symbol === "times"
                      ? { stroke: look.color, strokeWidth: 2 }
                      : { fill: look.color, stroke: "white", strokeWidth: 0.8 })
                  })
                ]
              })
            ]
          }
        })
      }]
    })
  )
}
