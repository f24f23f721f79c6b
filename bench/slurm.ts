/**
 * How soon a run notices that a job has made its instance: the time between the event by which the job commits the result and the line
 * by which the run tells it, on a real Slurm of three nodes on this machine, for jobs of the toy study.
 *
 * Run: node bench/slurm.ts [rounds], as root, where Slurm and munge are installed
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { lacking, startCluster } from "../test/fixtures/slurm-cluster.ts"
import { build } from "../test/fixtures/toy-application.ts"
import { toy } from "../test/fixtures/toy-study.ts"

if (lacking !== undefined) throw new Error(lacking)
const rounds = Number(process.argv[2] ?? 5)
const folder = mkdtempSync(join(tmpdir(), "relora-bench-slurm-"))
const application = await build(join(folder, "application"))
const cluster = await startCluster(join(folder, "cluster"), 3)
try {
  const lags: Array<number> = []
  for (let round = 0; round < rounds; round++) {
    const root = join(folder, `round-${round}`)
    const store = application.store(root, { ...toy, slurm: { time: "10m" } }, cluster.environment)
    const driver = store.start(["run", "--executor", "slurm"])
    /** When the run told that an instance is made, by its line's first appearance. */
    const told = new Map<string, number>()
    const watch = setInterval(() => {
      for (const [, instance] of driver.printed().matchAll(/^✓ (\S+)/gm)) {
        if (!told.has(instance!)) told.set(instance!, Date.now())
      }
    }, 10)
    const code = await driver.ended
    clearInterval(watch)
    if (code !== 0) throw new Error(driver.printed())
    for (const event of store.events(store.run(["log", "--json"]).stdout)) {
      if (event.type !== "StageSucceeded") continue
      lags.push(((told.get(event.instance) ?? Date.now()) - Date.parse(event.at)) / 1000)
    }
  }
  const sorted = lags.toSorted((a, b) => a - b)
  console.log(
    `${sorted.length} jobs: noticed after ${sorted[sorted.length >> 1]!.toFixed(2)} s (median), ` +
      `${sorted.at(-1)!.toFixed(2)} s (longest)`
  )
} finally {
  await cluster.stop()
  rmSync(folder, { recursive: true, force: true })
}
