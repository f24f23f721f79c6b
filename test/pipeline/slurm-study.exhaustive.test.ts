import { execFile } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { digests, successes } from "../fixtures/results.ts"
import { type Cluster, lacking, startCluster } from "../fixtures/slurm-cluster.ts"
import { history } from "../fixtures/toy.ts"

if (lacking !== undefined) console.log(`no real Slurm is tested: ${lacking}`)

const folder = mkdtempSync(join(tmpdir(), "relora-slurm-study-"))
let cluster: Cluster

describe.skipIf(lacking !== undefined)("a real Slurm of three nodes", () => {
  beforeAll(async () => {
    cluster = await startCluster(join(folder, "cluster"), 3)
  }, 120_000)
  afterAll(async () => {
    await cluster?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it("the smoke study ends with the same tables as here", async () => {
    const pipeline = fileURLToPath(new URL("../../bin/pipeline.mjs", import.meta.url))
    const run = (store: string, ...more: ReadonlyArray<string>) =>
      new Promise<string>((resolve, reject) => {
        const child = execFile(
          process.execPath,
          [pipeline, "run", "report", "--study", "studies/smoke.yaml", "--store", store, ...more],
          { cwd: fileURLToPath(new URL("../..", import.meta.url)), env: { ...process.env, ...cluster.environment } },
          (error, stdout, stderr) => error === null ? resolve(stdout) : reject(new Error(`${stdout}${stderr}`))
        )
        child.stdin?.end()
      })
    const profile = join(folder, "profile.yaml")
    writeFileSync(profile, "interval: 2\ntogether: 8\nscratch: " + join(folder, "node") + "\n")
    await run(join(folder, "smoke-here"))
    await run(join(folder, "smoke-there"), "--executor", "slurm", "--profile", profile)
    const [local, remote] = [await history(join(folder, "smoke-here")), await history(join(folder, "smoke-there"))]
    expect(digests(remote)).toEqual(digests(local))
    expect(successes(remote).every(({ job }) => job !== undefined)).toBe(true)
    expect(new Set(successes(remote).map(({ job }) => job!.node)).size).toBeGreaterThan(1)
    expect(readdirSync(join(folder, "node"))).toEqual([])
  })
})
