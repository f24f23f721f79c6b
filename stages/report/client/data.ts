/** What the page hands its script. Written and read by two worlds, so it imports neither. */

/** Columns of equal length. NaN and infinities are null: nothing to draw. */
export interface Series {
  readonly measure: ReadonlyArray<string>
  readonly size: ReadonlyArray<string>
  readonly arm: ReadonlyArray<string>
  /** Seed, or "mean" where seeds are averaged. */
  readonly seed: ReadonlyArray<string>
  /** Matrix, or "" where the measure is of the whole model. */
  readonly component: ReadonlyArray<string>
  readonly step: ReadonlyArray<number>
  readonly value: ReadonlyArray<number | null>
  /** Ends of a 95 % band over layers. */
  readonly low: ReadonlyArray<number | null>
  readonly high: ReadonlyArray<number | null>
}

export interface PageData {
  readonly measures: ReadonlyArray<{
    readonly measure: string
    readonly title: string
    readonly unit: string
    readonly logarithmic: boolean
  }>
  /** How each arm is drawn; dash as in SVG. */
  readonly looks: ReadonlyArray<{ readonly arm: string; readonly color: string; readonly dash: string }>
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

/** What the cells of the page's tables were made from. Lists are named by place, since much of it stands behind many cells. */
export interface CellData {
  readonly queries: Readonly<
    Record<string, { readonly file: string; readonly sql: string; readonly views: ReadonlyArray<string> }>
  >
  /** Definitions of the views that queries go by. */
  readonly views: Readonly<Record<string, string>>
  /** Inputs: leaf of the key record without its position, and logical digest. */
  readonly inputs: ReadonlyArray<readonly [leaf: string, digest: string]>
  /** Conditions in SQL on rows of inputs; the first is empty: all rows. */
  readonly conditions: ReadonlyArray<string>
  /** Published figures: table, condition on its rows, and where they were published. */
  readonly facts: ReadonlyArray<readonly [fact: string, rows: string, about: string]>
  /** Settings by leaf. */
  readonly settings: Readonly<Record<string, string>>
  readonly origins: ReadonlyArray<{
    /** Places of input and condition, in pairs. */
    readonly inputs?: ReadonlyArray<readonly [input: number, condition: number]>
    readonly facts?: ReadonlyArray<number>
    readonly settings?: ReadonlyArray<string>
  }>
  /** By table and column, in the page's order: the origin of every row's cell, or the one of all. */
  readonly cells: Readonly<
    Record<string, ReadonlyArray<{ readonly column: string; readonly origin: number | ReadonlyArray<number> }>>
  >
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
