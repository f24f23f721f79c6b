/** `pipeline paper` and `verify --paper` by the real command line, on the toy study. */
import { parquetWriteBuffer } from "hyparquet-writer"
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Digest from "../../pipeline/digest.ts"
import * as Key from "../../pipeline/key.ts"
import { withoutRun } from "../../pipeline/page/fill.ts"
import { PaperManifest } from "../../schemas/paper.ts"
import { emptySlot } from "../../schemas/run-slot.ts"
import { build } from "../fixtures/toy-application.ts"
import { toy, type ToyStudy } from "../fixtures/toy-study.ts"

const work = mkdtempSync(join(tmpdir(), "relora-pipeline-paper-"))
afterAll(() => rmSync(work, { recursive: true, force: true }))

const study: ToyStudy = { ...toy, digits: 9, prints: true }
let application: Awaited<ReturnType<typeof build>>
let stores = 0

/** A copy of a store with the toy study run, and its paper written beside it. */
const given = () => {
  const root = join(work, String(++stores))
  cpSync(join(work, "first"), root, { recursive: true })
  const store = application.store(root, study)
  const paper = join(root, "artifacts/paper/toy")
  return {
    ...store,
    root,
    paper,
    file: (name: string) => join(paper, name),
    verify: (...args: ReadonlyArray<string>) => store.run(["verify", "--paper", ...args])
  }
}

beforeAll(async () => {
  mkdirSync(join(work, "build"))
  application = await build(join(work, "build"))
  const first = application.store(join(work, "first"), study)
  expect(first.run(["run"]).status).toBe(0)
  expect(first.run(["paper"]).status).toBe(0)
})

const manifestOf = (paper: string): PaperManifest =>
  PaperManifest.parse(JSON.parse(readFileSync(join(paper, "manifest.json"), "utf8")))

/** Writes a file of a paper, and what the manifest says of it. */
const forge = (paper: string, name: string, content: string | Uint8Array) => {
  writeFileSync(join(paper, name), content)
  const manifest = manifestOf(paper)
  const bytes = Buffer.from(content)
  const files = { ...manifest.files, [name]: { sha256: Digest.ofBytes(bytes), size: bytes.length } }
  writeFileSync(join(paper, "manifest.json"), JSON.stringify({ ...manifest, files }))
}

/** Every file below a folder with its bytes. */
const contents = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => [name, readFileSync(join(folder, name)).toString("hex")]).sort()

describe("pipeline paper", () => {
  it("writes the report's files with a manifest whose key is the digest of its record", () => {
    const { paper } = given()
    const manifest = manifestOf(paper)
    expect(manifest).toMatchObject({ study: "toy", instance: "print", settings: { "arms.two": 2 } })
    expect(Key.of(manifest.record)).toBe(manifest.key)
    expect(Object.keys(manifest.files)).toEqual(["page.html", "tables/sums.csv", "tables/sums.parquet"])
    for (const [name, { sha256, size }] of Object.entries(manifest.files)) {
      const bytes = readFileSync(join(paper, name))
      expect([Digest.ofBytes(bytes), bytes.length]).toEqual([sha256, size])
    }
    expect(readFileSync(join(paper, "page.html"), "utf8")).not.toContain(emptySlot)
  })

  it("writes the same bytes again, and removes what is no more", () => {
    const { file, paper, run } = given()
    expect(run(["paper"]).status).toBe(0)
    const before = contents(paper)
    writeFileSync(file("tables/old.csv"), "")
    expect(run(["paper"]).status).toBe(0)
    expect(contents(paper)).toEqual(before)
  })

  it("wants a report that is up to date", () => {
    const { paper, run, set } = given()
    const before = contents(paper)
    set({ ...study, size: 5 })
    const { status, stderr } = run(["paper"])
    expect(status).toBe(1)
    expect(stderr).toMatch(/print is not up to date: pipeline run print/)
    expect(contents(paper)).toEqual(before)
  })
})

describe("pipeline verify --paper", () => {
  it("finds equal bytes with any number of threads, whatever was put into the page's slot, and writes nothing", () => {
    const { artifacts, file, verify } = given()
    const before = contents(artifacts)
    for (const threads of ["1", "3"]) {
      const { status, stdout } = verify("--threads", threads)
      expect(stdout).toMatch(/bytes must be equal[^]*✓ toy: 3 files as they should be/)
      expect(status).toBe(0)
    }
    expect(contents(artifacts)).toEqual(before)
    const page = readFileSync(file("page.html"), "utf8")
    writeFileSync(file("page.html"), withoutRun(page))
    expect(withoutRun(page)).not.toBe(page)
    expect(verify().status).toBe(0)
  })

  it("fails for a table that was edited, and for one that was changed with its manifest, and names the cell", () => {
    const { file, paper, verify } = given()
    const csv = readFileSync(file("tables/sums.csv"), "utf8")
    writeFileSync(file("tables/sums.csv"), csv.replace("20", "21"))
    const edited = verify()
    expect(edited.status).toBe(1)
    expect(edited.stdout).toMatch(/✗ tables\/sums\.csv is not what its manifest says: it was edited/)
    forge(paper, "tables/sums.csv", csv.replace("20", "21"))
    const changed = verify()
    expect(changed.status).toBe(1)
    expect(changed.stdout).toMatch(/✗ tables\/sums\.csv differs[^]*1 of 3 files not as they should be/)

    const { paper: other, verify: verifyOther } = given()
    const table = parquetWriteBuffer({
      columnData: [
        { name: "arm", data: ["two", "three"], type: "STRING" },
        { name: "sum", data: [20.5, 30], type: "DOUBLE" }
      ],
      // A paper does not say by how much it may be off.
      kvMetadata: [{ key: "tolerances", value: JSON.stringify({ sum: { relative: 1 } }) }]
    })
    forge(other, "tables/sums.parquet", new Uint8Array(table))
    const cell = verifyOther("--json")
    expect(cell.status).toBe(1)
    const { files, kept } = JSON.parse(cell.stdout) as { kept: boolean; files: ReadonlyArray<{ table?: object }> }
    expect(kept).toBe(false)
    expect(files.flatMap(({ table }) => table ?? [])).toMatchObject([
      { differ: 1, beyond: 1, largest: { column: "sum", row: 0, before: 20.5, after: 20 } }
    ])
  })

  it("fails for a page that was changed outside its slot", () => {
    const { file, paper, verify } = given()
    forge(paper, "page.html", readFileSync(file("page.html"), "utf8").replace("two", "too"))
    const { status, stdout } = verify()
    expect(status).toBe(1)
    expect(stdout).toMatch(/✗ page\.html differs/)
  })

  it("fails for a table that nothing can read", () => {
    const { paper, verify } = given()
    forge(paper, "tables/sums.parquet", "PAR1")
    const { status, stdout } = verify()
    expect(status).toBe(1)
    expect(stdout).toMatch(/✗ tables\/sums\.parquet differs/)
  })

  it("fails for a missing file and for one too many", () => {
    const { file, verify } = given()
    rmSync(file("tables/sums.csv"))
    writeFileSync(file("tables/more.csv"), "")
    const { status, stdout } = verify()
    expect(status).toBe(1)
    expect(stdout).toMatch(/tables\/more\.csv is left over[^]*tables\/sums\.csv is missing/)
  })

  it("fails for stale and for lost results further up, with cause and remedy, and runs nothing", () => {
    const { artifacts, run, set, verify } = given()
    set({ ...study, arms: { two: 2.5, three: 3 } })
    const before = contents(artifacts)
    const stale = verify()
    expect(stale.status).toBe(1)
    expect(stale.stdout).toMatch(/stale scale\/two: arms\.two 2 → 2\.5 \(.*toy\.json:3\)[^]*remedy: pipeline run print/)
    expect(contents(artifacts)).toEqual(before)
    set(study)
    const { outputs } = JSON.parse(run(["show", "scale/three", "--json"]).stdout) as {
      outputs: ReadonlyArray<{ file: string }>
    }
    rmSync(outputs[0]!.file)
    const lost = verify("--json")
    expect(lost.status).toBe(1)
    expect(JSON.parse(lost.stdout)).toMatchObject({
      kept: false,
      lacking: [{ instance: "scale/three", why: "its object is gone from the store" }]
    })
  })

  it("on results of another machine allows what columns declare, and no more", () => {
    const root = join(work, "elsewhere")
    const near = application.store(root, study)
    expect(near.run(["run"], 0, { TOY_NOISE: "1e-4" }).status).toBe(0)
    const against = join(work, "first/artifacts/paper")
    const { status, stdout } = near.run(["verify", "--paper", "--against", against])
    expect(stdout).toMatch(
      /≈ tables\/sums\.parquet differs as it may: 2 of 4 cells differ, as allowed, most in column sum, row 0/
    )
    expect(stdout).toMatch(/made from other inputs \(2 differ\)/)
    expect(status).toBe(0)

    const far = application.store(join(work, "far"), study)
    expect(far.run(["run"], 0, { TOY_NOISE: "0.1" }).status).toBe(0)
    const beyond = far.run(["verify", "--paper", "--against", against])
    expect(beyond.stdout).toMatch(/✗ tables\/sums\.parquet differs: 2 of 4 cells differ/)
    expect(beyond.status).toBe(1)

    // Other settings are another paper, however near the numbers.
    const other = application.store(join(work, "other"), { ...study, arms: { two: 2.0001, three: 3 } })
    expect(other.run(["run"]).status).toBe(0)
    const changed = other.run(["verify", "--paper", "--against", against])
    expect(changed.stdout).toMatch(/✗ the study is another than the paper's: arms\.two 2 → 2\.0001/)
    expect(changed.status).toBe(1)
  })

  it("wants a paper, and one check at a time", () => {
    const { paper, verify } = given()
    expect(verify("--rebuild", "print").status).toBe(64)
    writeFileSync(join(paper, "manifest.json"), "{}")
    expect(verify()).toMatchObject({ status: 1, stderr: expect.stringMatching(/is no manifest of a paper/) as string })
    rmSync(paper, { recursive: true })
    expect(verify()).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/there is no .*pipeline paper/) as string
    })
  })
})

describe("pipeline gc", () => {
  it("keeps what a paper was made from, though the study has gone on", () => {
    const { artifacts, paper, run, set } = given()
    set({ ...study, arms: { two: 5, three: 3 } })
    expect(run(["run"]).status).toBe(0)
    expect(run(["gc", "--delete", "--grace", "0"]).status).toBe(0)
    set(study)
    const reused = JSON.parse(run(["run", "print", "--json"]).stdout) as { ran: ReadonlyArray<string> }
    expect(reused.ran).toEqual([])
    set({ ...study, arms: { two: 5, three: 3 } })
    expect(run(["run"]).status).toBe(0)
    rmSync(paper, { recursive: true })
    expect(run(["gc", "--delete", "--grace", "0"]).status).toBe(0)
    set(study)
    const made = JSON.parse(run(["run", "print", "--json"]).stdout) as { ran: ReadonlyArray<string> }
    expect(made.ran).toEqual(["scale/two", "print"])
    expect(existsSync(artifacts)).toBe(true)
  })
})
