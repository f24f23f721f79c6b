/** Numbers and texts in the sources, edits, versions of packages and input files, changed one at a time: exactly the stages that use them rerun, and the changed definition is named. */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import * as Code from "../../pipeline/code.ts"
import { difference, table } from "./compare.ts"
import { edits } from "./edits-that-rerun.ts"
import { type Literal, literalsIn, type Reach, reachOf } from "./reach.ts"
import { copySources, definitions, type Fingerprints, lockedVersion, project, type Sources } from "./sources.ts"

/** Numbers and texts tried in each file, spread over it. */
const perFile = { number: 4, string: 2 } as const

let sources: Sources
let before: Fingerprints
let defined: Readonly<Record<string, Code.Definitions>>
const counts: Record<string, number> = { "missed reruns": 0, "false reruns": 0 }
const count = (name: string, by = 1) => counts[name] = (counts[name] ?? 0) + by

beforeAll(async () => {
  sources = copySources()
  before = await sources.fingerprints()
  defined = Object.fromEntries(
    await Promise.all(
      Object.keys(before).map(async (stage) => [stage, await definitions(sources.root, stage)] as const)
    )
  )
})
afterEach(() => sources.restore())
afterAll(() => {
  sources.dispose()
  table("sources and versions of packages changed one at a time", counts)
})

const changedStages = (after: Fingerprints): ReadonlyArray<string> =>
  Object.keys(after).filter((stage) => JSON.stringify(after[stage]) !== JSON.stringify(before[stage])).sort()

const spread = <A>(items: ReadonlyArray<A>, wanted: number): ReadonlyArray<A> =>
  items.length <= wanted
    ? items
    : Array.from({ length: wanted }, (_, index) => items[Math.floor((index + 0.5) * items.length / wanted)]!)

/** Another value, written so that it fits where the first one stood. */
const another = ({ raw, value }: Literal) =>
  typeof value === "string"
    ? `${raw.slice(0, -1)} changed${raw.slice(-1)}`
    : String(Number.isInteger(value) ? value + 1 : value * 1.5)

// Minutes, and more with every file: `npm run test:exhaustive`.
describe.skipIf(process.env.EXHAUSTIVE === undefined)("a number or a text in a source file", () => {
  it("changes the fingerprint of every stage that reaches it, and of no other", { timeout: 900_000 }, async () => {
    const reach = new Map<string, Reach>(Object.keys(before).map((stage) => [stage, reachOf(stage, sources.read)]))
    const files = [...new Set([...reach.values()].flatMap(({ files }) => [...files]))].sort()
    const wrong: Array<string> = []
    let looks = 0
    for (const file of files) {
      const text = sources.read(file)
      const importing = [...reach].filter(([, { files }]) => files.has(file)).map(([stage]) => stage)
      const literals = (["number", "string"] as const)
        .flatMap((kind) => spread(literalsIn(file, text, kind), file === "schemas/tables.ts" ? 20 : perFile[kind]))
      for (const literal of literals) {
        sources.write(file, `${text.slice(0, literal.start)}${another(literal)}${text.slice(literal.end)}`)
        // Now and then all stages are looked at, those that do not import the file among them.
        const looked = looks++ % 10 === 0 ? Object.keys(before) : importing
        const found = changedStages(await sources.fingerprints(looked))
        const expected = importing.filter((stage) => reach.get(stage)!.reaches(literal)).sort()
        const missed = expected.filter((stage) => !found.includes(stage))
        const excess = found.filter((stage) => !expected.includes(stage))
        count(typeof literal.value === "string" ? "texts changed" : "numbers changed")
        count("reruns, each expected", found.length - excess.length)
        count("stages left alone, each expected", looked.length - found.length)
        count("missed reruns", missed.length)
        count("false reruns", excess.length)
        const line = text.slice(0, literal.start).split("\n").length
        const where = `${file}:${line} (${literal.raw} in ${literal.within.join(", ")})`
        if (missed.length > 0) wrong.push(`${where}: missed by ${missed.join(", ")}`)
        if (excess.length > 0) wrong.push(`${where}: needlessly in ${excess.join(", ")}`)
        for (const stage of found.slice(0, 1)) {
          const told = Code.changes(defined[stage]!, await definitions(sources.root, stage))
          const names = told.map(({ file, how, name }) => `${file}: ${name} ${how}`)
          count("explanations that name the definition")
          if (names.join() !== `${file}: ${literal.within.join(", ")} changed`) {
            wrong.push(`${where}: in ${stage} explained by ${names.join()}`)
          }
        }
      }
      sources.restore()
    }
    count("files", files.length)
    expect(wrong).toEqual([])
  })
})

interface Manifest {
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** Folders of a package as installed and of all it depends on, from the project's root, as Node finds them. */
const installed = (name: string, from = "", found = new Set<string>()): ReadonlySet<string> => {
  const places = [from]
  for (let place = from; place.includes("node_modules/");) {
    place = place.slice(0, place.lastIndexOf("node_modules/")).replace(/\/$/, "")
    places.push(place)
  }
  const candidates = places.map((place) => place === "" ? `node_modules/${name}` : `${place}/node_modules/${name}`)
  const folder = candidates.find((path) => existsSync(join(project, path, "package.json"))) ?? `node_modules/${name}`
  if (found.has(folder)) return found
  found.add(folder)
  const file = join(project, folder, "package.json")
  if (!existsSync(file)) return found // of another platform
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(file, "utf8")) as Manifest
  for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) installed(next, folder, found)
  return found
}

describe("an edit of the sources", () => {
  for (const { apply, arms, engines: [one, other] = ["onnx", "onnx"], name, stages } of edits) {
    it(name, async () => {
      const study = sources.path("studies/smoke.yaml")
      const were = await sources.records(study, { engine: one })
      apply(sources)
      const { added, own, removed } = difference(
        were,
        await sources.records(study, { engine: other })
      )
      expect([...added, ...removed]).toEqual([])
      expect([...new Set(own.map((id) => id.split("/")[0]!))].sort()).toEqual([...stages])
      const elsewhere = own.filter((id) => arms !== undefined && id !== "report" && !arms.test(id))
      expect(elsewhere).toEqual([])
      count("edits")
    })
  }
})

describe("a version of a package", () => {
  it("changes, in the lock file, exactly the packages of bodies that depend on it", () => {
    const text = sources.read("package-lock.json")
    const lock = JSON.parse(text) as { packages: Record<string, { version: string }> }
    const imported = [...new Set(Object.values(before).flatMap(({ packages }) => Object.keys(packages)))].sort()
    const versions = () => new Map(imported.map((name) => [name, lockedVersion(sources.root, name)]))
    const were = versions()
    const closures = new Map(imported.map((name) => [name, installed(name)]))
    const wrong: Array<string> = []
    for (const path of Object.keys(lock.packages).filter((path) => path !== "")) {
      const kept = lock.packages[path]!.version
      lock.packages[path]!.version = `${kept}-other`
      sources.write("package-lock.json", JSON.stringify(lock))
      lock.packages[path]!.version = kept
      const are = versions()
      const found = imported.filter((name) => were.get(name) !== are.get(name))
      // The version of an imported package itself is that of what is installed.
      const expected = imported.filter((name) => closures.get(name)!.has(path) && closures.get(name)!.size > 1)
      count("locked versions changed")
      count("missed reruns", expected.filter((name) => !found.includes(name)).length)
      count("false reruns", found.filter((name) => !expected.includes(name)).length)
      if (found.join() !== expected.join()) wrong.push(`${path}: ${found.join()} instead of ${expected.join()}`)
    }
    expect(wrong).toEqual([])
  })

  it("changes, as installed, exactly the stages that import the package", async () => {
    const stages = Object.keys(before)
    const others = ["effect", "zod", "yaml", "hyparquet-writer", "rolldown", "vitest", "fast-check"]
    const imported = new Set(stages.flatMap((stage) => Object.keys(before[stage]!.packages)))
    for (const name of [...imported, ...others]) {
      const folder = sources.path(join("node_modules", name))
      const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest
      rmSync(folder)
      mkdirSync(folder)
      writeFileSync(join(folder, "package.json"), JSON.stringify({ ...manifest, version: "99.0.0" }))
      const found = changedStages(await sources.fingerprints())
      rmSync(folder, { recursive: true })
      symlinkSync(join(project, "node_modules", name), folder)
      expect(found, name).toEqual(stages.filter((stage) => name in before[stage]!.packages).sort())
      count("installed versions changed")
    }
  })

  it("reaches stages through packages that others bring", async () => {
    const brought = {
      "d3-array": ["stages/report/body.ts"],
      "onnxruntime-common": ["tensor/onnx/engine.ts"],
      fzstd: ["stages/tokenize/body.ts"],
      "@duckdb/node-bindings": ["stages/report/body.ts"],
      effect: []
    }
    for (const [name, stages] of Object.entries(brought)) {
      const lock = JSON.parse(sources.read("package-lock.json")) as { packages: Record<string, { version: string }> }
      lock.packages[`node_modules/${name}`]!.version += "-other"
      sources.write("package-lock.json", JSON.stringify(lock))
      expect(changedStages(await sources.fingerprints()), name).toEqual(stages)
      sources.restore()
      count("versions followed to stages")
    }
  })
})
