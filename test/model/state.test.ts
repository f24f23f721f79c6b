import { describe, expect, it } from "vitest"
import { noMoments } from "../../model/adamw.ts"
import { fromTensors, toTensors, type TrainingState } from "../../model/state.ts"

const state = (): TrainingState =>
  new Map([
    ["layers.0.w", { shape: [2, 3], values: Float32Array.of(1, 2, 3, -0, NaN, 6), shown: new Float32Array(6) }],
    ["norm", { shape: [2], values: Float32Array.of(7, 8), moments: { ...noMoments(2), step: 5 } }]
  ])

describe("a training state", () => {
  it("is one row a tensor, moments beside their tensor", () => {
    const { dtype, name, shape } = toTensors(state())
    expect(name).toEqual(["layers.0.w", "layers.0.w.shown", "norm", "norm.exp_avg", "norm.exp_avg_sq", "norm.step"])
    expect(shape).toEqual(["2x3", "2x3", "2", "2", "2", ""])
    expect(dtype).toEqual(["float32", "float32", "float32", "float32", "float32", "float64"])
  })

  it("comes back bit for bit, sharing nothing", () => {
    const original = state()
    const read = fromTensors(toTensors(original))
    expect(read).toEqual(original)
    expect([...read.keys()]).toEqual([...original.keys()])
    read.get("norm")!.values[0] = 0
    expect(original.get("norm")!.values[0]).toBe(7)
  })

  it("is read into arrays that are given for it", () => {
    const arrays = new Map([["values", new Float32Array(2)], ["expAvg", new Float32Array(2)], [
      "expAvgSq",
      new Float32Array(3)
    ]])
    const read = fromTensors(toTensors(state()), (name, part) => name === "norm" ? arrays.get(part) : undefined)
    expect(read).toEqual(state())
    expect(read.get("norm")!.values).toBe(arrays.get("values"))
    expect(read.get("norm")!.moments!.expAvg).toBe(arrays.get("expAvg"))
    // Of another length, so not fit to be used.
    expect(read.get("norm")!.moments!.expAvgSq).not.toBe(arrays.get("expAvgSq"))
  })

  it("reads bytes at any alignment", () => {
    const columns = toTensors(state())
    const data = columns.data.map((bytes) => {
      const shifted = new Uint8Array(bytes.length + 1)
      shifted.set(bytes, 1)
      return shifted.subarray(1)
    })
    expect(fromTensors({ ...columns, data })).toEqual(state())
  })

  it("refuses values that do not fill their shape", () => {
    const columns = toTensors(state())
    expect(() => fromTensors({ ...columns, shape: columns.shape.with(2, "3") })).toThrow("norm: 2 values")
  })
})
