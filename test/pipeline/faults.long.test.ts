import { join } from "node:path"
import { describe, expect, it } from "vitest"
import * as TableFile from "../../pipeline/table-file.ts"
import { type Fault, faulty } from "../fixtures/faults.ts"
import { Notes, runToy, temporaryStore, toy } from "../fixtures/toy.ts"

const sums = async (root: string, { results }: Awaited<ReturnType<typeof runToy>>) => {
  const { bytes } = results.get("sum")!.outputs.notes!
  return (await TableFile.read(join(root, "objects", bytes.slice(0, 2), `${bytes.slice(2)}.parquet`), Notes)).note
}

/** Runs with a fault, then without: says how many operations the first run got to. */
const recovers = async (fault: Fault) => {
  const root = temporaryStore()
  const { layer, seen } = faulty(fault)
  const broken = await runToy(root, toy, { disk: layer }).then(() => undefined, (error: unknown) => String(error))
  if (broken !== undefined) expect(broken).toContain("cannot")
  const mended = await runToy(root, toy)
  expect(mended.failed, JSON.stringify(fault)).toEqual([])
  expect(await sums(root, mended), JSON.stringify(fault)).toEqual(["two: 20", "three: 30"])
  expect((await runToy(root, toy)).called, JSON.stringify(fault)).toEqual([])
  return seen.operations
}

describe("a failing disk", () => {
  it("costs no result: the next run ends right, whichever operation failed and however", async () => {
    let last = 0
    for (let at = 0; at <= last; at += 1) {
      for (const kind of ["fail", "crash-before", "crash-after"] as const) {
        last = Math.max(last, await recovers({ at, kind }))
      }
    }
    expect(last).toBeGreaterThan(40)
  })
})
