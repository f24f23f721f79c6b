/** What the page hands its script. */
import type { Look } from "../figures/style.ts"
import type { Series } from "../series.ts"

export interface PageData {
  readonly measures: ReadonlyArray<{
    readonly measure: string
    readonly title: string
    readonly unit: string
    readonly logarithmic: boolean
  }>
  readonly looks: ReadonlyArray<Look>
  readonly sizes: ReadonlyArray<string>
  readonly series: Series
}

export interface Point {
  readonly size: string
  readonly arm: string
  readonly seed: string
  readonly component: string
  readonly step: number
  readonly value: number
  readonly low: number | null
  readonly high: number | null
}

/** The points of a measure that have a value. */
export const pointsOf = ({ series }: PageData, measure: string): ReadonlyArray<Point> =>
  series.measure.flatMap((name, index) => {
    const value = series.value[index]
    if (name !== measure || value === null || value === undefined) return []
    return [{
      size: series.size[index]!,
      arm: series.arm[index]!,
      seed: series.seed[index]!,
      component: series.component[index]!,
      step: series.step[index]!,
      value,
      low: series.low[index]!,
      high: series.high[index]!
    }]
  })
