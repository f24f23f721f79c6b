/** Curves of a figure as they grow: one line a series, its last value in a table for those who do not see lines. */
import { figure as printed } from "../words.ts"
import { drawn, element, table } from "./element.ts"

/** Points of each series by x, of each figure. */
export type Curves = Map<string, Map<string, Map<number, number>>>

const colors = ["#1e88e5", "#fb8c00", "#00a36c", "#d81b60", "#8e6bd1", "#a67c00", "#00a5b5", "#78909c"]
const dashes = ["", "7 3", "2 3", "9 3 2 3"]

/** Round numbers that divide a span into about `many` parts. */
const ticks = (low: number, high: number, many: number): ReadonlyArray<number> => {
  const raw = (high - low) / many
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 5, 10].map((times) => times * power).find((step) => step >= raw)!
  return Array.from(
    { length: Math.floor(high / step) - Math.ceil(low / step) + 1 },
    (_, index) => Number(((Math.ceil(low / step) + index) * step).toPrecision(12))
  )
}

const frame = { height: 280, left: 52, right: 12, top: 12, bottom: 28 }

/** Draws for a width in pixels. */
const lines = (series: ReadonlyMap<string, ReadonlyMap<number, number>>, width: number): SVGElement => {
  const size = { ...frame, width }
  const sorted = [...series].map(([name, points]) => [name, [...points].sort(([a], [b]) => a - b)] as const)
  const all = sorted.flatMap(([, points]) => points).filter(([, y]) => Number.isFinite(y))
  let [x1, y0, y1] = [1, Infinity, -Infinity]
  for (const [x, y] of all) [x1, y0, y1] = [Math.max(x1, x), Math.min(y0, y), Math.max(y1, y)]
  if (y0 === y1) [y0, y1] = [y0 - 1, y1 + 1]
  const x = (value: number) => size.left + value / x1 * (size.width - size.left - size.right)
  const y = (value: number) => size.top + (y1 - value) / (y1 - y0) * (size.height - size.top - size.bottom)
  return drawn(
    "svg",
    {
      viewBox: `0 0 ${size.width} ${size.height}`,
      role: "img",
      "aria-label": "Curves; their last values are in the table"
    },
    ...ticks(y0, y1, 5).flatMap((value) => [
      drawn("line", { x1: size.left, x2: size.width - size.right, y1: y(value), y2: y(value), class: "grid" }),
      drawn("text", { x: size.left - 6, y: y(value) + 4, "text-anchor": "end" }, printed(value))
    ]),
    ...ticks(0, x1, 6).map((value) =>
      drawn("text", { x: x(value), y: size.height - 8, "text-anchor": "middle" }, printed(value))
    ),
    ...sorted.flatMap(([name, points], index) => {
      const color = colors[index % colors.length]!
      const finite = points.filter(([, value]) => Number.isFinite(value))
      if (finite.length === 1) {
        return [
          drawn("circle", { cx: x(finite[0]![0]), cy: y(finite[0]![1]), r: 3, fill: color }, drawn("title", {}, name))
        ]
      }
      return [
        drawn(
          "polyline",
          {
            points: finite.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(" "),
            fill: "none",
            stroke: color,
            "stroke-width": 1.8,
            "stroke-dasharray": dashes[Math.floor(index / colors.length) % dashes.length]!
          },
          drawn("title", {}, name)
        )
      ]
    })
  )
}

const legend = (series: ReadonlyMap<string, ReadonlyMap<number, number>>): HTMLElement =>
  table(
    ["", "series", "at", "last"],
    [...series].map(([name, points], index) => {
      const mark = element("span", { className: "mark" })
      mark.style.background = colors[index % colors.length]!
      const [x, y] = [...points].reduce((last, point) => point[0] > last[0] ? point : last)
      return [mark, name, printed(x), Number.isFinite(y) ? printed(y) : "–"]
    }),
    [2, 3]
  )

/** Makes the part of the page; call what it gives when points have come. */
export const chart = (root: HTMLElement, curves: Curves): () => void => {
  const choice = element("select", {})
  const drawing = element("div", { className: "curves" })
  const draw = () => {
    const names = [...curves.keys()]
    root.hidden = names.length === 0
    if (root.hidden) return
    if (choice.length !== names.length) {
      const chosen = choice.value
      choice.replaceChildren(...names.map((name) => element("option", { value: name }, name)))
      choice.value = names.includes(chosen) ? chosen : names[0]!
    }
    const series = curves.get(choice.value)!
    drawing.replaceChildren(lines(series, Math.max(320, Math.min(760, root.clientWidth))), legend(series))
  }
  choice.addEventListener("change", draw)
  root.append(element("h3", {}, "curves"), element("label", { className: "filter" }, "figure", choice), drawing)
  draw()
  addEventListener("resize", draw)
  return draw
}
