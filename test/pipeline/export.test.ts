/** `pipeline export` of provenance by the real command line, on the toy study. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { build } from "../fixtures/toy-application.ts"
import { toy, type ToyStudy } from "../fixtures/toy-study.ts"

const work = mkdtempSync(join(tmpdir(), "relora-pipeline-export-"))
afterAll(() => rmSync(work, { recursive: true, force: true }))

const study: ToyStudy = { ...toy, prints: true }
const root = join(work, "store")
let store: ReturnType<Awaited<ReturnType<typeof build>>["store"]>

beforeAll(async () => {
  mkdirSync(join(work, "build"))
  store = (await build(join(work, "build"))).store(root, study)
  expect(store.run(["run"]).status).toBe(0)
})

const files = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => [name.replaceAll("\\", "/"), readFileSync(join(folder, name), "utf8")] as const).sort()

const exported = (...args: ReadonlyArray<string>) => store.run(["export", ...args])

describe("pipeline export", () => {
  it("writes a crate with the study and the report's files, the same each time", () => {
    for (const name of ["one", "two"]) {
      expect(exported("print", "--format", "ro-crate", "--to", join(work, name)).status).toBe(0)
    }
    const crate = files(join(work, "one"))
    expect(crate.map(([name]) => name)).toEqual([
      "README.md",
      "print/page.html",
      "print/tables/sums.csv",
      "print/tables/sums.parquet",
      "ro-crate-metadata.json",
      "study.json"
    ])
    expect(files(join(work, "two"))).toEqual(crate)
    expect(JSON.parse(crate.at(-1)![1])).toEqual(study)
    // Nothing of this machine's folders is told.
    expect(crate.find(([name]) => name === "ro-crate-metadata.json")![1]).not.toContain(work)
  })

  it("writes PROV-JSON and OpenLineage of an instance or a run to a file, by default below export/", () => {
    const { stdout } = store.run(["log", "--json"])
    const { run } = JSON.parse(stdout.split("\n")[0]!) as { run: string }
    const told = exported(run, "--format", "prov-json", "--json")
    expect(JSON.parse(told.stdout)).toMatchObject({
      run,
      format: "prov-json",
      results: 5,
      files: [{ file: join("export", `${run}.prov.json`) }]
    })
    expect(JSON.parse(readFileSync(join(root, "export", `${run}.prov.json`), "utf8"))).toHaveProperty("wasGeneratedBy")
    expect(exported("scale/two", "--format", "openlineage").status).toBe(0)
    const events = readFileSync(join(root, "export/scale/two.openlineage.ndjson"), "utf8").trim().split("\n")
    expect(events.map((line) => (JSON.parse(line) as { job: { name: string } }).job.name).sort()).toEqual([
      "toy",
      "toy",
      "toy.make",
      "toy.make",
      "toy.scale/two",
      "toy.scale/two"
    ])
  })

  it("puts the settings that were run in the place of a study's file that says others", () => {
    const { stdout } = store.run(["log", "--json"])
    const { run } = JSON.parse(stdout.split("\n")[0]!) as { run: string }
    store.set({ ...study, size: 9 })
    try {
      const stale = exported("print", "--format", "ro-crate", "--to", join(work, "stale"))
      expect(stale.status).toBe(64)
      expect(stale.stderr).toMatch(/print is not there or not fresh; make it by: pipeline run print/)
      expect(existsSync(join(work, "stale"))).toBe(false)
      expect(exported(run, "--format", "ro-crate", "--to", join(work, "past")).status).toBe(0)
      expect(JSON.parse(readFileSync(join(work, "past/settings.json"), "utf8"))).toMatchObject({
        size: 4,
        "arms.two": 2
      })
      expect(existsSync(join(work, "past/study.json"))).toBe(false)
    } finally {
      store.set(study)
    }
  })

  it("tells what forms there are", () => {
    const { status, stderr } = exported("print", "--format", "dot")
    expect(status).toBe(64)
    expect(stderr).toMatch(/there is no format dot; there are ro-crate, prov-json, openlineage/)
  })
})
