/** Drafts that a killed run left behind: they belong to nobody. */
import { Effect } from "effect"
import * as os from "node:os"
import * as nodePath from "node:path"
import { Disk } from "../disk.ts"
import type { RunStarted } from "../journal/fold.ts"
import { isAlive } from "./place.ts"

/** Removes the drafts of runs on this host whose process has ended. Those of other hosts are left alone. */
export const clear = Effect.fn("Leftovers.clear")(function*(root: string, runs: ReadonlyMap<string, RunStarted>) {
  const disk = yield* Disk
  const folder = nodePath.join(root, "scratch")
  for (const name of yield* disk.list(folder)) {
    const run = runs.get(name)
    if (run !== undefined && run.host === os.hostname() && !isAlive(run.pid)) {
      yield* Effect.ignore(disk.remove(nodePath.join(folder, name)))
    }
  }
})
