import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { byDigest, byInstance, isDigest } from "../../pipeline/find.ts"
import { lineage, makersOf, type Node } from "../../pipeline/lineage.ts"
import { factsOf, layer, runToy, temporaryStore, toy } from "../fixtures/toy.ts"

const stateOf = (root: string) =>
  Effect.map(factsOf(root), ({ state }) => state).pipe(Effect.scoped, Effect.provide(layer(root)), Effect.runPromise)

describe("find", () => {
  it("finds a result by its instance, its key, and the data or bytes of an output", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    const { results } = await runToy(root, { ...toy, arms: { two: 2, three: 5 } })
    const state = await stateOf(root)
    const made = results.get("scale/three")!
    expect(byInstance("scale/three", state)!.key).toBe(made.key)
    expect(byDigest(made.key.slice(0, 8), state)).toEqual([{ result: made, output: undefined }])
    const { bytes, digest } = made.outputs.numbers!
    for (const what of [digest, bytes.slice(0, 12)]) {
      expect(byDigest(what, state)[0]).toEqual({ result: made, output: "numbers" })
    }
    expect(byInstance("scale/four", state)).toBeUndefined()
    expect(byDigest("0".repeat(64), state)).toEqual([])
  })

  it("takes no short word for a digest", () => {
    expect(["cafe", "tokenize", "0123456", "ABCDEF012"].some(isDigest)).toBe(false)
    expect(isDigest("01234567")).toBe(true)
  })
})

describe("lineage", () => {
  it("goes back to files and code, and names each maker once", async () => {
    const root = temporaryStore()
    const file = join(root, "seed.txt")
    writeFileSync(file, "one")
    const { results } = await runToy(root, { ...toy, file })
    const state = await stateOf(root)
    const tree = lineage(results.get("sum")!, makersOf(state.results.values()))
    expect(tree.sources.map(({ source }) => [source.leaf, source.maker!.instance])).toEqual([
      ["input.numbers[0:arm=two]", "scale/two"],
      ["input.numbers[1:arm=three]", "scale/three"]
    ])
    const [two, three] = tree.sources
    const make = two!.node!.sources[0]!.node!
    expect(make.result.instance).toBe("make")
    expect(make.code).toBe("code of make")
    expect(make.files.map(({ name }) => name)).toEqual(["seed.seed"])
    expect(three!.node!.sources[0]).toMatchObject({ node: undefined, source: { maker: { instance: "make" } } })
    const ids = (node: Node): Array<string> => [
      node.result.instance,
      ...node.sources.flatMap(({ node }) => node === undefined ? [] : ids(node))
    ]
    expect(ids(tree)).toEqual(["sum", "scale/two", "make", "scale/three"])
  })

  it("tells an input whose maker no event knows", async () => {
    const root = temporaryStore()
    const { results } = await runToy(root, toy)
    const sum = results.get("sum")!
    const [first] = lineage(sum, makersOf([sum])).sources
    expect(first).toMatchObject({ node: undefined, source: { maker: undefined } })
  })
})
