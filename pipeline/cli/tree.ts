/** Lineage as lines of a tree. */
import type { LeafValue } from "../../schemas/key.ts"
import type { Node } from "../lineage.ts"
import * as Style from "./style.ts"

export const short = (digest: LeafValue | undefined): string => String(digest).slice(0, 12)

/** Files of a result: one a line, or where a group has many, the group. */
const fileLines = (files: Node["files"]): ReadonlyArray<string> => {
  const groups = new Map<string, Array<Node["files"][number]>>()
  for (const file of files) {
    const group = file.name.split(".")[0]!
    groups.set(group, [...(groups.get(group) ?? []), file])
  }
  return [...groups].flatMap(([group, files]) =>
    files.length > 3
      ? [`${files.length} files ${group}${Style.dim("  digests in its own key record, and in --json")}`]
      : files.map(({ digest, name }) => `file ${name}${Style.dim(`  ${short(digest)}`)}`)
  )
}

/** Lines of the tree of makers; `inputs` are the leaves by which the one above took it. */
export const tree = (node: Node, inputs: string, first: string, rest: string): ReadonlyArray<string> => {
  const { code, files, result, sources } = node
  const takes = inputs === "" ? "" : Style.dim(`  as ${inputs}`)
  const head = `${first}${result.instance}${takes}${Style.dim(`  key ${short(result.key)}, code ${short(code)}`)}`
  const branches = [
    ...fileLines(files).map((line) => (begin: string) => [`${begin}${line}`]),
    ...sources.map(({ node, source: { digest, leaf, maker, output } }) => (begin: string, on: string) => {
      const name = leaf.slice("input.".length)
      if (node !== undefined) return tree(node, name, begin, on)
      const who = maker === undefined ? `unknown maker of ${short(digest)}` : `${maker.instance} ${output}`
      return [`${begin}${who}${Style.dim(`  as ${name}${maker === undefined ? "" : ", above"}`)}`]
    })
  ]
  return [
    head,
    ...branches.flatMap((branch, index) =>
      index === branches.length - 1 ? branch(`${rest}└ `, `${rest}  `) : branch(`${rest}├ `, `${rest}│ `)
    )
  ]
}
