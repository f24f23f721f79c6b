/** The part of a page that shows a study's runs: the stages drawn, the list of them, and any instance in full. */
import type { RunInstance, RunView } from "../../../schemas/run-view.ts"
import { outline } from "../outline.ts"
import { count, counted, duration, moment } from "../words.ts"
import { draw } from "./dag.ts"
import { details, type Why } from "./details.ts"
import { element } from "./element.ts"
import { finder, list, type Open } from "./list.ts"

export interface Section {
  readonly root: HTMLElement
  /** Takes what has become of some instances. */
  readonly renew: (changed: ReadonlyArray<RunInstance>) => void
  /** Takes a whole view, of another study file perhaps. */
  readonly replace: (view: RunView) => void
  readonly show: (id: string) => void
}

const sentence = (view: RunView): string => {
  const { counts, instances, seconds } = outline(view)
  const events = view.instances.flatMap(({ event }) => event === undefined ? [] : [event])
  const last = events.reduce((last, event) => last === undefined || event.at > last.at ? event : last, events[0])
  const runs = new Set(events.map(({ run }) => run)).size
  return [
    `${view.file}: ${count(instances.length, "instance")}, ${counted(counts)}.`,
    ...(last === undefined
      ? []
      : [
        `${duration(seconds)} of work in ${count(runs, "run")}, the last result of ${moment(last.at)}${
          last.host === undefined ? "" : ` on ${last.host}`
        }.`
      ])
  ].join(" ")
}

/** Makes the section; `why` explains an instance where somebody can be asked. */
export const section = (first: RunView, why?: Why): Section => {
  let view = first
  let byId = new Map(view.instances.map((instance) => [instance.id, instance]))
  const about = element("p", {})
  const drawing = element("div", { className: "dag", tabIndex: 0 })
  drawing.setAttribute("role", "group")
  drawing.setAttribute("aria-label", "Stages, each after those it takes from")
  const parts = element("div", { className: "parts" })
  const open: Open = new Set()
  const panel = details((id) => byId.get(id), why)
  const find = finder(() => view.instances, panel.show)
  let fit = () => {}
  const fill = () => {
    const outlined = outline(view)
    about.textContent = sentence(view)
    fit = draw(drawing, outlined)
    list(parts, outlined, open, panel.show)
    fit()
  }
  const root = element(
    "section",
    { className: "run" },
    element("h2", { id: "run-of-study" }, "runs"),
    about,
    drawing,
    element(
      "p",
      { className: "caption" },
      "Each box is a stage, with how many of its instances are fresh (their results stand for the study, code and inputs as " +
        "they are), and the seconds of work in them. Open a stage below for its instances, and an instance for its key, its " +
        "event, its code and what it was made from."
    ),
    find,
    parts
  )
  fill()
  addEventListener("resize", () => fit())
  // Faces that arrive late and parts that open move the boxes.
  new ResizeObserver(() => fit()).observe(drawing)
  const follow = () => {
    const name = decodeURIComponent(location.hash.slice(1))
    if (name.startsWith("instance:")) return panel.show(name.slice("instance:".length))
    const part = document.getElementById(name)
    if (part instanceof HTMLDetailsElement && parts.contains(part)) {
      part.open = true
      part.scrollIntoView({ block: "start" })
      part.querySelector("summary")?.focus()
    }
  }
  addEventListener("hashchange", follow)
  // The same link once more is no change of the address.
  drawing.addEventListener("click", () => setTimeout(follow))
  setTimeout(follow)
  return {
    root,
    show: panel.show,
    renew: (changed) => {
      for (const one of changed) byId.set(one.id, one)
      view = { ...view, instances: view.instances.map(({ id }) => byId.get(id)!) }
      fill()
      for (const { id } of changed) panel.renew(id)
    },
    replace: (next) => {
      view = next
      byId = new Map(view.instances.map((instance) => [instance.id, instance]))
      fill()
    }
  }
}

/** Puts a link to the section where the page's other links are. */
export const linkTo = (root: HTMLElement): void => {
  const heading = root.querySelector("h2")!
  document.querySelector("nav ul")?.append(
    element("li", {}, element("a", { href: `#${heading.id}` }, heading.textContent ?? ""))
  )
}
