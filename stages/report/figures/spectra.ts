/** Proportional effective rank and condition number over training, one small chart a component, size and measure. */
import * as Plot from "@observablehq/plot"
import type { Section } from "../question.ts"
import { superscript } from "../table.ts"
import { draw } from "./chart.ts"
import type { Artist, Figure } from "./figure.ts"
import { armMarks, grid, type Point } from "./marks.ts"

const sql = `
  select size, arm, step, component, kind, per, per_band, condition_number, condition_number_band,
    rank_bound / least(rows, columns) as per_bound
  from components
  order by kind, component, place, step
`
type Row = {
  size: string
  arm: string
  step: number
  component: string
  kind: string
  per: number | null
  per_band: number | null
  condition_number: number | null
  condition_number_band: number | null
  per_bound: number
}

const kinds: ReadonlyArray<{ readonly kind: string; readonly section: Section; readonly words: string }> = [
  { kind: "weight", section: "weights", words: "stored weight" },
  { kind: "effective", section: "weights", words: "effective weight" },
  { kind: "realised", section: "updates", words: "realised change" },
  { kind: "adapter", section: "updates", words: "adapter B·A" }
]

const measures = [
  { name: "per", column: "per", band: "per_band", words: "PER", long: "Proportional effective rank" },
  {
    name: "condition",
    column: "condition_number",
    band: "condition_number_band",
    words: "condition number",
    long: "Condition number"
  }
] as const

/** Label of a whole power of ten; other ticks have none. */
const powerOfTen = (value: number): string => {
  const exponent = Math.round(Math.log10(value))
  return Math.abs(value / 10 ** exponent - 1) < 1e-9 ? `10${superscript(exponent)}` : ""
}

/** Order of magnitude from which a condition number is read off a logarithmic axis. */
const wide = 20

const distinct = (values: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(values)]

export const drawSpectra: Artist = async (database, { config }, looks) => {
  const rows = await database.query<Row>(sql)
  return kinds.flatMap(({ kind, section, words }) =>
    measures.flatMap((measure) =>
      config.sizes.flatMap(({ size }) =>
        distinct(rows.filter((row) => row.kind === kind).map(({ component }) => component)).flatMap(
          (component): ReadonlyArray<Figure> => {
            const chosen = rows.filter((row) => row.kind === kind && row.component === component && row.size === size)
            const measured = chosen.flatMap((row) => {
              const value = row[measure.column]
              return value === null || !Number.isFinite(value) ? [] : [value]
            })
            if (measured.length === 0) return []
            const log = measure.name === "condition" && Math.max(...measured) > wide
            const points = chosen.map((row): Point => {
              const value = row[measure.column] ?? Number.NaN
              const band = row[measure.band]
              const printed = log ? value.toExponential(2) : value.toFixed(4)
              // a band that reaches 0 has no lower end on a logarithmic axis
              const banded = band !== null && Number.isFinite(value) && !(log && value - band <= 0)
              return {
                arm: row.arm,
                step: row.step,
                value,
                ...(banded ? { low: value - band, high: value + band } : {}),
                title:
                  `${row.arm}, step ${row.step}: ${Number.isNaN(value) ? "–" : value === Infinity ? "∞" : printed}` +
                  (banded ? ` ± ${log ? band.toExponential(2) : band.toFixed(4)}` : "")
              }
            })
            const bounds = kind === "adapter" && measure.name === "per"
              ? [...new Set(chosen.map((row) => row.per_bound))].toSorted((a, b) => a - b)
              : []
            return [{
              name: `${kind}-${measure.name}-${component.replace("_", "-")}-${size}`,
              caption: `${measure.long} of the ${words}, ${component}, size ${size}`,
              section,
              small: true,
              svg: draw({
                title: `${component}, ${size}: ${measure.words}`,
                description: `${measure.long} of the ${words} of ${component} over optimizer steps, mean over layers`,
                looks: looks.filter(({ arm }) => points.some((point) => point.arm === arm)),
                width: 340,
                height: 225,
                yLabel: measure.words,
                options: {
                  marginLeft: 50,
                  marginRight: 14,
                  x: { label: "optimizer steps", domain: [0, config.steps], ticks: 4 },
                  y: {
                    nice: true,
                    ticks: 5,
                    ...(log ? { type: "log" as const, tickFormat: powerOfTen } : {})
                  },
                  marks: [
                    grid(),
                    ...(bounds.length === 0
                      ? []
                      : [
                        Plot.ruleY(bounds, {
                          stroke: "currentColor",
                          strokeOpacity: 0.7,
                          strokeDasharray: "1 3",
                          title: (bound: number) => `rank / min(rows, columns) = ${bound.toFixed(4)}`
                        })
                      ]),
                    ...armMarks(points, looks)
                  ]
                }
              })
            }]
          }
        )
      )
    )
  )
}
