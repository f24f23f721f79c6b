/** Minimal-pair accuracy: by phenomenon at the last checkpoint, and overall over checkpoints. */
import * as Plot from "@observablehq/plot"
import { read, type RowOf } from "../query.ts"
import { suiteWords } from "../suites.ts"
import sql from "./accuracy.sql"
import { draw } from "./chart.ts"
import type { Artist, Figure } from "./figure.ts"
import { armMarks, grid, type Point } from "./marks.ts"

const query = {
  name: "the figures of accuracy",
  sql,
  columns: {
    size: "text",
    arm: "text",
    step: "integer",
    suite: "text",
    phenomenon: "text",
    percent: "number",
    pairs: "number"
  }
} as const
type Row = RowOf<typeof query["columns"]>

const chance = (mark: typeof Plot.ruleX | typeof Plot.ruleY): Plot.Markish =>
  mark([50], { stroke: "currentColor", strokeOpacity: 0.6, strokeDasharray: "1 3", title: () => "chance" })

export const drawAccuracy: Artist = async (database, { config, suites }, looks) => {
  const rows = await read(database, query)
  return suites.flatMap(({ suite }) =>
    config.sizes.flatMap(({ size }): ReadonlyArray<Figure> => {
      const words = suiteWords(suite)
      const chosen = rows.filter((row) => row.suite === suite && row.size === size)
      if (chosen.length === 0) return []
      const present = looks.filter(({ arm }) => chosen.some((row) => row.arm === arm))
      const last = Math.max(...chosen.map(({ step }) => step))
      const final = chosen.filter(({ step }) => step === last)
      const phenomena = [...new Set(final.map(({ phenomenon }) => phenomenon))].filter((name) => name !== "overall")
      const point = (row: Row): Point => ({
        arm: row.arm,
        step: row.step,
        value: row.percent,
        title: `${row.arm}, step ${row.step}: ${row.percent.toFixed(2)} % of ${Math.round(row.pairs)} pairs`
      })
      return [
        {
          name: `accuracy-steps-${suite}-${size}`,
          caption: `Accuracy over checkpoints on ${words}, size ${size}: mean over paradigms. Dotted: chance.`,
          section: "minimal pairs",
          small: false,
          svg: draw({
            title: `Accuracy, ${size} (${words})`,
            description: `Minimal-pair accuracy in percent over optimizer steps on ${words}`,
            looks: present,
            width: 640,
            height: 320,
            yLabel: "% correct",
            options: {
              marginLeft: 48,
              marginRight: 16,
              x: { label: "optimizer steps", domain: [0, config.steps] },
              y: { nice: true },
              marks: [
                grid(),
                chance(Plot.ruleY),
                ...armMarks(chosen.filter((row) => row.phenomenon === "overall").map(point), present)
              ]
            }
          })
        },
        {
          name: `accuracy-${suite}-${size}`,
          caption: `Accuracy by phenomenon at step ${last} on ${words}, size ${size}. Dotted: chance.`,
          section: "minimal pairs",
          small: false,
          svg: draw({
            title: `Accuracy by phenomenon, ${size} (${words})`,
            description: `Minimal-pair accuracy in percent by phenomenon at step ${last} on ${words}`,
            looks: present,
            width: 640,
            height: 120 + 24 * (phenomena.length + 1),
            options: {
              marginLeft: 190,
              marginRight: 20,
              x: { label: "% correct", nice: true },
              y: { domain: [...phenomena, "overall"], tickFormat: (name: string) => name.replaceAll("_", " ") },
              marks: [
                Plot.gridY({ stroke: "currentColor", strokeOpacity: 0.12 }),
                chance(Plot.ruleX),
                ...present.map((look) =>
                  Plot.dot(final.filter((row) => row.arm === look.arm), {
                    x: "percent",
                    y: "phenomenon",
                    symbol: look.symbol,
                    r: 4.5,
                    title: (row: Row) =>
                      `${row.arm}, ${row.phenomenon}: ${row.percent.toFixed(2)} % of ${Math.round(row.pairs)} pairs`,
                    ...(look.symbol === "plus" || look.symbol === "times"
                      ? { stroke: look.color, strokeWidth: 2 }
                      : { fill: look.color })
                  })
                )
              ]
            }
          })
        }
      ]
    })
  )
}
