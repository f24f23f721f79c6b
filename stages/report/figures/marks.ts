/** Marks that every chart of arms is made of. */
import * as Plot from "@observablehq/plot"
import type { Look } from "./style.ts"

/** One measured point of an arm. */
export interface Point {
  readonly arm: string
  readonly step: number
  /** What training had cost then, where it is drawn by that. */
  readonly cost?: number
  readonly value: number | null
  /** Step from which the value holds, where it describes a span of steps: drawn as a bar from there to `step`. */
  readonly since?: number
  /** Ends of a band around the value. */
  readonly low?: number | null
  readonly high?: number | null
  /** Runs of one arm that are drawn apart, e.g. by seed. */
  readonly run?: string
  /** What a pointer resting on the point is told. */
  readonly title?: string
}

const finite = (value: number | null | undefined): value is number =>
  value !== null && value !== undefined && Number.isFinite(value)

type Span = Point & { readonly since: number }
const isSpan = <P extends Point>(point: P): point is P & Span => point.since !== undefined && finite(point.value)

/** Bars over the steps that values describe, with their bands. A line from one to the next would say they compare. */
const spanMarks = (points: ReadonlyArray<Span>, { color, dash }: Look): ReadonlyArray<Plot.Markish> => [
  Plot.rect(points.filter(({ high, low }) => finite(low) && finite(high)), {
    x1: "since",
    x2: "step",
    y1: "low",
    y2: "high",
    fill: color,
    fillOpacity: 0.16
  }),
  Plot.link(points, {
    x1: "since",
    x2: "step",
    y1: "value",
    y2: "value",
    stroke: color,
    strokeWidth: 2,
    ...(dash === "" ? {} : { strokeDasharray: dash })
  })
]

/** Shaded band, line and points of each arm, or bars for spans; what is not a finite number interrupts the line. */
export const armMarks = (
  points: ReadonlyArray<Point>,
  looks: ReadonlyArray<Look>,
  options: {
    readonly dots?: (point: Point, index: number) => boolean
    /** What is on the horizontal axis. */
    readonly x?: "step" | "cost"
  } = {}
): ReadonlyArray<Plot.Markish> =>
  looks.flatMap((look) => {
    const { x = "step" } = options
    const own = points.filter((point) => point.arm === look.arm)
      .map((point) => ({ ...point, value: finite(point.value) ? point.value : Number.NaN }))
    if (own.length === 0) return []
    const banded = own.filter(({ high, low }) => finite(low) && finite(high))
    const spans = own.filter(isSpan)
    const shown = own.filter((point) => finite(point.value)).filter(options.dots ?? (() => true))
    return [
      ...(spans.length > 0 ? spanMarks(spans, look) : [
        ...(banded.length > 1
          ? [Plot.areaY(banded, { x, y1: "low", y2: "high", z: "run", fill: look.color, fillOpacity: 0.16 })]
          : []),
        Plot.lineY(own, {
          x,
          y: "value",
          z: "run",
          stroke: look.color,
          strokeWidth: 2,
          ...(look.dash === "" ? {} : { strokeDasharray: look.dash })
        })
      ]),
      Plot.dot(shown, {
        x,
        y: "value",
        symbol: look.symbol,
        r: 3,
        title: (point: Point) => point.title ?? "",
        ...(look.symbol === "plus" || look.symbol === "times"
          ? { stroke: look.color, strokeWidth: 1.5 }
          : { fill: look.color })
      })
    ]
  })

/** Faint horizontal grid. */
export const grid = (): Plot.Markish => Plot.gridY({ ticks: 5, stroke: "currentColor", strokeOpacity: 0.12 })
