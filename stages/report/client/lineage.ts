/** What is known of the runs behind the page, as elements: who made an input, when, by what code, and from what. */
import { withoutPosition } from "../../../schemas/leaf.ts"
import type { RunInstance, RunView } from "../../../schemas/run-view.ts"
import { create } from "./dom.ts"

/** Files that are listed one by one. */
const listed = 12

export const short = (digest: string): HTMLElement => create("code", { title: digest }, digest.slice(0, 12))

const facts = (pairs: ReadonlyArray<readonly [name: string, ...value: ReadonlyArray<Node | string>]>): HTMLElement =>
  create("dl", {}, ...pairs.flatMap(([name, ...value]) => [create("dt", {}, name), create("dd", {}, ...value)]))

/** Files by group, where a group has many only their number. */
const fileList = (files: RunInstance["files"]): ReadonlyArray<HTMLElement> => {
  const groups = new Map<string, Array<RunInstance["files"][number]>>()
  for (const file of files) {
    const group = file.name.split(".")[0]!
    groups.set(group, [...(groups.get(group) ?? []), file])
  }
  return [...groups].flatMap(([group, own]) =>
    own.length > listed
      ? [create("li", {}, `${own.length} files ${group}`)]
      : own.map(({ digest, name }) => create("li", {}, `${name} `, short(digest)))
  )
}

/** The runs behind a page: none where nobody has put them into it. */
export const runs = (view: RunView | null) => {
  const byId = new Map(view?.instances.map((instance) => [instance.id, instance]))

  /** The maker of an input that the page's own maker took. */
  const makerOf = (
    leaf: string,
    digest: string
  ): { readonly instance: RunInstance; readonly output: string } | undefined => {
    for (const { inputs } of byId.values()) {
      const input = inputs.find((input) => input.digest === digest && withoutPosition(input.leaf) === leaf)
      const instance = input && byId.get(input.from)
      if (instance !== undefined) return { instance, output: input!.output }
    }
    return undefined
  }

  /** An instance: what is known of its result, and, when opened, what it was made from. */
  const describe = (instance: RunInstance, as: string): HTMLElement => {
    const { code, event, files, id, inputs, key, seconds, state } = instance
    const details = create("details", {}, create("summary", {}, create("b", {}, id), as === "" ? "" : ` as ${as}`))
    details.addEventListener("toggle", () => {
      if (details.childElementCount > 1) return
      details.append(facts([
        ...(key === undefined ? [] : [["key", short(key)] as const]),
        ...(code === undefined ? [] : [["code", short(code)] as const]),
        ...(event === undefined ? [] : [
          [
            "made",
            `${event.at.slice(0, 19).replace("T", " ")} UTC${event.host === undefined ? "" : ` on ${event.host}`}${
              seconds === undefined ? "" : `, in ${seconds.toFixed(1)} s`
            }`
          ] as const,
          ["event", `${event.seq} of ${event.writer}, run ${event.run}`] as const
        ]),
        ...(state === "fresh" ? [] : [["now", state] as const])
      ]))
      if (files.length > 0) details.append(create("ul", {}, ...fileList(files)))
      for (const { digest, from, leaf, output } of inputs) {
        const maker = byId.get(from)
        const name = `${output}${digest === undefined ? "" : ` ${digest.slice(0, 12)}`}, ${
          withoutPosition(leaf).slice("input.".length).replace("[]", "")
        }`
        details.append(maker === undefined ? create("p", {}, from) : describe(maker, name))
      }
    })
    return details
  }

  /** External files that some instances rest on, themselves or further up. */
  const filesBehind = (instances: ReadonlyArray<RunInstance>): ReadonlyArray<HTMLElement> => {
    const seen = new Set<string>()
    const files = new Map<string, RunInstance["files"][number]>()
    const stack = [...instances]
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (seen.has(next.id)) continue
      seen.add(next.id)
      for (const file of next.files) files.set(`${file.name} ${file.digest}`, file)
      for (const { from } of next.inputs) {
        const maker = byId.get(from)
        if (maker !== undefined) stack.push(maker)
      }
    }
    return fileList([...files.values()].toSorted((a, b) => a.name < b.name ? -1 : 1))
  }

  return { known: view !== null, makerOf, describe, filesBehind }
}
