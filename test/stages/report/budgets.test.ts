import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import type { Config } from "../../../stages/report/config.ts"
import { type Row, withDatabase } from "../../../stages/report/database.ts"
import { load } from "../../../stages/report/load.ts"
import { basesOf } from "../../../stages/report/provenance/bases.ts"
import { collectOrigins } from "../../../stages/report/provenance/origins.ts"
import { reader } from "../../../stages/report/provenance/reads.ts"
import { resolve } from "../../../stages/report/provenance/resolve.ts"
import { questions } from "../../../stages/report/questions.ts"
import { budgets } from "../../../stages/report/tables/budgets.ts"
import { meanInterval } from "../../../stages/statistics/interval.ts"
import { config, writeInputs } from "../../fixtures/report.ts"

type Arm = Config["arms"][number]

/** The fixture's study with arms changed, and with runs of other length: another arm's measurements under a name of their own. */
const study = (
  change: (arm: Arm) => Arm,
  atWork: ReadonlyArray<readonly [of: string, arm: Partial<Arm>]> = []
): Config => {
  const plain = config([42, 43, 44])
  return {
    ...plain,
    arms: plain.arms.map(change),
    atWork: atWork.flatMap(([of, arm]) => plain.arms.filter((one) => one.arm === of).map((one) => ({ ...one, ...arm })))
  }
}

/** Rows of the table at the nano size, and final losses of an arm's runs in the order of their seeds. */
const asked = async (of: Config) => {
  const folder = mkdtempSync(join(tmpdir(), "report-budgets-"))
  const inputs = writeInputs(folder, { seeds: [42, 43, 44], blimp: false })
  const workPerplexity = of.atWork.filter(({ size }) => size === "nano").flatMap(({ arm, size }) =>
    inputs.perplexity.filter(({ labels }) =>
      labels["step"] === of.steps && labels["size"] === size && labels["arm"] === "full-rank"
    ).map(({ labels, value }) => ({ labels: { ...labels, arm }, value }))
  )
  const digests = { ...inputs.digests, workPerplexity: workPerplexity.map((one) => ({ ...one, value: "work" })) }
  const nano = (rows: ReadonlyArray<Row>) => rows.filter(({ size }) => size === "nano")
  const found = await withDatabase(new AbortController().signal, async (database) => {
    await load(database, of, { ...inputs, workPerplexity })
    const { rows } = await database.query(budgets.sql)
    const { tables } = await reader(database, basesOf(digests)).then(({ reads }) => reads(budgets.sql))
    const columns = budgets.columns.map(({ name }) => name)
    // Fails where nothing is said of where a cell comes from.
    await resolve(database, basesOf(digests), budgets, tables, rows, columns, collectOrigins())
    const losses = await database.query("select arm, loss from ended where size = 'nano' order by arm, seed")
    const other = await database.query("select distinct arm from heldout")
    return { rows: nano(rows), losses: losses.rows, arms: other.rows.map(({ arm }) => arm) }
  })
  rmSync(folder, { recursive: true })
  return {
    ...found,
    losses: (arm: string) => found.losses.filter((row) => row["arm"] === arm).map(({ loss }) => loss as number)
  }
}

it("a study without budgets has no table of them", () => {
  const names = (of: Config) => questions({ config: of, suites: [] } as never).map(({ name }) => name)
  expect(names(config())).not.toContain("budgets")
  expect(names(study((arm) => ({ ...arm, equalMemory: "100" })))).toContain("budgets")
})

it("compares arms of as much memory and of as much work with the arm whose it is, seed by seed", async () => {
  const { arms, losses, rows: table } = await asked(study(
    (arm) =>
      arm.arm === "as-published"
        ? { ...arm, equalMemory: "relora", memoryBudget: arm.memory, memory: arm.memory / 2 }
        : arm,
    [["full-rank", {
      arm: "long",
      family: "long",
      equalWork: "relora",
      workBudget: 1e9,
      operations: 9e8,
      steps: 37
    }]]
  ))
  expect(table.map(({ comparison, family, reference }) => [comparison, family, reference]).toSorted()).toEqual([
    ["memory", "as-published", "relora"],
    ["memory", "relora", null],
    ["steps", "full-rank", "relora"],
    ["steps", "relora", null],
    ["work", "long", "relora"],
    ["work", "relora", null]
  ])
  const relora = losses("relora")
  const judge = (of: string) => {
    const differences = losses(of).map((loss, at) => loss - relora[at]!)
    const { high, low } = meanInterval(differences)!
    return {
      less: expect.closeTo(differences.reduce((a, b) => a + b, 0) / 3, 10),
      low: expect.closeTo(low, 10),
      high: expect.closeTo(high, 10),
      verdict: high < 0 ? "better" : low > 0 ? "worse" : "undecided"
    }
  }
  const row = (family: string, comparison: string) =>
    table.find((row) => row["family"] === family && row["comparison"] === comparison)
  expect(row("as-published", "memory")).toMatchObject({ ...judge("as-published"), of_memory: 50, of_operations: 100 })
  expect(row("full-rank", "steps")).toMatchObject(judge("full-rank"))
  expect(row("long", "work")).toMatchObject({ ...judge("long"), steps: 37, of_operations: 90 })
  // Runs of another length stand in no other table.
  expect(arms.toSorted()).toEqual(["as-published", "full-rank", "relora"])
})

it("where bytes are given, the first ReLoRA arm is compared with", async () => {
  const { rows } = await asked(study((arm) => ({ ...arm, equalMemory: "100000", memoryBudget: 100_000 })))
  expect(rows.map(({ comparison, family, of_memory, reference }) => [comparison, family, reference, of_memory]))
    .toEqual(expect.arrayContaining([
      ["memory", "full-rank", "relora", 96],
      ["memory", "relora", null, 84],
      ["memory", "as-published", "relora", 84]
    ]))
})
