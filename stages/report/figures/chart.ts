/** Draws a chart as the text of an SVG element: Observable Plot on a document that lives in memory. */
import * as Plot from "@observablehq/plot"
import { DOMParser } from "linkedom"
import type { Look } from "./style.ts"

/** What Plot and this module use of a document; the DOM's own types are for browsers. */
interface Element {
  readonly outerHTML: string
  textContent: string | null
  readonly setAttribute: (name: string, value: string | number) => void
  readonly append: (...children: ReadonlyArray<Element>) => void
}
interface Document {
  readonly createElementNS: (namespace: string, name: string) => Element
}

const namespace = "http://www.w3.org/2000/svg"

export interface Chart {
  readonly title: string
  /** The chart in words, for who cannot see it. */
  readonly description: string
  readonly looks: ReadonlyArray<Look>
  readonly width: number
  readonly height: number
  /** What the vertical axis measures, written above it. */
  readonly yLabel?: string
  readonly options: Plot.PlotOptions
}

/** Width of text in a proportional face, close enough to lay a legend out: 0.55 em a character. */
const textWidth = (text: string, size: number): number => Math.ceil(text.length * size * 0.55)

const fontSize = 12
const lineHeight = 18
/** Line of a legend's entry, and the gaps around its text. */
const swatch = 30
const gap = 16

const shapes: Readonly<Record<Look["symbol"], string>> = {
  circle: "M4,0A4,4,0,1,1,-4,0A4,4,0,1,1,4,0Z",
  square: "M-3.6,-3.6H3.6V3.6H-3.6Z",
  triangle: "M0,-4.8L4.6,3.4H-4.6Z",
  diamond: "M0,-5L4.4,0L0,5L-4.4,0Z",
  plus: "M-4.5,0H4.5M0,-4.5V4.5",
  times: "M-3.4,-3.4L3.4,3.4M-3.4,3.4L3.4,-3.4"
}

/** Places of the legend's entries, wrapped to the chart's width. */
const layout = (looks: ReadonlyArray<Look>, width: number, left: number) => {
  const places: Array<{ readonly look: Look; readonly x: number; readonly line: number }> = []
  let x = left
  let line = 0
  for (const look of looks) {
    const needed = swatch + 6 + textWidth(look.arm, fontSize)
    if (x > left && x + needed > width) {
      x = left
      line += 1
    }
    places.push({ look, x, line })
    x += needed + gap
  }
  return { places, lines: looks.length === 0 ? 0 : line + 1 }
}

/** Rounds coordinates to a thousandth of a pixel: finer digits are the arithmetic's, not the figure's. */
const rounded = (svg: string): string =>
  svg.replace(
    / (?:transform|x1|x2|y1|y2|cx|cy|x|y|d)="[^"]*"/g,
    (attribute) => attribute.replace(/-?\d+\.\d{4,}(?!e)/g, (digits) => String(Number(Number(digits).toFixed(3))))
  )

/** Draws a chart; the same data gives the same bytes. */
export const draw = ({ description, height, looks, options, title, width, yLabel }: Chart): string => {
  const document = new DOMParser().parseFromString(`<svg xmlns="${namespace}"></svg>`, "image/svg+xml")
  const element = (name: string, attributes: Readonly<Record<string, string | number>>, text?: string): Element => {
    const created = (document as unknown as Document).createElementNS(namespace, name)
    for (const [key, value] of Object.entries(attributes)) created.setAttribute(key, value)
    if (text !== undefined) created.textContent = text
    return created
  }
  const { lines, places } = layout(looks, width, 6)
  const legend = element("g", { "aria-hidden": "true", "text-anchor": "start", "font-size": fontSize })
  for (const { line, look, x } of places) {
    const entry = element("g", { transform: `translate(${x},${32 + line * lineHeight})`, stroke: look.color })
    entry.append(
      element("line", {
        x2: swatch,
        "stroke-width": 2,
        ...(look.dash === "" ? {} : { "stroke-dasharray": look.dash })
      }),
      element("path", {
        d: shapes[look.symbol],
        transform: `translate(${swatch / 2},0)`,
        fill: look.symbol === "plus" || look.symbol === "times" ? "none" : look.color,
        "stroke-width": look.symbol === "plus" || look.symbol === "times" ? 2 : 0
      }),
      element("text", { x: swatch + 6, dy: "0.35em", stroke: "none", fill: "currentColor" }, look.arm)
    )
    legend.append(entry)
  }
  // Plot writes the label at the very top, where the title is
  const marginTop = 34 + lines * lineHeight + (yLabel === undefined ? 0 : lineHeight)
  const svg = Plot.plot({
    ...options,
    x: { labelOffset: 36, ...options.x },
    y: { ...options.y, label: null },
    marginBottom: 42,
    document: document as never,
    className: "plot",
    ariaLabel: title,
    ariaDescription: description,
    width,
    height: height + lines * lineHeight,
    marginTop
  } as Plot.PlotOptions) as unknown as Element
  svg.setAttribute("xmlns", namespace)
  svg.setAttribute("role", "img")
  svg.setAttribute("font-size", fontSize)
  svg.append(
    element("text", { x: 6, y: 15, "text-anchor": "start", "font-size": 14, "font-weight": 600 }, title),
    legend
  )
  if (yLabel !== undefined) {
    svg.append(element("text", { x: 6, y: marginTop - 12, "text-anchor": "start", "fill-opacity": 0.8 }, yLabel))
  }
  return rounded(svg.outerHTML)
}

/** A chart as a file of its own: ink on white, since no page around it says otherwise. */
export const standalone = (svg: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${
    svg.replace("<svg ", "<svg color=\"#1b1f24\" style=\"background:#fff\" ")
  }\n`
