import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { gradients } from "../../tensor/differentiate.ts"
import { Graph } from "../../tensor/graph.ts"
import type { Node } from "../../tensor/node.ts"
import { onnx as on } from "../../tensor/onnx/engine.ts"
import { lower } from "../../tensor/onnx/lower.ts"
import { stream } from "../../tensor/random.ts"
import { engine as reference } from "../../tensor/reference/engine.ts"
import { size } from "../../tensor/shape.ts"
import { difference, run, single, withGradients } from "./agreement.ts"
import { Trial } from "./operations.ts"

const onnx = on("cpu")

/** Two layers of everything at sizes where kernels do split their work among threads. */
const block = () => {
  let choice = 0
  const trial = new Trial((min, max) => min + (choice += 7919) % (max - min + 1))
  const { graph } = trial
  const [batch, positions, width, heads, vocabulary] = [2, 64, 96, 4, 500]
  const half = width / heads / 2
  const angles = trial.numbers(positions * half)
  const cosine = graph.constant(Float32Array.from(angles, Math.cos), [positions, half])
  const sine = graph.constant(Float32Array.from(angles, Math.sin), [positions, half])
  const table = trial.tensor([vocabulary, width])
  // Few distinct rows, so that a scatter that raced would show.
  trial.feeds.tokens = BigInt64Array.from({ length: batch * positions }, (_, position) => BigInt(position % 3))
  const tokens = graph.input("tokens", [batch, positions], "int64")
  let x = graph.gather(table, tokens)
  for (let layer = 0; layer < 2; layer++) {
    const normalized = graph.rmsNorm(x, trial.tensor([width]), 1e-5)
    const rotated = graph.rope(graph.matmul(normalized, trial.tensor([width, width])), cosine, sine, {
      heads,
      interleaved: true
    })
    const scores = graph.softmax(graph.matmul(rotated, rotated, { transposeB: true, alpha: 0.1 }))
    x = graph.add(x, graph.silu(graph.matmul(graph.matmul(scores, rotated), trial.tensor([width, width]))))
  }
  const probabilities = graph.softmax(graph.matmul(x, table, { transposeB: true }))
  const outputs = withGradients(trial, graph.log(graph.add(probabilities, 1e-3)))
  return { graph, outputs, feeds: single(trial.feeds) }
}

describe("onnx gives the same bits", () => {
  it("run to run, session to session, and for one thread and two", async () => {
    const { graph, outputs, feeds } = block()
    const one = await onnx.compile(graph, outputs, { threads: 1 })
    const first = await one.run(feeds)
    expect(Object.values(first).every((values) => values.every(Number.isFinite))).toBe(true)
    const second = await one.run(feeds)
    await one.dispose()
    expect(second).toEqual(first)
    expect(await run(onnx, graph, outputs, feeds)).toEqual(first)
    for (let repeat = 0; repeat < 3; repeat++) expect(await run(onnx, graph, outputs, feeds, 2)).toEqual(first)
  })

  it.each<[name: string, left: number[], right: number[], options?: Parameters<Graph["matmul"]>[2]]>(
    [
      ["wide, a long sum", [8, 1000], [1000, 100]],
      ["nearly square, both turned, scaled", [384, 65], [96, 384], { transposeA: true, transposeB: true, alpha: 0.5 }],
      ["shares of one row", [3, 12000], [2, 12000], { transposeB: true }],
      ["one column", [500, 400], [400, 1]],
      ["a turned row", [600, 1], [600, 300], { transposeA: true }],
      ["a stack times a matrix", [2, 3, 10, 384], [384, 96]],
      ["a matrix times a stack", [20, 384], [3, 96, 384], { transposeB: true }],
      ["two stacks, alike but for an axis", [2, 2, 24, 200], [2, 1, 200, 64]],
      ["wider than needs turning", [8, 200], [200, 2100]],
      ["just wide enough, the last share cut short", [8, 300], [300, 1281]],
      ["a stack of such", [4, 8, 200], [4, 200, 520]]
    ]
  )("of a product and its gradients, for any number of threads: %s", async (_, left, right, options) => {
    const numbers = (name: string, count: number) => stream(1, name).fillUniform(new Float32Array(count), -1, 1)
    const graph = new Graph()
    const [a, b] = [graph.input("a", left), graph.input("b", right)]
    const product = graph.matmul(a, b, options)
    const weights = graph.input("weights", product.shape)
    const loss = graph.reduceSum(graph.mul(product, weights), product.shape.map((_, axis) => axis), { keep: false })
    const [da, db] = gradients(graph, loss, [a, b]) as [Node, Node]
    const outputs = { product, da, db }
    const feeds = Object.fromEntries([a, b, weights].map((node) => {
      const { name } = node.attributes as { name: string }
      return [name, numbers(name, size(node.shape))]
    }))
    const one = await run(onnx, graph, outputs, feeds)
    for (const threads of [2, 3, 16]) {
      const many = await run(onnx, graph, outputs, feeds, threads)
      for (const [name, values] of Object.entries(one)) {
        const changed = values.reduce((count, value, at) => count + Number(value !== many[name]![at]), 0)
        expect(changed, `${name}, ${threads} threads`).toBe(0)
      }
    }
    const exact = await run(reference, graph, outputs, feeds)
    for (const name of Object.keys(outputs)) expect(difference(one[name]!, exact[name]!), name).toBeLessThan(1e-4)
  })

  it.each([[1400, 400], [400, 1400]])(
    "of a large product whose left side is transposed (%i by %i), which is that of the transpose",
    async (rows, columns) => {
      const inner = 256
      const numbers = (name: string, count: number) => stream(1, name).fillUniform(new Float32Array(count), -1, 1)
      const graph = new Graph()
      const [a, b] = [graph.input("a", [inner, rows]), graph.input("b", [inner, columns])]
      const outputs = {
        product: graph.matmul(a, b, { transposeA: true, alpha: 0.5 }),
        plain: graph.matmul(graph.transpose(graph.mul(a, 0.5), [1, 0]), b)
      }
      const feeds = { a: numbers("a", inner * rows), b: numbers("b", inner * columns) }
      const one = await run(onnx, graph, outputs, feeds)
      expect(difference(one.product!, one.plain!)).toBeLessThan(1e-5)
      for (const threads of [2, 3, 16]) {
        const { product } = await run(onnx, graph, outputs, feeds, threads)
        expect(product!.findIndex((value, at) => value !== one.product![at]), `${threads} threads`).toBe(-1)
      }
    }
  )

  it("when many updates fall on one row", async () => {
    const graph = new Graph()
    const [rows, width] = [4000, 64]
    const updates = graph.input("updates", [rows, width])
    const indices = graph.input("indices", [rows], "int64")
    const outputs = { sum: graph.scatterAdd(indices, updates, [10, width]) }
    const feeds = {
      updates: Float32Array.from({ length: rows * width }, (_, position) => Math.sin(position)),
      indices: BigInt64Array.from({ length: rows }, (_, row) => BigInt(row % 2))
    }
    const first = await run(onnx, graph, outputs, feeds, 1)
    for (let repeat = 0; repeat < 5; repeat++) expect(await run(onnx, graph, outputs, feeds, 2)).toEqual(first)
    expect(difference(first.sum!, (await run(reference, graph, outputs, feeds)).sum!)).toBeLessThan(1e-4)
  })
})

describe("onnx runs nodes about in the order of their making", () => {
  it("so that a gradient of a weight does not wait for those of earlier layers", async () => {
    const graph = new Graph()
    const names = ["first", "second", "third"]
    let x = graph.input("x", [8, 16])
    const weights = names.map((name) => graph.input(name, [16, 16]))
    for (const [i, name] of names.entries()) x = graph.scope(name, () => graph.silu(graph.matmul(x, weights[i]!)))
    const found = gradients(graph, graph.reduceSum(x, [0, 1], { keep: false }), weights)
    const outputs = Object.fromEntries(found.map((node, i) => [names[i]!, node]))
    const folder = mkdtempSync(join(tmpdir(), "order-"))
    try {
      const program = await onnx.compile(graph, outputs, { threads: 1, profile: join(folder, "profile") })
      const feeds = { x: 8 * 16, ...Object.fromEntries(names.map((name) => [name, 16 * 16])) }
      await program.run(Object.fromEntries(Object.entries(feeds).map(([name, size]) => [name, new Float32Array(size)])))
      await program.dispose()
      const [file] = readdirSync(folder)
      const events = JSON.parse(readFileSync(join(folder, file!), "utf8")) as Array<{ cat: string; name: string }>
      const ran = events.filter(({ cat, name }) => cat === "Node" && name.endsWith("_kernel_time"))
        .map(({ name }) => name).filter((name) => name.includes("matmul"))
      // Forward once each; back, twice for every layer but the first, whose input needs no gradient.
      expect(ran.map((name) => /(gradient\/)?\w+(?=\/matmul)/.exec(name)![0])).toEqual([
        ...names,
        ...["third", "third", "second", "second", "first"].map((name) => `gradient/${name}`)
      ])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe("rows of an input", () => {
  const graph = new Graph()
  const x = graph.input("x", [6, 3])
  const outputs = {
    last: graph.neg(graph.slice(x, 0, 4, 6)),
    again: graph.mul(graph.slice(x, 0, 4, 6), 2),
    first: graph.slice(x, 0, 0, 1)
  }

  it("are fed as a part of its array, and cut off where a provider has memory of its own", async () => {
    const operators = (portable: boolean) => lower(outputs, { portable }).graph.node.map(({ opType }) => opType)
    expect(operators(false)).not.toContain("Slice")
    expect(operators(true)).toContain("Slice")
    expect(lower(outputs).graph.input.map(({ name }) => name)).toEqual(["in:x", "in:x[4:6]", "in:x[0:1]"])
    const feeds = { x: Float32Array.from({ length: 18 }, (_, at) => at) }
    expect(await run(onnx, graph, outputs, feeds)).toEqual({
      last: Float32Array.of(-12, -13, -14, -15, -16, -17),
      again: Float32Array.of(24, 26, 28, 30, 32, 34),
      first: Float32Array.of(0, 1, 2)
    })
  })
})
