/** Writes the committed papers anew: runs what is not up to date of the default and the smoke study, then `pipeline paper` of each. */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const project = fileURLToPath(new URL("..", import.meta.url))
const studies = ["studies/default.yaml", "studies/smoke.yaml"]

for (const study of studies) {
  for (const command of [["run", "report"], ["paper"]]) {
    const args = ["bin/pipeline.mjs", ...command, "--study", study, ...process.argv.slice(2)]
    const { status } = spawnSync(process.execPath, args, { cwd: project, stdio: "inherit" })
    if (status !== 0) process.exit(status ?? 1)
  }
}
