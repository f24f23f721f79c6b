/** Proportional effective rank, condition number and rank over training, one small chart a component, size and measure. */
import * as Plot from "@observablehq/plot"
import { read, type RowOf } from "../query.ts"
import type { Section } from "../question.ts"
import { superscript } from "../table.ts"
import { draw } from "./chart.ts"
import type { Artist, Figure } from "./figure.ts"
import { armMarks, grid, type Point } from "./marks.ts"
import sql from "./spectra.sql"
import type { Look } from "./style.ts"

const query = {
  name: "the figures of spectra",
  sql,
  columns: {
    size: "text",
    arm: "text",
    since: "integer",
    step: "integer",
    component: "text",
    kind: "text",
    per: "number?",
    per_band: "number?",
    condition_number: "number?",
    condition_number_band: "number?",
    numerical_rank: "number?",
    numerical_rank_band: "number?",
    condition_number_of_rank: "number?",
    condition_number_of_rank_band: "number?",
    per_bound: "number"
  }
} as const
type Row = RowOf<typeof query["columns"]>

interface Measure {
  readonly name: string
  readonly column: "per" | "condition_number" | "numerical_rank" | "condition_number_of_rank"
  readonly words: string
  readonly long: string
  readonly digits: number
}

const per: Measure = { name: "per", column: "per", words: "PER", long: "Proportional effective rank", digits: 4 }
const ofWeights: ReadonlyArray<Measure> = [
  per,
  { name: "condition", column: "condition_number", words: "condition number", long: "Condition number", digits: 4 }
]
/** An update has less rank than its sides, and a condition number only over that rank: what is below is rounding. */
const ofUpdates: ReadonlyArray<Measure> = [
  per,
  {
    name: "condition",
    column: "condition_number_of_rank",
    words: "condition number of rank",
    long: "Largest singular value over the last one above the rounding floor",
    digits: 4
  },
  {
    name: "rank",
    column: "numerical_rank",
    words: "numerical rank",
    long: "Singular values above the rounding floor",
    digits: 1
  }
]

interface Kind {
  readonly kind: string
  readonly section: Section
  readonly words: string
  readonly measures: ReadonlyArray<Measure>
}
const kinds: ReadonlyArray<Kind> = [
  { kind: "weight", section: "weights", words: "stored weight", measures: ofWeights },
  { kind: "effective", section: "weights", words: "effective weight", measures: ofWeights },
  { kind: "realised", section: "updates", words: "realised change", measures: ofUpdates },
  { kind: "adapter", section: "updates", words: "adapter B·A", measures: ofUpdates }
]

/** Label of a whole power of ten; other ticks have none. */
const powerOfTen = (value: number): string => {
  const exponent = Math.round(Math.log10(value))
  return Math.abs(value / 10 ** exponent - 1) < 1e-9 ? `10${superscript(exponent)}` : ""
}

/** Order of magnitude from which a condition number is read off a logarithmic axis. */
const wide = 20

/** Which chart: one component at one size, looked at in one way. */
interface Subject {
  readonly kind: Kind
  readonly measure: Measure
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
  const spans = kind.kind === "realised"
  const printed = (value: number) =>
    Number.isNaN(value) ? "–" : value === Infinity ? "∞" : log ? value.toExponential(2) : value.toFixed(measure.digits)
  const points = rows.map((row, index): Point => {
    const value = values[index]!
    const band = row[`${measure.column}_band`]
    const at = spans ? `steps ${row.since} to ${row.step}` : `step ${row.step}`
    const title = `${row.arm}, ${at}: ${printed(value)}`
    const point = { arm: row.arm, step: row.step, value, title, ...(spans ? { since: row.since } : {}) }
    // a band that reaches 0 has no lower end on a logarithmic axis
    return band === null || !Number.isFinite(value) || (log && value - band <= 0)
      ? point
      : {
        ...point,
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
    caption: `${measure.long} of the ${kind.words}, ${component}, size ${size}${
      spans ? "; each bar spans the steps of its change" : ""
    }`,
    section: kind.section,
    small: true,
    svg: draw({
      title: `${component}, ${size}: ${measure.words}`,
      description: `${measure.long}, of the ${kind.words} of ${component} over optimizer steps, mean over layers`,
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
  const rows = await read(database, query)
  const components = [...new Set(rows.map(({ component }) => component))]
  return kinds.flatMap((kind) =>
    kind.measures.flatMap((measure) =>
      config.sizes.flatMap(({ size }) =>
        components.flatMap((component) => figure({ kind, measure, component, size }, rows, config.steps, looks))
      )
    )
  )
}
