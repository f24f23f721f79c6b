/** What holds of TensorFlow beside its results: bits, memory, errors. */
import { describe, expect, it } from "vitest"
import { gradients } from "../../tensor/differentiate.ts"
import { Graph } from "../../tensor/graph.ts"
import { load } from "../../tensor/tensorflow/library.ts"
import { run } from "./agreement.ts"
import { attempt } from "./present.ts"

const { engine, reason } = await attempt("tensorflow")

const product = () => {
  const graph = new Graph()
  const [x, w] = [graph.input("x", [200, 300]), graph.input("w", [300, 100])]
  const rows = graph.input("rows", [4], "int64")
  const picked = graph.gather(
    graph.rmsNorm(graph.matmul(x, w), graph.constant(new Float32Array(100).fill(2), [100]), 1),
    rows
  )
  const loss = graph.reduceSum(graph.silu(picked), [0, 1], { keep: false })
  const [dx] = gradients(graph, loss, [x])
  const feeds = {
    x: Float32Array.from({ length: 200 * 300 }, (_, at) => Math.sin(at)),
    w: Float32Array.from({ length: 300 * 100 }, (_, at) => Math.cos(at)),
    rows: BigInt64Array.of(3n, 3n, -1n, 0n)
  }
  return { graph, outputs: { x, loss, dx: dx! }, feeds }
}

describe.skipIf(!engine)(`tensorflow${engine ? "" : ` is not tested: ${reason}`}`, () => {
  it("keeps no tensor of a run, and none of a program that is disposed of", async () => {
    const tensors = () => load().tfjs.memory().numTensors
    const { feeds, graph, outputs } = product()
    const before = tensors()
    const program = await engine!.compile(graph, outputs, { threads: 1 })
    await program.run(feeds)
    const between = tensors()
    for (let time = 0; time < 5; time++) await program.run(feeds)
    expect(tensors()).toBe(between)
    await expect(program.run({ ...feeds, rows: BigInt64Array.of(0n, 0n, 0n, 2n ** 40n) })).rejects.toThrow(
      "does not fit"
    )
    expect(tensors()).toBe(between)
    await program.dispose()
    expect(tensors()).toBe(before)
  })

  it("gives the same bits run to run, program to program, whatever threads it is given", async () => {
    const { feeds, graph, outputs } = product()
    const first = await run(engine!, graph, outputs, feeds, 1)
    for (const threads of [1, 2, 16]) expect(await run(engine!, graph, outputs, feeds, threads)).toEqual(first)
  })

  it("lets other work have its turn between runs", async () => {
    const { feeds, graph, outputs } = product()
    const program = await engine!.compile(graph, outputs, { threads: 1 })
    let turns = 0
    const count = () => void (turns++, again = setImmediate(count))
    let again = setImmediate(count)
    for (let time = 0; time < 3; time++) await program.run(feeds)
    clearImmediate(again)
    await program.dispose()
    expect(turns).toBeGreaterThanOrEqual(2)
  })

  // Kernels of a GPU take zeros for rows that are not there.
  it.skipIf(engine?.identity.endsWith("gpu"))("names the node that fails, and keeps none of its tensors", async () => {
    const before = load().tfjs.memory().numTensors
    const { feeds, graph, outputs } = product()
    const program = await engine!.compile(graph, outputs, { threads: 1 })
    await expect(program.run({ ...feeds, rows: BigInt64Array.of(0n, 0n, 0n, 200n) })).rejects.toThrow(
      /^tensorflow: gather \d+ \(float32 \[4, 100\]\): /
    )
    await program.dispose()
    expect(load().tfjs.memory().numTensors).toBe(before)
  })
})
