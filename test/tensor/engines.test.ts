import { describe, expect, it } from "vitest"
import { engine } from "../../tensor/engines.ts"
import { Graph } from "../../tensor/graph.ts"
import { attempt } from "./present.ts"

it("an unknown engine is refused with the known ones", async () => {
  await expect(engine("abacus")).rejects.toThrow(
    "there is no tensor engine \"abacus\"; known are onnx:cpu, onnx:cuda, onnx:webgpu, tensorflow, reference"
  )
})

it("engines know what computes: provider, package, version", async () => {
  expect((await engine("onnx")).identity).toBe("onnx:cpu")
  expect((await engine("onnx")).library).toMatch(/^onnxruntime-node@\d+\.\d+\.\d+$/)
  expect((await engine("onnx:webgpu")).identity).toBe("onnx:webgpu")
})

const names = ["reference", "onnx:cpu", "tensorflow"]
const { reason } = await attempt("tensorflow")
if (reason !== undefined) it.skip(`tensorflow is not tested: ${reason}`, () => {})

describe.each(reason === undefined ? names : names.slice(0, 2))("%s", (name) => {
  const compiled = async () => {
    const graph = new Graph()
    const x = graph.input("x", [2, 2])
    const rows = graph.input("rows", [3], "int64")
    graph.input("unused", [1])
    const outputs = { picked: graph.gather(x, rows), sum: graph.reduceSum(x, [0, 1], { keep: false }), x }
    return (await engine(name)).compile(graph, outputs, { threads: 1 })
  }
  const x = Float32Array.of(1, 2, 3, 4)
  const rows = BigInt64Array.of(1n, 0n, -1n)

  it("runs and returns every output, inputs among them", async () => {
    const program = await compiled()
    expect(await program.run({ x, rows })).toEqual({
      picked: Float32Array.of(3, 4, 1, 2, 3, 4),
      sum: Float32Array.of(10),
      x
    })
    await program.dispose()
  })

  it("writes into the arrays it is given, also parts of a larger one", async () => {
    const program = await compiled()
    const arena = new Float32Array(8)
    const results = await program.run({ x, rows }, { picked: arena.subarray(1, 7) })
    expect(arena).toEqual(Float32Array.of(0, 3, 4, 1, 2, 3, 4, 0))
    expect(results.picked!.buffer).toBe(arena.buffer)
    expect(results.sum).toEqual(Float32Array.of(10))
    await program.dispose()
  })

  it("takes feeds that share a buffer and ignores inputs that nothing needs", async () => {
    const program = await compiled()
    const arena = Float32Array.of(9, 1, 2, 3, 4, 9)
    const results = await program.run({ x: arena.subarray(1, 5), rows, unused: Float32Array.of(0) })
    expect(results.sum).toEqual(Float32Array.of(10))
    await program.dispose()
  })

  it("says which feed or output array is wrong, and how", async () => {
    const program = await compiled()
    await expect(program.run({ rows })).rejects.toThrow("input \"x\" (float32 [2, 2]) is not fed; fed are rows")
    await expect(program.run({ x: x.subarray(1), rows })).rejects.toThrow("takes 4 elements, but is fed 3")
    await expect(program.run({ x, rows: Int32Array.of(0, 1, 0) })).rejects.toThrow(
      "input \"rows\" (int64 [3]) takes BigInt64Array, but is fed Int32Array"
    )
    await expect(program.run({ x, rows, y: x })).rejects.toThrow("no input named \"y\"; it has x, rows, unused")
    await expect(program.run({ x, rows }, { other: x })).rejects.toThrow(
      "no output \"other\"; outputs are picked, sum, x"
    )
    await expect(program.run({ x, rows }, { sum: new Float32Array(2) })).rejects.toThrow(
      "output \"sum\" needs a Float32Array of 1 elements, not Float32Array of 2"
    )
    await expect(program.run({ x, rows }, { x })).rejects.toThrow(
      "output \"x\" would be written over the fed array \"x\""
    )
    await program.dispose()
  })

  it("refuses outputs that are not float32", async () => {
    const graph = new Graph()
    const rows = graph.input("rows", [3], "int64")
    await expect((await engine(name)).compile(graph, { rows }, { threads: 1 })).rejects.toThrow(
      "output \"rows\" must be float32, not input \"rows\" (int64 [3])"
    )
  })
})
