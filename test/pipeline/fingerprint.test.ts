import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { beforeAll, describe, expect, it } from "vitest"

interface Print {
  readonly code: string
  readonly packages: Record<string, string>
}
const { fingerprint, stageSources } = await import(new URL("../../scripts/fingerprint.mjs", import.meta.url).href) as {
  fingerprint: (root: string, source: string) => Promise<Print>
  stageSources: (root: string) => ReadonlyArray<string>
}

const project = fileURLToPath(new URL("../..", import.meta.url))
const root = mkdtempSync(join(tmpdir(), "relora-pipeline-sources-"))
const source = "stages/spectra/body.ts"

const edit = (path: string, change: (text: string) => string) => {
  const file = join(root, path)
  const before = readFileSync(file, "utf8")
  const after = change(before)
  expect(after).not.toBe(before)
  writeFileSync(file, after)
  return () => writeFileSync(file, before)
}

beforeAll(() => {
  for (const room of ["schemas", "tensor", "model", "pipeline", "stages"]) {
    cpSync(join(project, room), join(root, room), { recursive: true })
  }
  symlinkSync(join(project, "node_modules"), join(root, "node_modules"))
})

describe("the fingerprint of a stage", () => {
  it("does not change with comments, formatting and local names, in the body and in what it imports", async () => {
    const before = await fingerprint(root, source)
    const undo = [
      edit(source, (text) => `// a comment\n${text.replaceAll("\n", "\n\n")}\n/* and another */\n`),
      edit("stages/spectra/statistics.ts", (text) => `${text}\n// more\n`)
    ]
    expect(await fingerprint(root, source)).toEqual(before)
    undo.forEach((restore) => restore())
  })

  it("changes with a number in what it imports", async () => {
    const before = await fingerprint(root, source)
    const restore = edit("stages/spectra/bf16.ts", (text) => text.replace(/0x7fff/, "0x7ffe"))
    expect((await fingerprint(root, source)).code).not.toBe(before.code)
    restore()
  })

  it("does not change with the engine of the pipeline", async () => {
    const before = await fingerprint(root, source)
    const restore = edit("pipeline/attempt.ts", (text) => text.replace("5000", "6000"))
    expect(await fingerprint(root, source)).toEqual(before)
    restore()
  })

  it("holds the packages that a body imports, and none that it does not", async () => {
    expect((await fingerprint(root, source)).packages).toEqual({})
    for (const stage of stageSources(root)) {
      expect(Object.values((await fingerprint(root, stage)).packages), stage).not.toContain("absent")
    }
    const report = await fingerprint(root, "stages/report/body.ts")
    expect(Object.keys(report.packages)).toContain("@duckdb/node-api")
    expect(Object.keys(report.packages)).not.toContain("vitest")
  })

  it("exists for every stage", () => {
    expect(stageSources(root)).toContain("stages/pretrain/segment.ts")
    expect(stageSources(root).length).toBeGreaterThanOrEqual(8)
  })
})
