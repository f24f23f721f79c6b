/** What the papers of a folder keep from being collected: the results that they were made from. */
import { Effect } from "effect"
import * as nodePath from "node:path"
import type { PaperManifest } from "../../schemas/paper.ts"
import { Disk } from "../disk.ts"
import type { Success } from "../journal/fold.ts"
import { makersOf, sourcesOf } from "../lineage.ts"
import * as Paper from "./paper.ts"

/** Manifests of all papers in a folder. Fails with a text where one cannot be read. */
export const manifestsIn = Effect.fn("Paper.manifestsIn")(function*(papers: string) {
  const disk = yield* Disk
  const found: Array<PaperManifest> = []
  for (const name of yield* disk.list(papers)) {
    const manifest = yield* Paper.readManifest(nodePath.join(papers, name))
    if (manifest !== undefined) found.push(manifest)
  }
  return found
})

/** Results of a store that papers stand for, with all that these were made from. */
export const standingFor = (
  manifests: ReadonlyArray<PaperManifest>,
  results: ReadonlyMap<string, Success>
): ReadonlySet<Success> => {
  const makers = makersOf(results.values())
  const found = new Set<Success>()
  const above = (made: Pick<Success, "record" | "seq">): ReadonlyArray<Success> =>
    sourcesOf(made, makers).flatMap(({ maker }) => maker === undefined ? [] : [maker])
  // The paper's own result may be elsewhere, or gone: what it was made from is what is costly.
  const open = manifests.flatMap(({ key, record }) => {
    const own = results.get(key)
    return own === undefined ? above({ record, seq: Infinity }) : [own]
  })
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue
    found.add(next)
    open.push(...above(next))
  }
  return found
}
