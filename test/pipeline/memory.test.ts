import { expect, it } from "vitest"
import { machineMemory, tellingMemory } from "../../pipeline/memory.ts"
import { engine } from "../../tensor/engines.ts"
import { Graph } from "../../tensor/graph.ts"

it("a tensor that the engine cannot allocate is told as memory that ran out", async () => {
  const side = 2 ** 24 // the product has 2⁵⁰ bytes
  const graph = new Graph()
  const product = graph.matmul(graph.input("a", [side, 1]), graph.input("b", [1, side]))
  const program = await (await engine("onnx")).compile(graph, { sum: graph.reduceSum(product, [0, 1]) }, { threads: 1 })
  const ones = new Float32Array(side).fill(1)
  const failure: unknown = await program.run({ a: ones, b: ones }).then(() => undefined, (error: unknown) => error)
  await program.dispose()
  const told = tellingMemory(failure, "choose a smaller size")
  expect(String(told)).toMatch(/memory ran out \(.*\): .*to need less, choose a smaller size/)
})

it("other errors are told as they are", () => {
  for (
    const error of [new Error("step 3: the loss is NaN"), new RangeError("Invalid typed array length: -1"), "text"]
  ) {
    expect(tellingMemory(error, "choose a smaller size")).toBe(error)
  }
})

it("no more memory is free than there is", () => {
  const { free, total } = machineMemory()
  expect(free).toBeGreaterThan(0)
  expect(free).toBeLessThanOrEqual(total)
})
