/** Draws the stages of a run in columns, with lines from what is taken to what takes it. Each stage is a link to its list. */
import type { Group, Outline, Share, Stage } from "../outline.ts"
import { states } from "../outline.ts"
import { count, counted, duration, signs } from "../words.ts"
import { drawn, element } from "./element.ts"

/** Groups that a stage names in the drawing; where it has more, its list does. */
const named = 8

/** Pixels between columns, in which lines bend; as the style has it. */
const gap = 26

/** A bar of how many instances are in which state. */
export const bar = ({ counts, instances }: Share): HTMLElement =>
  element(
    "span",
    { className: "bar", ariaHidden: "true" },
    ...states.filter((state) => counts[state] > 0).map((state) => {
      const part = element("span", { className: state })
      part.style.flexGrow = String(counts[state] / instances.length)
      return part
    })
  )

const groupRow = (group: Group): HTMLElement =>
  element("span", { className: "group" }, element("span", { title: group.name }, group.short), bar(group))

/** What a share is in one sign: the first state that wants attention. */
export const sign = ({ counts }: Share): HTMLElement => {
  const state = states.find((state) => counts[state] > 0) ?? "fresh"
  return element("span", { className: `sign ${state}`, ariaHidden: "true" }, signs[state])
}

export const anchorOf = (stage: string): string => `stage-${stage}`

const box = (stage: Stage): HTMLAnchorElement => {
  const { counts, groups, instances, name, seconds } = stage
  const done = counts.fresh === instances.length ? `${instances.length}` : `${counts.fresh} of ${instances.length}`
  const link = element(
    "a",
    { className: "box", href: `#${anchorOf(name)}` },
    element("span", { className: "title" }, sign(stage), element("b", {}, name)),
    element("span", { className: "soft" }, `${done}${seconds > 0 ? ` · ${duration(seconds)}` : ""}`),
    bar(stage),
    ...(groups.length > 1 && groups.length <= named ? groups.map(groupRow) : []),
    ...(groups.length > named ? [element("span", { className: "soft" }, `${groups.length} groups`)] : [])
  )
  link.setAttribute(
    "aria-label",
    `Stage ${name}, ${count(instances.length, "instance")}: ${counted(counts)}${
      seconds > 0 ? `, ${duration(seconds)} of work` : ""
    }`
  )
  return link
}

/** Makes the drawing; call the function it gives when its size may have changed. */
export const draw = (root: HTMLElement, { edges, stages }: Outline): () => void => {
  const boxes = stages.map(box)
  const columns: Array<HTMLElement> = []
  for (const [index, { layer }] of stages.entries()) {
    columns[layer] ??= element("div", { className: "column" })
    columns[layer]!.append(boxes[index]!)
  }
  const lines = drawn("svg", { class: "lines", "aria-hidden": "true" })
  const stage = element("div", { className: "stages" }, ...columns)
  stage.prepend(lines)
  root.replaceChildren(stage)
  return () => {
    const origin = stage.getBoundingClientRect()
    if (origin.width === 0) return
    const size = { width: stage.scrollWidth, height: stage.scrollHeight }
    lines.setAttribute("width", String(size.width))
    lines.setAttribute("height", String(size.height))
    const upright = getComputedStyle(stage).flexDirection === "column"
    lines.replaceChildren(...edges.map(({ from, to }) => {
      const [a, b] = [boxes[from]!.getBoundingClientRect(), boxes[to]!.getBoundingClientRect()]
      const [x, y] = [origin.left, origin.top]
      const [x1, y1] = upright ? [(a.left + a.right) / 2 - x, a.bottom - y] : [a.right - x, a.top + 22 - y]
      const [x2, y2] = upright ? [(b.left + b.right) / 2 - x, b.top - y] : [b.left - x, b.top + 22 - y]
      // A line over several columns runs in the gaps beside them.
      const bend = gap / 2
      return drawn("path", {
        d: upright
          ? `M${x1},${y1}C${x1},${y1 + bend} ${x2},${y2 - bend} ${x2},${y2}`
          : `M${x1},${y1}C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`
      })
    }))
  }
}
