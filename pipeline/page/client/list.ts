/** The stages as a list that opens: groups, then instances. What the drawing shows, for those who do not see or point. */
import type { RunInstance } from "../../../schemas/run-view.ts"
import type { Group, Outline, Stage } from "../outline.ts"
import { count, counted, duration, moment, signs } from "../words.ts"
import { anchorOf, bar, sign } from "./dag.ts"
import { element, table } from "./element.ts"

/** Instances of a stage up to which they stand in one table, and rows of a table before the reader asks for more. */
const few = 24
const most = 200

const instanceTable = (instances: ReadonlyArray<RunInstance>, show: (id: string) => void): HTMLElement => {
  const rows = (some: ReadonlyArray<RunInstance>) =>
    table(
      ["state", "instance", "took", "made"],
      some.map(({ event, id, reason, seconds, state }) => {
        const button = element("button", { type: "button", className: "link" }, id)
        button.addEventListener("click", () => show(id))
        return [
          element("span", { className: `sign ${state}`, title: reason ?? "" }, `${signs[state]} ${state}`),
          button,
          seconds === undefined ? "" : duration(seconds),
          event === undefined ? "" : moment(event.at)
        ]
      }),
      [2]
    )
  if (instances.length <= most) return rows(instances)
  const more = element("button", { type: "button" }, `show all ${instances.length.toLocaleString("en")}`)
  const part = element("div", {}, rows(instances.slice(0, most)), more)
  more.addEventListener("click", () => part.replaceChildren(rows(instances)))
  return part
}

/** A part that is filled when it is opened: a large study has more instances than a page should hold. */
const opening = (
  summary: HTMLElement,
  isOpen: boolean,
  content: () => ReadonlyArray<HTMLElement>
): HTMLDetailsElement => {
  const part = element("details", {}, summary)
  const fill = () => {
    if (part.open && part.children.length === 1) part.append(...content())
  }
  part.addEventListener("toggle", fill)
  part.open = isOpen
  fill()
  return part
}

const line = (name: string, of: Stage | Group, longest: number): HTMLElement => {
  const time = element("span", { className: "time" })
  time.style.setProperty("--share", String(longest === 0 ? 0 : of.seconds / longest))
  return element(
    "summary",
    {},
    sign(of),
    element("b", {}, name),
    element("span", { className: "soft" }, counted(of.counts)),
    bar(of),
    time,
    element("span", { className: "took" }, of.seconds === 0 ? "" : duration(of.seconds))
  )
}

/** Names of what stands open, so that it does when the list is made anew. */
export type Open = Set<string>

const remembering = (open: Open, name: string, part: HTMLDetailsElement): HTMLDetailsElement => {
  part.addEventListener("toggle", () => part.open ? open.add(name) : open.delete(name))
  return part
}

const stagePart = (stage: Stage, longest: number, open: Open, show: (id: string) => void): HTMLElement => {
  const part = remembering(
    open,
    stage.name,
    opening(
      line(stage.name, stage, longest),
      open.has(stage.name),
      () =>
        stage.instances.length <= few || stage.groups.length === 1
          ? [instanceTable(stage.instances, show)]
          : stage.groups.map((group) => {
            const name = `${stage.name} ${group.name}`
            return remembering(
              open,
              name,
              opening(line(group.name, group, longest), open.has(name), () => [instanceTable(group.instances, show)])
            )
          })
    )
  )
  part.id = anchorOf(stage.name)
  return part
}

/** Makes the list. */
export const list = (root: HTMLElement, { stages }: Outline, open: Open, show: (id: string) => void): void => {
  const longest = Math.max(0, ...stages.map(({ seconds }) => seconds))
  root.replaceChildren(...stages.map((stage) => stagePart(stage, longest, open, show)))
}

/** A field that finds instances by the words of their names, states and reasons. */
export const finder = (
  instances: () => ReadonlyArray<RunInstance>,
  show: (id: string) => void
): HTMLElement => {
  const field = element("input", { type: "search", placeholder: "find instances" })
  field.setAttribute("aria-label", "Find instances by name, state or reason")
  const told = element("output", {})
  const found = element("div", {})
  const find = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter((word) => word !== "")
    if (words.length === 0) {
      told.textContent = ""
      return found.replaceChildren()
    }
    const all = instances().filter(({ id, reason = "", state }) => {
      const text = `${id} ${state} ${reason}`.toLowerCase()
      return words.every((word) => text.includes(word))
    })
    told.textContent = count(all.length, "instance")
    found.replaceChildren(...(all.length === 0 ? [] : [instanceTable(all, show)]))
  }
  field.addEventListener("input", find)
  return element("div", { className: "finder" }, element("label", { className: "filter" }, field, told), found)
}
