/**
 * What codes consist of (code.ts) goes along, so that `why` has names to tell for results of other machines. Nothing depends on it: a
 * file that is there already stays.
 *
 *     code/DIGEST.json   as in a store
 */
import { Effect } from "effect"
import * as nodePath from "node:path"
import * as Code from "../code.ts"
import { Disk } from "../disk.ts"
import { Store } from "../store/store.ts"
import type { Remote } from "./remote.ts"

const isPart = (name: string): boolean => /^[0-9a-f]{12,64}\.json$/.test(name)

const both = Effect.fn("Parts.both")(function*(remote: Remote) {
  const disk = yield* Disk
  const { root } = yield* Store
  const folder = Code.folderOf(root)
  const here = new Set((yield* disk.list(folder)).filter(isPart))
  const there = new Set((yield* remote.list("code")).map(({ path }) => path.slice("code/".length)).filter(isPart))
  return { disk, root, folder, here, there }
})

/** Sends what is not there. */
export const push = Effect.fn("Parts.push")(function*(remote: Remote) {
  const { disk, folder, here, there } = yield* both(remote)
  for (const name of here) {
    const content = there.has(name) ? undefined : yield* disk.read(nodePath.join(folder, name))
    if (content !== undefined) yield* remote.put(`code/${name}`, content)
  }
})

/** Takes what is not here. */
export const pull = Effect.fn("Parts.pull")(function*(remote: Remote) {
  const { disk, folder, here, root, there } = yield* both(remote)
  for (const name of there) {
    if (here.has(name)) continue
    const draft = nodePath.join(root, "scratch", `code-${process.pid}-${name}`)
    yield* disk.makeFolder(nodePath.dirname(draft))
    yield* disk.makeFolder(folder)
    yield* remote.get(`code/${name}`, draft)
    yield* disk.rename(draft, nodePath.join(folder, name))
  }
})
