/** Proportional effective rank and condition number over training, one small chart a component, size and measure. */
import * as Plot from "@observablehq/plot"
import type { Section } from "../question.ts"
import { superscript } from "../table.ts"
import { draw } from "./chart.ts"
import type { Artist, Figure } from "./figure.ts"
import { armMarks, grid, type Point } from "./marks.ts"
import type { Look } from "./style.ts"

const sql = `
  select size, arm, step, component, kind, per, per_band, condition_number, condition_number_band,
    rank_bound / least(rows, columns) as per_bound
  from components
  order by component, kind, place, step
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

/** Which chart: one component at one size, looked at in one way. */
interface Subject {
  readonly kind: (typeof kinds)[number]
  readonly measure: (typeof measures)[number]
  readonly component: string
  readonly size: string
}

/** The chart of a subject, and nothing where no matrix has a spectrum. */
const figure = (subject: Subject, all: ReadonlyArray<Row>, steps: number, looks: ReadonlyArray<Look>) => {
  const { component, kind, measure, size } = subject
  const rows = all.filter((row) => row.kind === kind.kind && row.component === component && row.size === size)
  const values = rows.map((row) => row[measure.column] ?? Number.NaN)
  const measured = values.filter((value) => Number.isFinite(value))
  if (measured.length === 0) return []
  const log = measure.name === "condition" && Math.max(...measured) > wide
  const printed = (value: number) =>
    Number.isNaN(value) ? "–" : value === Infinity ? "∞" : log ? value.toExponential(2) : value.toFixed(4)
  const points = rows.map((row, index): Point => {
    const value = values[index]!
    const band = row[measure.band]
    const title = `${row.arm}, step ${row.step}: ${printed(value)}`
    // a band that reaches 0 has no lower end on a logarithmic axis
    return band === null || !Number.isFinite(value) || (log && value - band <= 0)
      ? { arm: row.arm, step: row.step, value, title }
      : {
        arm: row.arm,
        step: row.step,
        value,
        low: value - band,
        high: value + band,
        title: `${title} ± ${printed(band)}`
      }
  })
  // what the rank allows, where the rank allows less than everything
  const bounds = kind.kind === "adapter" && measure.name === "per"
    ? [...new Set(rows.map((row) => row.per_bound))].toSorted((a, b) => a - b)
    : []
  const drawn: Figure = {
    name: `${kind.kind}-${measure.name}-${component.replace("_", "-")}-${size}`,
    caption: `${measure.long} of the ${kind.words}, ${component}, size ${size}`,
    section: kind.section,
    small: true,
    svg: draw({
      title: `${component}, ${size}: ${measure.words}`,
      description: `${measure.long} of the ${kind.words} of ${component} over optimizer steps, mean over layers`,
      looks: looks.filter(({ arm }) => points.some((point) => point.arm === arm)),
      width: 340,
      height: 225,
      yLabel: measure.words,
      options: {
        marginLeft: 50,
        marginRight: 14,
        x: { label: "optimizer steps", domain: [0, steps], ticks: 4 },
        y: { nice: true, ticks: 5, ...(log ? { type: "log" as const, tickFormat: powerOfTen } : {}) },
        marks: [
          grid(),
          Plot.ruleY(bounds, {
            stroke: "currentColor",
            strokeOpacity: 0.7,
            strokeDasharray: "1 3",
            title: (bound: number) => `rank / min(rows, columns) = ${bound.toFixed(4)}`
          }),
          ...armMarks(points, looks)
        ]
      }
    })
  }
  return [drawn]
}

export const drawSpectra: Artist = async (database, { config }, looks) => {
  const rows = await database.query<Row>(sql)
  const components = [...new Set(rows.map(({ component }) => component))]
  return kinds.flatMap((kind) =>
    measures.flatMap((measure) =>
      config.sizes.flatMap(({ size }) =>
        components.flatMap((component) => figure({ kind, measure, component, size }, rows, config.steps, looks))
      )
    )
  )
}
