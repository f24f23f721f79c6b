import { describe, expect, it } from "vitest"
import { product } from "../../model/product.ts"
import { engine } from "../../tensor/engines.ts"
import { Graph } from "../../tensor/graph.ts"
import { stream } from "../../tensor/random.ts"

/** Rows, inner and columns, with leading axes; among them those whose plain product changes with threads. */
const cases = [
  { batch: [], rows: 32, inner: 1024, columns: 96 },
  { batch: [], rows: 64, inner: 384, columns: 96 },
  { batch: [], rows: 24, inner: 1024, columns: 384 },
  { batch: [], rows: 384, inner: 384, columns: 1024 },
  { batch: [2], rows: 100, inner: 512, columns: 192 },
  { batch: [4, 4], rows: 8, inner: 192, columns: 256 },
  { batch: [], rows: 256, inner: 512, columns: 64 }
]

const swap = (a: number, b: number, swapped: boolean): readonly [number, number] => swapped ? [b, a] : [a, b]

describe("a product", () => {
  it.each([[false, false], [true, false], [false, true], [true, true]])(
    "has the same bits for 1, 2, 8 and 16 threads, and the right values (transposed: %s, %s)",
    async (transposeA, transposeB) => {
      const graph = new Graph()
      const outputs = Object.fromEntries(cases.flatMap(({ batch, columns, inner, rows }, i) => {
        const a = graph.input(`a${i}`, [...batch, ...swap(rows, inner, transposeA)])
        const b = graph.input(`b${i}`, [...batch, ...swap(inner, columns, transposeB)])
        const options = { transposeA, transposeB, alpha: 0.5 }
        return [[`${i}`, product(graph, a, b, options)], [`plain ${i}`, graph.matmul(a, b, options)]]
      }))
      const feeds = Object.fromEntries(cases.flatMap(({ batch, columns, inner, rows }, i) => {
        const matrices = batch.reduce((total, size) => total * size, 1)
        const values = (name: string, size: number) =>
          stream(1, name, i).fillUniform(new Float32Array(matrices * size), -1, 1)
        return [[`a${i}`, values("a", rows * inner)], [`b${i}`, values("b", inner * columns)]]
      }))
      const run = async (threads: number) => {
        const program = await (await engine("onnx")).compile(graph, outputs, { threads })
        const results = await program.run(feeds)
        await program.dispose()
        return results
      }
      const bytes = (values: Float32Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength)
      const one = await run(1)
      for (const threads of [2, 8, 16]) {
        const many = await run(threads)
        cases.forEach((_, i) =>
          expect(bytes(many[i]!).equals(bytes(one[i]!)), `case ${i}, ${threads} threads`).toBe(true)
        )
      }
      for (const i of cases.keys()) {
        const error = one[i]!.reduce((most, value, at) => Math.max(most, Math.abs(value - one[`plain ${i}`]![at]!)), 0)
        expect(error, `case ${i}`).toBeLessThan(1e-4)
      }
    }
  )
})
