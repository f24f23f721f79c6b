/** The smoke study on each engine that is present: the same table as on the processor's, within stated tolerances. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import { attempt } from "./tensor/present.ts"

const project = fileURLToPath(new URL("..", import.meta.url))
const work = mkdtempSync(join(tmpdir(), "relora-pipeline-engines-"))
const smoke = readFileSync(join(project, "studies/smoke.yaml"), "utf8")

const pipeline = (args: ReadonlyArray<string>) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [join(project, "bin/pipeline.mjs"), ...args], {
    cwd: project,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    env: { ...process.env, BLIMP_DIR: "" }
  })
  expect(stderr + stdout, args.join(" ")).not.toContain("ERROR")
  expect(status, stderr).toBe(0)
  return stdout
}

interface Cell {
  readonly table: string
  readonly row: number
  readonly column: string
  readonly value: string
  readonly number: number | null
}

/** Runs the study with an engine as its setting; gives the cells of the report's tables, and the engines in its keys. */
const report = (engine: string) => {
  const study = join(work, `${engine.replace(":", "-")}.yaml`)
  writeFileSync(study, `${smoke}\nengine: ${engine}\n`)
  const where = ["--study", study, "--store", join(work, engine)]
  pipeline(["run", "report", ...where])
  const query = "select \"table\", row, \"column\", value, number from cells order by all"
  const cells = JSON.parse(pipeline(["sql", query, "--json", ...where])) as ReadonlyArray<Cell>
  const events = pipeline(["log", "--json", ...where]).trim().split("\n").map((line) =>
    JSON.parse(line) as { readonly record?: { readonly engine?: string } }
  )
  return { cells, engines: new Set(events.flatMap(({ record }) => record?.engine ?? [])), where }
}

/**
 * How far a number of the report may be from the other engine's, as a share of it. Losses and perplexities are sums over
 * many tokens; quotients of singular values down to the numerical rank are a hundred times closer to rounding. The smallest
 * singular value of a product of low rank, and the quotient by it, are rounding and nothing else: they are not compared.
 */
const tolerance = (column: string): number =>
  column === "sigma_min" || column === "condition_number"
    ? Infinity
    : /condition/.test(column)
    ? column.endsWith("_band") ? 0.2 : 0.05
    : 1e-3

let known: ReturnType<typeof report> | undefined
const onProcessor = () => known ??= report("onnx:cpu")
afterAll(() => rmSync(work, { recursive: true, force: true }))

for (const name of ["tensorflow", "onnx:webgpu", "onnx:cuda"]) {
  const { engine, reason } = await attempt(name)
  describe.skipIf(!engine)(engine ? `the study on ${name}` : `${name} is not tested: ${reason}`, () => {
    it("ends with the same table", () => {
      const expected = onProcessor()
      expect([...expected.engines]).toEqual(["onnx:cpu"])
      const { cells, engines, where } = report(name)
      expect([...engines]).toEqual([engine!.identity])
      expect(cells.length).toBe(expected.cells.length)
      let numbers = 0
      for (const [at, cell] of cells.entries()) {
        const other = expected.cells[at]!
        const place = `${cell.table}, row ${cell.row}, ${cell.column}`
        expect([cell.table, cell.row, cell.column], place).toEqual([other.table, other.row, other.column])
        if (cell.number === null || other.number === null || !Number.isFinite(cell.number)) {
          expect(cell.value, place).toBe(other.value)
          continue
        }
        numbers++
        const apart = Math.abs(cell.number - other.number)
        expect(apart <= tolerance(cell.column) * Math.abs(other.number), `${place}: ${cell.value}, ${other.value}`)
          .toBe(true)
      }
      expect(numbers).toBeGreaterThan(100)
      // Another engine is another key: nothing of it stands for this one's.
      const again = spawnSync(process.execPath, [
        join(project, "bin/pipeline.mjs"),
        "run",
        "--dry-run",
        ...where,
        "--engine",
        "reference"
      ], { cwd: project, encoding: "utf8" })
      expect(again.status).toBe(2)
      expect(again.stdout).toMatch(/pretrain\/.*engine/)
    })
  })
}
