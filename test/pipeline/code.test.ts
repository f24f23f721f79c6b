import { Effect } from "effect"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { root as rootText, rootLines } from "../../pipeline/cli/format.ts"
import * as Code from "../../pipeline/code.ts"
import { decideAll } from "../../pipeline/decide.ts"
import { Disk } from "../../pipeline/disk.ts"
import { explain } from "../../pipeline/explain.ts"
import { factsOf, layer, runToy, studyOf, temporaryStore, toy } from "../fixtures/toy.ts"
import { copySources, definitions, type Sources } from "../reruns/sources.ts"

describe("definitions of a body", () => {
  const body = "stages/spectra/body.ts"
  let sources: Sources
  let before: Code.Definitions
  beforeAll(async () => {
    sources = copySources()
    before = await definitions(sources.root, body)
  })
  afterEach(() => sources.restore())
  afterAll(() => sources.dispose())

  const after = async (file: string, edit: (text: string) => string) => {
    const text = sources.read(file)
    expect(edit(text), "the edit finds its place").not.toBe(text)
    sources.write(file, edit(text))
    return Code.changes(before, await definitions(sources.root, body))
  }

  it("tell which one changed", async () => {
    const file = "stages/spectra/statistics.ts"
    expect(await after(file, (text) => text.replace("entropy -=", "entropy +=")))
      .toEqual([{ file, name: "effectiveRank", how: "changed" }])
  })

  it("tell a constant by itself, though the bundler puts it in where it is used", async () => {
    const file = "tensor/kernels/svd/bidiagonal-qr.ts"
    expect(await after(file, (text) => text.replace(/maxSweeps: i32 = (\d+)/, "maxSweeps: i32 = 1$1")))
      .toEqual([{ file, name: "maxSweeps", how: "changed" }])
  })

  it("tell what came and what uses it", async () => {
    const file = "stages/spectra/bf16.ts"
    const edit = (text: string) =>
      text.replace("export const roundToBf16", "const extra = () => Math.random()\nexport const roundToBf16")
        .replace(/(=> \{\n)/, "$1  if (extra() > 1) throw new Error()\n")
    expect(await after(file, edit)).toEqual([
      { file, name: "extra", how: "added" },
      { file, name: "roundToBf16", how: "changed" }
    ])
  })

  it("take no notice of comments, formatting, local names and unused definitions", async () => {
    const edit = (text: string) =>
      `const unused = 1\n${text.replaceAll("squares", "sumOfSquares").replaceAll("\n", "\n\n")}// the end\n`
    expect(await after("stages/spectra/statistics.ts", edit)).toEqual([])
  })

  it("take no notice of a file that moved", async () => {
    sources.rename("stages/spectra/bf16.ts", "stages/spectra/brain-float.ts")
    expect(await after("stages/spectra/matrices.ts", (text) => text.replace("./bf16.ts", "./brain-float.ts"))).toEqual(
      []
    )
  })
})

const parts = (definitions: Code.Definitions, by = "rolldown 1") => ({ by, definitions })

describe("an explanation of changed code", () => {
  const [one, other, unknown] = ["a".repeat(64), "b".repeat(64), "c".repeat(64)]

  /** Roots of scale/two after its code changed from one to another, given what was kept of each. */
  const roots = async (after: string, kept: Readonly<Record<string, unknown>>) => {
    const root = temporaryStore()
    await runToy(root, toy, { changed: { scale: one } })
    mkdirSync(join(root, "code"))
    for (const [name, content] of Object.entries(kept)) {
      writeFileSync(join(root, "code", `${name}.json`), JSON.stringify(content))
    }
    return Effect.gen(function*() {
      const facts = { ...yield* factsOf(root, { scale: after }), code: Code.reader([Code.folderOf(root)]) }
      const loaded = studyOf(toy)
      return explain(loaded.graph, loaded, facts, decideAll(loaded.graph, facts), "scale/two").roots
    }).pipe(Effect.scoped, Effect.provide(layer(root)), Effect.runPromise)
  }

  it("names files and definitions", async () => {
    const found = await roots(other, {
      [one]: parts({ "scale.ts": { body: "1", round: "2" }, "old.ts": { digits: "3" } }),
      [other]: parts({ "scale.ts": { body: "1", round: "4", times: "5" } })
    })
    expect(found.flatMap(rootLines)).toEqual([
      "code of scale: old.ts: digits removed",
      "code of scale: scale.ts: round changed",
      "code of scale: scale.ts: times added"
    ])
    expect(found.map(rootText)).toEqual(["code of scale: old.ts: digits removed and 2 more"])
  })

  it("tells digests where one of the two was not kept, and that no definition changed where none did", async () => {
    const kept = { [one]: parts({ "scale.ts": { body: "1" } }), [other]: parts({ "scale.ts": { body: "1" } }) }
    expect((await roots(unknown, kept)).map(rootText)).toEqual([
      "code of stage scale aaaaaaaaaaaa → cccccccccccc"
    ])
    expect((await roots(other, kept)).map(rootText)).toEqual([
      "code of stage scale aaaaaaaaaaaa → bbbbbbbbbbbb: the order of its definitions, or how they are bundled"
    ])
  })

  it("names the bundlers where they differ", async () => {
    const kept = { [one]: parts({ a: { a: "1" } }, "rolldown 1"), [other]: parts({ a: { a: "2" } }, "rolldown 2") }
    expect((await roots(other, kept)).map(rootText)).toEqual([
      "code of stage scale aaaaaaaaaaaa → bbbbbbbbbbbb: rolldown 1 → rolldown 2"
    ])
  })
})

describe("what codes consist of", () => {
  it("is copied into a store once, and damaged files count as not there", async () => {
    const [build, root] = [temporaryStore(), temporaryStore()]
    const code = "d".repeat(64)
    writeFileSync(join(build, `${code}.json`), JSON.stringify(parts({ "a.ts": { a: "1" } })))
    writeFileSync(join(build, "0123456789ab.json"), JSON.stringify({ "node_modules/x": "1.0.0" }))
    const fingerprint = { code, packages: { x: "1.0.0+0123456789ab", y: "2.0.0" } }
    const keep = () => Effect.runPromise(Effect.provide(Code.keep(build, root, [fingerprint]), Disk.layer))
    await keep()
    const reader = Code.reader([Code.folderOf(root)])
    expect(reader.changes(code, code)).toEqual({ definitions: [] })
    expect(reader.moves("1.0.0+0123456789ab", "1.0.0+0123456789ab")).toEqual([])
    writeFileSync(join(build, `${code}.json`), "{")
    expect(Code.reader([build]).changes(code, code)).toBeUndefined()
    expect(reader.changes(code, "../elsewhere")).toBeUndefined()
  })

  it("tells packages whose version differs, itself and those below it", () => {
    expect(Code.moves(
      { "node_modules/plot": "1.0.0", "node_modules/d3": "7.0.0", "node_modules/plot/node_modules/@x/y": "1.1.0" },
      { "node_modules/plot": "1.0.0", "node_modules/d3": "7.0.1" }
    )).toEqual([
      { package: "d3", before: "7.0.0", after: "7.0.1" },
      { package: "@x/y", before: "1.1.0", after: undefined }
    ])
  })
})
