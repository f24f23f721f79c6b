import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { withDatabase } from "../../../stages/report/database.ts"
import { compose } from "../../../stages/report/report.ts"
import { config, writeInputs } from "../../fixtures/report.ts"

/** Tables of the fixture's study, where its two ReLoRA arms are two rates of one arm. */
const tables = async (rates: Readonly<Record<string, number>>) => {
  const folder = mkdtempSync(join(tmpdir(), "report-methods-"))
  const inputs = writeInputs(folder, { seeds: [42, 43, 44], blimp: false })
  const plain = config([42, 43, 44])
  const swept = {
    ...plain,
    arms: plain.arms.map((arm) => arm.arm in rates ? { ...arm, family: "tried", learningRate: rates[arm.arm]! } : arm)
  }
  const report = await withDatabase(new AbortController().signal, (database) => compose(database, swept, inputs))
  rmSync(folder, { recursive: true })
  return Object.assign((name: string) => report.tables.find((table) => table.name === name), {
    findings: report.findings,
    glance: report.glance
  })
}

it("arms stand at the best of their rates, beside all that were tried", async () => {
  const table = await tables({ relora: 1e-3, "as-published": 2e-3 })
  const losses = table("loss")!.rows.filter(({ size }) => size === "nano")
  /** Mean over seeds. */
  const of = (arm: string) => {
    const own = losses.filter((row) => row["arm"] === arm).map((row) => row["nats_per_token"] as number)
    expect(own).toHaveLength(3)
    return own.reduce((sum, value) => sum + value, 0) / 3
  }
  const best = of("as-published") < of("relora") ? 2e-3 : 1e-3
  const rows = table("methods")!.rows.filter(({ size }) => size === "nano")
  expect(rows.map(({ family }) => family).toSorted()).toEqual(["full-rank", "tried"])
  expect(rows.find(({ family }) => family === "tried")).toMatchObject({
    tried: 2,
    learning_rate: best,
    edge: "edge",
    seeds: 3,
    loss: expect.closeTo(Math.min(of("relora"), of("as-published")), 10)
  })
  // Of full-rank training the rate is not told, being no one of several.
  expect(rows.find(({ family }) => family === "full-rank")).toMatchObject({ tried: 1, edge: null, learning_rate: null })
  const tried = table("sweeps")!.rows.filter(({ size }) => size === "nano")
  expect(tried.map(({ learning_rate }) => learning_rate)).toEqual([1e-3, 2e-3])
  expect(tried.filter(({ best }) => best === "best").map(({ learning_rate }) => learning_rate)).toEqual([best])
  expect(Math.min(...tried.map(({ above_best }) => above_best as number))).toBe(0)

  // Sentences speak of the best alone, and say first what the table decides.
  const [said, loss] = table.findings.filter((sentence) => sentence.includes("size nano"))
  const other = best === 1e-3 ? "as-published" : "relora"
  expect(loss).toMatch(/^At size nano/)
  expect(loss).not.toContain(other)
  const { verdict } = rows.find(({ family }) => family === "full-rank")!
  const group =
    { better: "better than it are", worse: "worse are", undecided: "not told apart from it are" }[`${verdict}`]
  expect(said).toMatch(/^Held-out loss beside that of tried at size nano/)
  expect(said).toContain(`${group} full-rank`)
  expect(said!.match(/ is none/g)).toHaveLength(2)
  expect(table.glance.outcome[0]).toBe(said)
  expect(table.glance.compared).toContain(
    "trained in 2 ways (full-rank and tried), at up to 2 learning rates each, for"
  )
})

it("of rates with the same loss the lowest is the best", async () => {
  // An arm's own runs under two names: the fixture's losses do not depend on the rate.
  const table = await tables({ relora: 5e-3, "as-published": 1e-3 })
  const tried = table("sweeps")!.rows.filter(({ size }) => size === "nano")
  const least = tried.filter(({ above_best }) => above_best === 0).map(({ learning_rate }) => learning_rate as number)
  expect(tried.find(({ best }) => best === "best")!["learning_rate"]).toBe(Math.min(...least))
})

it("a study without sweeps has neither table", async () => {
  const table = await tables({})
  expect([table("methods"), table("sweeps")]).toEqual([undefined, undefined])
  expect(table.findings.join(" ")).not.toContain("Held-out loss beside")
  for (const arm of ["full-rank", "relora", "as-published"]) expect(table.findings[0]).toContain(arm)
})
