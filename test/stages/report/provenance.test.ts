import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { stream } from "../../../tensor/random.ts"
import { config, writeInputs } from "../../fixtures/report.ts"
import { type CellName, inLab, type Outcome, type Perturbation } from "./perturbation.ts"

const folder = mkdtempSync(join(tmpdir(), "report-provenance-"))
afterAll(() => rmSync(folder, { recursive: true }))

it("try", async () => {
  const inputs = writeInputs(folder)
  await inLab(config(), inputs, async (lab) => {
    const t0 = Date.now()
    let n = 0
    let listed = 0
    let changed = 0
    const seen = new Map<string, string>()
    const dead: Array<string> = []
    const note = (p: Perturbation, outcome: Outcome) => {
      n++
      listed += outcome.naming.length
      const is = new Set(outcome.changed.map((cell: CellName) => JSON.stringify(cell)))
      const hit = outcome.naming.filter((cell) => is.has(JSON.stringify(cell)))
      changed += hit.length
      for (const cell of outcome.naming) if (!is.has(JSON.stringify(cell))) dead.push(`${cell.table} ${cell.column}`)
      for (const cell of outcome.unnamed) {
        seen.set(`${p.table} ${p.columns} → ${cell.table} ${cell.column}`, `${p.leaf} ${p.where} row ${cell.row}`)
      }
      if (outcome.changed.length === 0) console.log("nothing", p.leaf, p.where)
    }
    const numbers = stream(1, "perturbations")
    for (const { leaf, table, where } of lab.inputs) {
      if (process.env.ALL || (table === "scores" || numbers.uniform() < 0.1)) {
        const p = { table, where, leaf, row: false }
        note(p, await lab.perturb(p))
        const rows = await lab.rowsOf(table, where)
        const q = { table, leaf, where: `rowid = ${rows[numbers.below(rows.length)]}`, row: true }
        note(q, await lab.perturb(q))
      }
    }
    console.log("inputs", n, Date.now() - t0)
    for (
      const [table, columns] of Object.entries({
        arms: {
          rank: "rank",
          total_parameters: "totalParameters",
          trained_parameters: "trainedParameters",
          settings: "settings",
          merges: "merges"
        },
        sizes: {
          width: "width",
          hidden: "hidden",
          layers: "layers",
          heads: "heads",
          kv_heads: "kvHeads",
          vocabulary: "vocabulary",
          parameters: "parameters"
        },
        study: { tail: "steps", batch_size: "batchSize", sequence_length: "sequenceLength" },
        claims: { says: "says", source: "source", margin: "margin", than_value: "than" }
      })
    ) {
      for (const row of await lab.rowsOf(table)) {
        for (const [column, setting] of Object.entries(columns)) {
          const p = {
            table,
            where: `rowid = ${row}`,
            leaf: table === "study" ? `config.${setting}` : `config.${table}[${row}].${setting}`,
            row: false,
            columns: [column]
          }
          note(p, await lab.perturb(p))
        }
      }
    }
    console.log("settings", n, Date.now() - t0)
    for (const table of ["models", "curves", "merges", "minimal_pairs", "spectra", "tests"]) {
      for (const row of await lab.rowsOf(`published_${table}`)) {
        if (numbers.uniform() < 0.8 && table !== "tests") continue
        const p = { table: `published_${table}`, where: `rowid = ${row}`, leaf: `fact.published_${table}`, row: true }
        note(p, await lab.perturb(p))
      }
    }
    const counts: Record<string, number> = {}
    for (const d of dead) counts[d] = (counts[d] ?? 0) + 1
    console.log(
      n,
      Date.now() - t0,
      { listed, changed },
      seen,
      Object.entries(counts).sort((a, b) => b[1] - a[1]).slice(0, 60)
    )
    expect(1).toBe(1)
  })
}, 600_000)
