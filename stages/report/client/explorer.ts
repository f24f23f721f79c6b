/** One chart of anything that was measured over steps: the reader chooses measure, sizes, arms, matrix and step. */
import { areaY, axisX, axisY, dot, gridY, lineY, plot, pointer, ruleX, tip } from "@observablehq/plot"
import { type PageData, type Point, pointsOf } from "./data.ts"
import { create } from "./dom.ts"

const unique = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> => [...new Set(values)]

const printed = (value: number): string =>
  Math.abs(value) >= 1e5 || (value !== 0 && Math.abs(value) < 1e-3)
    ? value.toExponential(2)
    : String(Number(value.toPrecision(5)))

/** A list to choose one of. */
const choice = (label: string, options: ReadonlyArray<readonly [value: string, text: string]>, changed: () => void) => {
  const select = create("select", {}, ...options.map(([value, text]) => create("option", { value }, text)))
  select.addEventListener("change", changed)
  return { element: create("label", {}, label, select), select }
}

/** Boxes to tick. */
const boxes = (legend: string, names: ReadonlyArray<string>, color: (name: string) => string, changed: () => void) => {
  const inputs = names.map((name) => {
    const input = create("input", { type: "checkbox", checked: true, value: name })
    input.addEventListener("change", changed)
    const label = create("label", {}, input, name)
    label.style.setProperty("--mark", color(name))
    return { input, label, name }
  })
  return {
    element: create("fieldset", {}, create("legend", {}, legend), ...inputs.map(({ label }) => label)),
    chosen: () => new Set(inputs.filter(({ input }) => input.checked).map(({ name }) => name))
  }
}

/** Draws into `root`, an empty element. */
export const explore = (root: HTMLElement, data: PageData): void => {
  const offered = data.measures.filter(({ measure }) => data.series.measure.includes(measure))
  if (offered.length === 0) return
  const look = new Map(data.looks.map((each) => [each.arm, each]))
  const draw = () => {
    const { logarithmic, measure: name, title, unit } = offered.find(({ measure }) =>
      measure === measures.select.value
    )!
    const all = pointsOf(data, name)
    const components = unique(all.map(({ component }) => component)).filter((component) => component !== "")
    matrices.element.hidden = components.length === 0
    if (components.join() !== shownComponents) {
      shownComponents = components.join()
      const before = matrices.select.value
      matrices.select.replaceChildren(...components.map((value) => create("option", { value }, value)))
      if (components.includes(before)) matrices.select.value = before
    }
    const component = components.length === 0 ? "" : matrices.select.value
    const [someSizes, someArms] = [sizes.chosen(), arms.chosen()]
    const points = all.filter((point) =>
      point.component === component && someSizes.has(point.size) && someArms.has(point.arm)
    )
    const steps = unique(all.map(({ step }) => step)).toSorted((a, b) => a - b)
    slider.max = String(Math.max(0, steps.length - 1))
    if (slider.value === "" || Number(slider.value) >= steps.length || name !== shownMeasure) slider.value = slider.max
    shownMeasure = name
    const step = steps[Number(slider.value)] ?? 0
    slider.setAttribute("aria-valuetext", `step ${step}`)
    const seeds = unique(points.map(({ seed }) => seed))
    const titled = ({ arm, high, low, seed, size, step, value }: Point) =>
      `${arm}, ${size}${seeds.length > 1 ? `, seed ${seed}` : ""}\nstep ${step}: ${printed(value)}${
        low === null || high === null ? "" : ` (${printed(low)} to ${printed(high)})`
      }`
    const several = someSizes.size > 1
    const color = ({ arm }: Point) => look.get(arm)?.color ?? "currentColor"
    const lines = unique(points.map(({ arm, seed, size }) => JSON.stringify([arm, size, seed])))
    const chart = plot({
      width: Math.max(320, Math.min(960, stage.clientWidth || 720)),
      height: 420,
      marginLeft: 60,
      marginBottom: 42,
      ariaLabel: `${title} over optimizer steps`,
      x: { domain: [0, Math.max(1, ...all.map(({ step }) => step))] },
      y: logarithmic ? { type: "log", nice: true } : { nice: true },
      ...(several ? { fx: { label: null, domain: data.sizes.filter((size) => someSizes.has(size)) } } : {}),
      marks: [
        gridY({ stroke: "currentColor", strokeOpacity: 0.12, ticks: 5 }),
        axisX({ label: "optimizer steps", ticks: 5 }),
        axisY({ label: unit === "" ? title : `${title}, ${unit}`, ticks: 5 }),
        ruleX([step], { stroke: "currentColor", strokeOpacity: 0.3, strokeDasharray: "2 3" }),
        ...lines.map((line) => {
          const [arm, size, seed] = JSON.parse(line) as [string, string, string]
          const own = points.filter((point) => point.arm === arm && point.size === size && point.seed === seed)
          const { color = "currentColor", dash = "" } = look.get(arm) ?? {}
          const facet = several ? { fx: "size" as const } : {}
          return [
            areaY(own.filter(({ high, low }) => high !== null && low !== null && (!logarithmic || low > 0)), {
              x: "step",
              y1: "low",
              y2: "high",
              fill: color,
              fillOpacity: 0.14,
              ...facet
            }),
            lineY(own, {
              x: "step",
              y: "value",
              stroke: color,
              strokeWidth: 2,
              ...(dash === "" ? {} : { strokeDasharray: dash }),
              ...facet
            })
          ]
        }),
        dot(points, pointer({ x: "step", y: "value", r: 4, fill: color, ...(several ? { fx: "size" } : {}) })),
        tip(points, pointer({ x: "step", y: "value", title: titled, ...(several ? { fx: "size" } : {}) }))
      ]
    })
    stage.replaceChildren(chart)
    at.textContent = `step ${step}`
    // What the pointer tells, told to those who use none: the values at the chosen step.
    const rows = points.filter((point) => point.step === step)
    values.replaceChildren(
      ...rows.map(({ arm, high, low, seed, size, value }) =>
        create(
          "tr",
          {},
          ...[size, arm, ...(seeds.length > 1 ? [seed] : []), printed(value)].map((text) => create("td", {}, text)),
          create("td", {}, low === null || high === null ? "" : `${printed(low)} to ${printed(high)}`)
        )
      )
    )
    none.hidden = rows.length > 0
  }

  let shownComponents = ""
  let shownMeasure = ""
  const measures = choice("measure", offered.map(({ measure, title }) => [measure, title]), draw)
  const matrices = choice("matrix", [], draw)
  const sizes = boxes("sizes", data.sizes, () => "var(--soft)", draw)
  const arms = boxes("arms", data.looks.map(({ arm }) => arm), (arm) => look.get(arm)?.color ?? "", draw)
  const stage = create("div", { className: "stage" })
  const slider = create("input", { type: "range", min: "0", step: "1" })
  slider.setAttribute("aria-label", "Step whose values are listed")
  slider.addEventListener("input", draw)
  const at = create("output")
  const values = create("tbody")
  const none = create("p", { className: "caption" }, "Nothing chosen was measured at this step.")
  root.replaceChildren(
    create("div", { className: "choices" }, measures.element, matrices.element, sizes.element, arms.element),
    stage,
    create("label", { className: "steps" }, slider, at),
    create("div", { className: "scroll" }, create("table", { className: "values" }, values)),
    none
  )
  draw()
  let width = stage.clientWidth
  addEventListener("resize", () => {
    if (stage.clientWidth === width) return
    width = stage.clientWidth
    draw()
  })
}
