/** The tables in a real LaTeX, where one is installed. */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { withDatabase } from "../../../stages/report/database.ts"
import { collection, latex } from "../../../stages/report/format/latex.ts"
import { compose } from "../../../stages/report/report.ts"
import { config, writeInputs } from "../../fixtures/report.ts"

const folder = mkdtempSync(join(tmpdir(), "report-latex-"))
afterAll(() => rmSync(folder, { recursive: true }))
const isThere = spawnSync("pdflatex", ["--version"]).status === 0
/** Folder for the document, where one is wanted. */
const kept = process.env["REPORT_PICTURES"]

it.skipIf(!isThere)(`every table compiles as it is${isThere ? "" : " (not tested: no pdflatex here)"}`, async () => {
  const { tables } = await withDatabase(
    new AbortController().signal,
    (database) => compose(database, config(), writeInputs(folder))
  )
  const target = kept ?? join(folder, "tables")
  mkdirSync(target, { recursive: true })
  writeFileSync(join(target, "tables.tex"), collection(tables))
  for (const table of tables) writeFileSync(join(target, `${table.name}.tex`), latex(table))
  for (const _ of ["widths of long tables", "and again with them"]) {
    const { status, stdout } = spawnSync("pdflatex", ["-interaction=nonstopmode", "-halt-on-error", "tables.tex"], {
      cwd: target,
      encoding: "utf8"
    })
    expect(status, stdout.slice(-2000)).toBe(0)
  }
  expect(existsSync(join(target, "tables.pdf"))).toBe(true)
  const log = readFileSync(join(target, "tables.log"), "utf8")
  expect(log).not.toMatch(/Missing character|undefined/)
})
