/** A small chart of a measure over steps, of which several stand in a row. */
import type { Section } from "../question.ts"
import { draw } from "./chart.ts"
import type { Figure } from "./figure.ts"
import { armMarks, grid, type Point } from "./marks.ts"
import type { Look } from "./style.ts"

export interface Small {
  readonly name: string
  readonly title: string
  readonly caption: string
  readonly section: Section
  readonly yLabel: string
  readonly steps: number
  readonly digits: number
  /** Ends of the vertical axis, where charts beside one another share them. */
  readonly domain?: readonly [number, number]
  /** Least and largest value that there can be: a band does not go beyond. */
  readonly range?: readonly [number, number]
}

export interface Measured {
  readonly arm: string
  readonly step: number
  readonly value: number | null
  /** Half-width of a band around the value. */
  readonly band: number | null
}

/** The points of a chart, with their bands, told in words. */
const pointsOf = (
  rows: ReadonlyArray<Measured>,
  { digits, range: [least, most] = [-Infinity, Infinity] }: Small
): ReadonlyArray<Point> =>
  rows.map(({ arm, band, step, value }) => {
    const title = `${arm}, step ${step}: ${value === null ? "–" : value.toFixed(digits)}`
    return value === null || band === null || !Number.isFinite(value)
      ? { arm, step, value, title }
      : {
        arm,
        step,
        value,
        low: Math.max(least, value - band),
        high: Math.min(most, value + band),
        title: `${title} ± ${band.toFixed(digits)}`
      }
  })

/** Smallest and largest value that a chart of these rows shows, bands included. */
export const extent = (rows: ReadonlyArray<Measured>): readonly [number, number] | undefined => {
  const ends = rows.flatMap(({ band, value }) =>
    value === null || !Number.isFinite(value) ? [] : [value - (band ?? 0), value + (band ?? 0)]
  )
  return ends.length === 0 ? undefined : [Math.min(...ends), Math.max(...ends)]
}

/** The chart, and nothing where nothing was measured. */
export const small = (
  chart: Small,
  rows: ReadonlyArray<Measured>,
  looks: ReadonlyArray<Look>
): ReadonlyArray<Figure> => {
  const { caption, domain, name, section, steps, title, yLabel } = chart
  if (extent(rows) === undefined) return []
  return [{
    name,
    caption,
    section,
    small: true,
    svg: draw({
      title,
      description: `${caption}, over optimizer steps`,
      looks: looks.filter(({ arm }) => rows.some((row) => row.arm === arm)),
      width: 340,
      height: 225,
      yLabel,
      options: {
        marginLeft: 50,
        marginRight: 14,
        x: { label: "optimizer steps", domain: [0, steps], ticks: 4 },
        y: { nice: true, ticks: 5, ...(domain === undefined ? {} : { domain: [...domain] }) },
        marks: [grid(), ...armMarks(pointsOf(rows, chart), looks)]
      }
    })
  }]
}
