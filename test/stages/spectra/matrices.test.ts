import { describe, expect, it } from "vitest"
import { matrices } from "../../../stages/spectra/matrices.ts"
import type { Matrix } from "../../../stages/spectra/matrix.ts"
import { checkpointTable, type Entry } from "./checkpoint-table.ts"

const one = (value: number): Matrix => ({ rows: 1, columns: 1, values: Float64Array.of(value) })
const u = 2 ** -7 // distance of neighbouring bfloat16 numbers between 1 and 2

/** Matrices of one number, one head: what is rounded, and when, is seen in every bit. */
const layer = (name: string, a: number, b: number, product: number): ReadonlyArray<Entry> => [
  [`layers.0.attention.${name}`, "effective", one(7)],
  [`layers.0.attention.${name}`, "adapter", one(product)],
  [`layers.0.attention.${name}`, "A", one(a)],
  [`layers.0.attention.${name}`, "B", one(b)]
]
const stored = { v: Math.fround(1.1), o: Math.fround(1.3) }
const table = checkpointTable([
  // A rounds to 1 + u and 1.5 · (1 + u) is half-way between two: to the even one. Unrounded, 1.5 · A is nearer another.
  ...layer("v_proj", 1 + 0.75 * u, 1.5, stored.v),
  // A rounds to 1.
  ...layer("o_proj", 1 + 0.25 * u, 1.25, stored.o)
])
const adapters = (productDtype: "float32" | "bf16") => {
  const of = matrices(table, { heads: 1, kvHeads: 1, productDtype })
  return (["v_proj", "o_proj", "ov"] as const).map((component) =>
    of(0, component).find(({ kind }) => kind === "adapter")!.matrix!.values
  )
}

describe("adapters' products", () => {
  it("in bfloat16 are of rounded factors and rounded themselves, and so is the OV circuit of two such", () => {
    // 1.515625 · 1.25 = 1.89453125 is half-way again.
    expect(adapters("bf16").map((values) => Array.from(values))).toEqual([[1.515625], [1.25], [1.890625]])
  })

  it("in float32 are as the checkpoint holds them, and the OV circuit of two such is rounded to float32", () => {
    expect(adapters("float32")).toEqual([
      Float32Array.of(stored.v),
      Float32Array.of(stored.o),
      Float32Array.of(stored.v * stored.o)
    ])
    expect(Math.fround(stored.v * stored.o)).not.toBe(stored.v * stored.o)
  })
})
