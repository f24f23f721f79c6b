/** That every method is there in all the places where it has to be, and in no other method's key. */
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { Arm, declarationOf, kinds, Method } from "../../schemas/method.ts"
import { checkpointBy } from "../../stages/checkpoint/stage.ts"
import { pretrainBy } from "../../stages/pretrain/stage.ts"

const root = new URL("../../", import.meta.url)
const { fingerprint, stageSources } = await import(new URL("scripts/fingerprint.mjs", root).href) as {
  readonly fingerprint: (root: string, source: string) => Promise<{ readonly code: string }>
  readonly stageSources: (root: string) => ReadonlyArray<string>
}
const { bundling } = await import(new URL("scripts/fingerprint.mjs", root).href) as {
  readonly bundling: (root: string, source: string) => object
}
const { rolldown } = await import("rolldown")

const sourcesOf = (kind: (typeof kinds)[number]) => [
  pretrainBy({ kind } as Method).source,
  checkpointBy({ kind } as Method).source
]

it("every method is an arm, and what numeric stages are told", () => {
  expect(Arm.options.map(({ shape }) => shape.method.value)).toEqual(kinds)
  expect(Method.options.map(({ shape }) => shape.kind.value)).toEqual(kinds)
})

/** A method and those that its file builds on. */
const built = (kind: string, found = new Set<string>()): ReadonlySet<string> => {
  if (found.has(kind)) return found
  found.add(kind)
  const text = readFileSync(new URL(`model/methods/${kind}.ts`, root), "utf8")
  for (const [, other] of text.matchAll(/from "\.\/([^"]+)\.ts"/g)) built(other!, found)
  return found
}

describe.each(kinds)("%s", (kind) => {
  it("says only of its own settings when they show", () => {
    const arm = Arm.options.find(({ shape }) => shape.method.value === kind)!
    const settings = [...Object.keys(arm.shape), "seed"]
    const { shown, when } = declarationOf(kind)
    for (const setting of [...Object.keys(when), ...shown]) expect(settings).toContain(setting)
  })

  it("has entries of its own, which differ from another method's in its name alone", () => {
    const known = stageSources(root.pathname)
    for (const source of sourcesOf(kind)) {
      expect(known).toContain(source)
      const text = readFileSync(new URL(source, root), "utf8")
      const other = readFileSync(new URL(source.replace(`${kind}.ts`, "full-rank.ts"), root), "utf8")
      expect(text.replaceAll(`/${kind}.ts`, "/full-rank.ts")).toBe(other)
    }
  })

  it("holds the code of no other method", async () => {
    for (const source of sourcesOf(kind)) {
      const bundle = await rolldown(bundling(root.pathname, source))
      const { output } = await bundle.generate({ format: "esm", codeSplitting: false })
      await bundle.close()
      const modules = output.flatMap((chunk) =>
        chunk.type === "chunk"
          ? Object.entries(chunk.modules).filter(([, { code }]) => code).map(([name]) => name)
          : []
      )
      const methods = modules.flatMap((name) => /model\/methods\/([^/]+)\.ts$/.exec(name)?.[1] ?? [])
      const others = kinds.filter((other) => methods.includes(other) && !built(kind).has(other))
      expect(others, source).toEqual([])
      expect((await fingerprint(root.pathname, source)).code).toMatch(/^[0-9a-f]{64}$/)
    }
  })
})
