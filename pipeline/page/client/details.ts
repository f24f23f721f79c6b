/** What is known of one instance, in a dialog: what it stands for, the event that made it, what it was made from. */
import type { RunInstance } from "../../../schemas/run-view.ts"
import { bytes, count, duration, figures, moment, reached, signs } from "../words.ts"
import { element, table } from "./element.ts"

/** Rows of a list before the rest is only counted: `pipeline show` tells all. */
const most = 200

export interface Details {
  readonly show: (id: string) => void
  /** Shows again what is shown, where it is this instance. */
  readonly renew: (id: string) => void
}

/** A digest in short; whole for whoever selects it or rests on it. */
export const digest = (value: string): HTMLElement => element("code", { title: value }, value.slice(0, 12))

/** Explains an instance in lines; undefined where nobody can be asked. */
export type Why = (id: string) => Promise<ReadonlyArray<string>>

/** `instance` gives what is known of one by now. */
export const details = (instance: (id: string) => RunInstance | undefined, why?: Why): Details => {
  const body = element("div", {})
  const close = element("button", { type: "button", className: "close" }, "close")
  const dialog = element("dialog", { className: "instance" }, close, body)
  dialog.setAttribute("aria-labelledby", "instance-name")
  document.body.append(dialog)
  close.addEventListener("click", () => dialog.close())
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close()
  })
  let shown: string | undefined
  const link = (id: string) => {
    const button = element("button", { type: "button", className: "link" }, id)
    button.addEventListener("click", () => show(id))
    return button
  }
  const facts = (one: RunInstance): ReadonlyArray<readonly [string, Node | string]> => [
    ...(one.progress === undefined
      ? []
      : [["progress", `${reached(one.progress)}; ${figures(one.progress.figures)}`] as const]),
    ...(one.since === undefined ? [] : [["running since", moment(one.since)] as const]),
    ...(one.event === undefined
      ? []
      : [
        [
          "made",
          `${moment(one.event.at)}, in ${duration(one.seconds ?? 0)}, with ${count(one.threads ?? 1, "thread")}, ${
            bytes(one.memory ?? 0)
          } of memory`
        ] as const,
        [
          "event",
          `${one.event.seq} of writer ${one.event.writer}, run ${one.event.run}${
            one.event.host === undefined ? "" : ` on ${one.event.host}`
          }`
        ] as const
      ]),
    ...(one.key === undefined ? [] : [["key", element("code", { className: "whole" }, one.key)] as const]),
    ...(one.code === undefined ? [] : [["code", element("code", { className: "whole" }, one.code)] as const])
  ]
  const rest = (all: number) => all > most ? [element("p", { className: "caption" }, `and ${all - most} more`)] : []
  const section = (title: string, all: number, content: HTMLElement) =>
    all === 0 ? [] : [element("h4", {}, `${title} (${all})`), content, ...rest(all)]
  const fill = (one: RunInstance) => {
    const asked = element("div", { className: "why" })
    const command = element("code", {}, `npx pipeline why ${one.id}`)
    asked.append(element("p", { className: "caption" }, "Why it runs, or last ran: ", command))
    body.replaceChildren(
      element("h3", { id: "instance-name" }, one.id),
      element(
        "p",
        {},
        element("span", { className: `sign ${one.state}` }, `${signs[one.state]} ${one.state}`),
        one.reason === undefined ? "" : `: ${one.reason}`
      ),
      asked,
      element(
        "dl",
        {},
        ...facts(one).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])
      ),
      ...section(
        "Inputs",
        one.inputs.length,
        table(
          ["as", "from", "digest"],
          one.inputs.slice(0, most).map(({ digest: value, from, leaf, output }) => [
            leaf.slice("input.".length),
            element("span", {}, link(from), ` ${output}`),
            value === undefined ? "not known yet" : digest(value)
          ])
        )
      ),
      ...section(
        "Files",
        one.files.length,
        table(["name", "digest"], one.files.slice(0, most).map(({ digest: value, name }) => [name, digest(value)]))
      ),
      ...section(
        "Outputs",
        Object.keys(one.outputs).length,
        table(["name", "digest"], Object.entries(one.outputs).map(([name, value]) => [name, digest(value)]))
      )
    )
    if (why === undefined) return
    void why(one.id).then((lines) => {
      if (shown !== one.id) return
      asked.replaceChildren(...lines.map((line) => element("p", {}, line)))
    }, () => undefined)
  }
  const show = (id: string) => {
    const one = instance(id)
    if (one === undefined) return
    shown = id
    fill(one)
    if (!dialog.open) dialog.showModal()
    dialog.scrollTop = 0
  }
  dialog.addEventListener("close", () => shown = undefined)
  return {
    show,
    renew: (id) => {
      const one = instance(id)
      // Not while somebody has a finger on it.
      if (id === shown && one !== undefined && !body.contains(document.activeElement)) fill(one)
    }
  }
}
