import { describe, expect, it } from "vitest"
import type { Body } from "../../../pipeline/stage.ts"
import { toRows } from "../../../schemas/table.ts"
import { SingularValues, Spectra } from "../../../schemas/tables.ts"
import { body } from "../../../stages/spectra/body.ts"
import type { Matrix } from "../../../stages/spectra/matrix.ts"
import { ovCircuit } from "../../../stages/spectra/ov-circuit.ts"
import { spectra } from "../../../stages/spectra/stage.ts"
import { singularValues } from "../../../tensor/kernels/singular-values.ts"
import { runBody } from "../run-body.ts"
import { adapted, checkpointTable, type Entry } from "./checkpoint-table.ts"
import { random } from "./random.ts"

const width = 16, hidden = 24, heads = 4, kvHeads = 2, rank = 3
const shapes = {
  "attention.v_proj": [8, width],
  "attention.o_proj": [width, width],
  "swiglu.w_2": [width, hidden]
} as const
type Name = keyof typeof shapes
const names = Object.keys(shapes) as ReadonlyArray<Name>

const matrix = (layer: number, name: Name, part: string): Matrix => {
  const [rows, columns] = shapes[name]
  return random(`${layer}.${name}.${part}`, rows, columns)
}
const factors = (layer: number, name: Name): readonly [a: Matrix, b: Matrix] => {
  const [out, into] = shapes[name]
  return [random(`${layer}.${name}.A`, rank, into), random(`${layer}.${name}.B`, out, rank)]
}
const fullRank = (layer: number): ReadonlyArray<Entry> =>
  names.map((name) => [`layers.${layer}.${name}`, "effective", matrix(layer, name, "effective")])
const relora = (layer: number): ReadonlyArray<Entry> =>
  names.flatMap((name): ReadonlyArray<Entry> => [
    ...adapted(`layers.${layer}.${name}`, matrix(layer, name, "effective"), ...factors(layer, name)),
    [`layers.${layer}.${name}`, "base", matrix(layer, name, "base")],
    [`layers.${layer}.${name}`, "realised", matrix(layer, name, "realised")]
  ])

type Settings = Body<typeof spectra>["config"]
const components: Settings["components"] = ["v_proj", "o_proj", "w_2", "ov"]
const settings: Settings = { step: 7, since: 3, layers: 2, heads, kvHeads, components, productDtype: "float32" }
const run = async (entries: ReadonlyArray<Entry>, config: Partial<Settings> = {}, signal?: AbortSignal) => {
  const { outputs, progress } = await runBody(
    spectra,
    body,
    { ...settings, ...config },
    { checkpoint: checkpointTable(entries) },
    signal
  )
  return {
    rows: toRows(Spectra, outputs.spectra),
    values: toRows(SingularValues, outputs.singularValues),
    progress
  }
}
const sigmaOf = ({ columns, rows, values }: Matrix) => singularValues(values, rows, columns)

describe("rows", () => {
  it("of a full-rank arm's first checkpoint are weight and effective, the same", async () => {
    const { progress, rows } = await run([...fullRank(0), ...fullRank(1)])
    expect(rows.map((row) => `${row.layer} ${row.component} ${row.kind}`)).toEqual(
      [0, 1].flatMap((layer) =>
        components.flatMap((component) => ["weight", "effective"].map((kind) => `${layer} ${component} ${kind}`))
      )
    )
    for (let i = 0; i < rows.length; i += 2) expect({ ...rows[i + 1], kind: "weight" }).toEqual(rows[i])
    expect(progress.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(progress.at(-1)).toEqual({ done: 8, total: 8, unit: "matrices" })
  })

  it("of an adapted layer come in four kinds, with the adapter's rank as its bound", async () => {
    const { rows } = await run([...relora(0), ...fullRank(1)])
    expect(rows.filter(({ layer }) => layer === 0).map((row) => [row.component, row.kind, row.rank_bound])).toEqual(
      [["v_proj", 8, rank], ["o_proj", 16, rank], ["w_2", 16, rank], ["ov", 4, 4]].flatMap(([component, full, bound]) =>
        [["weight", full], ["effective", full], ["adapter", bound], ["realised", full]].map((
          row
        ) => [component, ...row])
      )
    )
    expect(rows.filter(({ layer }) => layer === 1).every(({ kind }) => kind === "weight" || kind === "effective")).toBe(
      true
    )
  })

  it("hold the shape, the extremes and the step", async () => {
    const { rows } = await run(fullRank(0), { layers: 1, components: ["w_2"] })
    const sigma = sigmaOf(matrix(0, "swiglu.w_2", "effective"))
    expect(rows[0]).toMatchObject({
      step: 7,
      since: 3,
      rows: width,
      columns: hidden,
      sigma_max: sigma[0],
      sigma_min: sigma[15],
      condition_number: sigma[0]! / sigma[15]!,
      numerical_rank: width,
      condition_number_of_rank: sigma[0]! / sigma[15]!
    })
  })

  it("of a zero adapter have NaN for PER and condition number", async () => {
    const [a, b] = factors(0, "swiglu.w_2")
    const zero: Matrix = { ...b, values: new Float32Array(b.values.length) }
    const entries = adapted("layers.0.swiglu.w_2", matrix(0, "swiglu.w_2", "effective"), a, zero)
    const { rows } = await run(entries, { layers: 1, components: ["w_2"] })
    expect(rows.find(({ kind }) => kind === "adapter")).toMatchObject({
      per: NaN,
      condition_number: NaN,
      numerical_rank: 0,
      condition_number_of_rank: NaN,
      sigma_max: 0,
      frobenius: 0,
      rank_bound: rank
    })
  })
})

describe("singular values", () => {
  it("are all there, numbered from 0 in descending order, kind by kind in the order of the spectra", async () => {
    const { rows, values } = await run([...relora(0), ...relora(1)])
    const runs = rows.flatMap((row) =>
      Array.from({ length: Math.min(row.rows, row.columns) }, (_, index) => ({ row, index }))
    )
    expect(values.map(({ component, index, kind, layer, step }) => ({ component, index, kind, layer, step }))).toEqual(
      runs.map(({ index, row: { component, kind, layer, step } }) => ({ component, index, kind, layer, step }))
    )
    const of = (component: string, kind: string) =>
      values.filter((value) => value.layer === 1 && value.component === component && value.kind === kind).map((
        { sigma }
      ) => sigma)
    expect(of("w_2", "weight")).toEqual([...sigmaOf(matrix(1, "swiglu.w_2", "base"))])
    expect(of("o_proj", "realised")).toEqual([...sigmaOf(matrix(1, "attention.o_proj", "realised"))])
    const adapter = of("v_proj", "adapter")
    expect(adapter[rank - 1]).toBeGreaterThan(1e-3)
    expect(adapter[rank]).toBeLessThan(1e-7)
  })

  it("of the OV circuit are those of its parts' circuits, and of the change of the circuit", async () => {
    const { values } = await run(relora(0), { layers: 1, components: ["ov"] })
    const of = (kind: string) => values.filter((value) => value.kind === kind).map(({ sigma }) => sigma)
    const both = (part: string) => [matrix(0, "attention.v_proj", part), matrix(0, "attention.o_proj", part)] as const
    const circuit = (v: Matrix, o: Matrix) => ovCircuit(v, o, { heads, kvHeads })
    expect(of("weight")).toEqual([...sigmaOf(circuit(...both("base")))])
    expect(of("effective")).toEqual([...sigmaOf(circuit(...both("effective")))])
    const [v, o] = both("effective"), [dV, dO] = both("realised")
    const less = (a: Matrix, b: Matrix) => ({ ...a, values: Float64Array.from(a.values, (x, i) => x - b.values[i]!) })
    const change = less(circuit(v, o), circuit(less(v, dV), less(o, dO)))
    sigmaOf(change).forEach((sigma, index) => expect(of("realised")[index]).toBeCloseTo(sigma, 12))
  })

  it("of a product in bfloat16 do not stop at its rank", async () => {
    const of = async (productDtype: "float32" | "bf16") => {
      const { values } = await run(relora(0), { layers: 1, components: ["w_2"], productDtype })
      return values.filter(({ kind }) => kind === "adapter").map(({ sigma }) => sigma)
    }
    const [float32, bf16] = [await of("float32"), await of("bf16")]
    expect(bf16[0]! / float32[0]!).toBeCloseTo(1, 2)
    expect(bf16[rank]! / bf16[0]!).toBeGreaterThan(1e-4)
    expect(float32[rank]! / float32[0]!).toBeLessThan(1e-6)
  })

  it("of a product count up to its rank in either precision, and its condition number is taken there", async () => {
    for (const productDtype of ["float32", "bf16"] as const) {
      const { rows, values } = await run(relora(0), { layers: 1, components: ["w_2"], productDtype })
      const adapter = rows.find(({ kind }) => kind === "adapter")!
      const sigma = values.filter(({ kind }) => kind === "adapter").map(({ sigma }) => sigma)
      expect(adapter.numerical_rank, productDtype).toBe(rank)
      expect(adapter.condition_number_of_rank, productDtype).toBe(sigma[0]! / sigma[rank - 1]!)
      expect(adapter.condition_number / adapter.condition_number_of_rank).toBeGreaterThan(100)
    }
  })
})

describe("errors", () => {
  it("names a matrix that holds NaN", async () => {
    const bad = matrix(0, "swiglu.w_2", "effective")
    bad.values[30] = NaN
    await expect(run([["layers.0.swiglu.w_2", "effective", bad]], { layers: 1, components: ["w_2"] })).rejects.toThrow(
      "w_2 of layer 0 at step 7 (weight) holds NaN at row 1, column 6"
    )
  })

  it("names a matrix that the checkpoint lacks", async () => {
    await expect(run(fullRank(0))).rejects.toThrow("no effective layers.1.attention.v_proj")
  })

  it("stops when it is interrupted", async () => {
    await expect(run(fullRank(0), { layers: 1 }, AbortSignal.abort(new Error("stopped")))).rejects.toThrow("stopped")
  })
})
