/** `plan` on hardware that its flags describe, as a user asks it. */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { temporaryStore } from "../fixtures/toy.ts"

const pipeline = fileURLToPath(new URL("../../bin/pipeline.mjs", import.meta.url))

const plan = (...flags: ReadonlyArray<string>) =>
  spawnSync(process.execPath, [pipeline, "plan", "pretrain", ...flags, "--store", temporaryStore()], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    encoding: "utf8"
  })

it("plan tells a study's hours on other hardware, its data there or not", () => {
  const flags = [
    "--study",
    "studies/paper.yaml",
    "--peak",
    "312e12",
    "--bandwidth",
    "2.039e12",
    "--utilisation",
    "0.13"
  ]
  const { status, stdout } = plan(...flags, "--json")
  expect(status).toBe(0)
  const { groups, hardware } = JSON.parse(stdout) as {
    readonly hardware: unknown
    readonly groups: Record<string, { readonly seconds: number; readonly instances: number }>
  }
  expect(hardware).toEqual({ peak: 312e12, bandwidth: 2.039e12, utilisation: 0.13 })
  expect(groups["pretrain/small/full-rank/42"]!.instances).toBe(30)
  const hours = (groups["pretrain/small/full-rank/42"]!.seconds / 3600).toPrecision(4)
  const written = plan(...flags).stdout
  expect(written).toMatch(new RegExp(`^pretrain/small/full-rank/42 +${hours} +13\\.8 EFLOP`, "m"))
  expect(written).toContain("estimated")
})

it.each([
  [["--utilisation", "0.5"], "give its --peak too"],
  [["--peak", "1e12", "--utilisation", "2"], "--utilisation must be above 0 and at most 1, got 2"],
  [["--peak", "0"], "--peak must be above 0, got 0"]
])("plan refuses what is no hardware (%s)", (flags, told) => {
  const { status, stderr } = plan(...flags)
  expect([status, stderr.includes(told)], stderr).toEqual([64, true])
})
