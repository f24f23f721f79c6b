import { describe, expect, it } from "vitest"
import { Graph } from "../../tensor/graph.ts"
import { live } from "../../tensor/live.ts"

describe("a shape that does not fit names the operation and the shapes", () => {
  const graph = new Graph()
  const x = graph.input("x", [2, 3])
  const y = graph.input("y", [4, 5])
  const tokens = graph.input("tokens", [7], "int64")
  const cases: [string, () => unknown, string][] = [
    [
      "matmul",
      () => graph.matmul(x, y, { transposeB: true }),
      "inner extents 3 and 5 differ in [2, 3] and [4, 5] trans"
    ],
    ["matmul of vectors", () => graph.matmul(x, graph.scalar(1)), "matmul: both operands need two axes or more"],
    ["add", () => graph.add(x, y), "add: shapes [2, 3] and [4, 5] do not broadcast"],
    ["addN", () => graph.addN([x, y]), "addN: shapes [2, 3] and [4, 5] differ"],
    ["reshape", () => graph.reshape(x, [4]), "reshape: [2, 3] has 6 elements, [4] 4"],
    ["expand", () => graph.expand(x, [2, 6]), "expand: shapes [2, 3] and [2, 6] do not broadcast"],
    ["expand to less", () => graph.expand(x, [3]), "expand: [2, 3] does not expand to [3]"],
    ["transpose", () => graph.transpose(x, [0, 0]), "transpose: [0, 0] is no permutation of the axes of [2, 3]"],
    ["slice", () => graph.slice(x, 1, 2, 4), "slice: 2 to 4 is not within axis 1 of [2, 3]"],
    ["pad", () => graph.pad(x, 2, 1, 0), "pad: shape [2, 3] has no axis 2"],
    ["concat", () => graph.concat([x, y], 0), "concat: [2, 3] and [4, 5] do not join on axis 0"],
    ["gather", () => graph.gather(x, y), "gather: indices must be int64 or int32, not input \"y\" (float32 [4, 5])"],
    ["scatterAdd", () => graph.scatterAdd(tokens, x, [9, 3]), "updates [2, 3] at indices [7] are no rows of [9, 3]"],
    ["where", () => graph.where(x, x, x), "where: the condition must be bool, not float32"],
    ["rmsNorm", () => graph.rmsNorm(x, y, 1e-5), "rmsNorm: weight [4, 5] does not fit the last axis of [2, 3]"],
    ["integers", () => graph.exp(tokens), "exp: needs float32, not input \"tokens\" (int64 [7]); cast it first"],
    ["constant", () => graph.constant(Float32Array.of(1), [2]), "constant: 1 elements do not fill shape [2]"],
    [
      "constant type",
      () => graph.constant(Int32Array.of(1), [1]),
      "constant: dtype float32 needs Float32Array, not Int32"
    ],
    ["name", () => graph.input("x", [1]), "the graph already has an input named \"x\""],
    ["other graph", () => new Graph().exp(y), "exp: input \"y\" (float32 [4, 5]) belongs to another graph"]
  ]
  it.each(cases)("%s", (_name, build, message) => expect(build).toThrow(message))
})

describe("a graph", () => {
  it("makes no node for what changes nothing", () => {
    const graph = new Graph()
    const x = graph.input("x", [2, 3])
    expect(graph.reshape(x, [2, 3])).toBe(x)
    expect(graph.slice(x, 0, 0, 2)).toBe(x)
    expect(graph.pad(x, 0, 0, 0)).toBe(x)
    expect(graph.transpose(x, [0, 1])).toBe(x)
    expect(graph.concat([x], 0)).toBe(x)
    expect(graph.expand(x, [2, 3])).toBe(x)
    expect(graph.reduceSum(x, [])).toBe(x)
    expect(graph.mul(1, x)).toBe(x)
    expect(graph.nodes.length).toBe(2) // x and the number 1
  })

  it("labels nodes with the scopes they are made in", () => {
    const graph = new Graph()
    const x = graph.input("x", [1])
    const y = graph.scope("layer.3", () => graph.scope("attention", () => graph.exp(x)))
    expect([x.scope, y.scope]).toEqual(["", "layer.3/attention"])
  })

  it("refuses a composite whose output is not its own", () => {
    const graph = new Graph()
    const x = graph.input("x", [1])
    expect(() => graph.custom([x], () => ({ output: x, pullback: () => [] })))
      .toThrow("custom: the output (input \"x\" (float32 [1])) must be a node made by build")
  })

  it("has the nodes that outputs need, in an order that runs", () => {
    const graph = new Graph()
    const x = graph.input("x", [1])
    const y = graph.exp(x)
    graph.log(y)
    const z = graph.add(y, x)
    expect(live([z])).toEqual([x, y, z])
  })
})
