import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { gradients } from "../../tensor/differentiate.ts"
import { Graph } from "../../tensor/graph.ts"
import { live } from "../../tensor/live.ts"
import { evaluate } from "../../tensor/reference/evaluate.ts"
import { operations, steps, Trial, weigh } from "./operations.ts"

/** Compares every gradient with central differences, a few elements of each tensor. */
const check = (trial: Trial, loss: ReturnType<typeof weigh>): void => {
  const reached = trial.wrt.filter((node) => live([loss]).includes(node))
  const found = evaluate(gradients(trial.graph, loss, reached), trial.feeds)
  reached.forEach((node, which) => {
    if (node.op !== "input") throw new Error("only inputs are perturbed")
    const name = node.attributes.name
    const values = trial.feeds[name] as Float64Array
    const step = 1e-5
    for (let element = 0; element < values.length; element += Math.max(1, Math.floor(values.length / 4))) {
      const lossAt = (value: number) =>
        evaluate([loss], { ...trial.feeds, [name]: values.with(element, value) })[0]![0]!
      const expected = (lossAt(values[element]! + step) - lossAt(values[element]! - step)) / (2 * step)
      const error = Math.abs(found[which]![element]! - expected)
      expect(error, `${name}[${element}]: ${found[which]![element]} against ${expected}`)
        .toBeLessThan(1e-7 * (1 + Math.abs(expected)))
    }
  })
}

describe("gradients agree with finite differences", () => {
  it.each(operations)("%s", (operation) => {
    fc.assert(
      fc.property(fc.gen(), (choose) => {
        const trial = Trial.of(choose)
        check(trial, weigh(trial, steps[operation](trial, trial.tensor(trial.shape()))))
      }),
      { seed: 1, numRuns: 25 }
    )
  })

  it("where a tensor is used in several places", () => {
    fc.assert(
      fc.property(fc.gen(), (choose) => {
        const trial = Trial.of(choose)
        const { graph } = trial
        const x = trial.tensor(trial.shape())
        check(trial, weigh(trial, graph.mul(graph.add(graph.sigmoid(x), graph.mul(x, x)), graph.exp(x))))
      }),
      { seed: 2, numRuns: 10 }
    )
  })

  it("through a gradient: second derivatives", () => {
    fc.assert(
      fc.property(fc.gen(), (choose) => {
        const trial = Trial.of(choose)
        const { graph } = trial
        const x = trial.tensor([2, 3])
        const y = graph.rmsNorm(graph.silu(x), trial.tensor([3]), 0.1)
        const [first] = gradients(graph, weigh(trial, graph.mul(graph.softmax(y), y)), [x])
        check(trial, weigh(trial, first!))
      }),
      { seed: 3, numRuns: 10 }
    )
  })
})

describe("gradients", () => {
  it("of a maximum are shared evenly by elements that tie", () => {
    const graph = new Graph()
    const x = graph.input("x", [2, 3])
    const [gradient] = gradients(graph, graph.reduceSum(graph.reduceMax(x, [1]), [0, 1]), [x])
    const [values] = evaluate([gradient!], { x: Float32Array.of(5, 1, 5, 2, 3, 1) })
    expect(values).toEqual(Float64Array.of(0.5, 0, 0.5, 0, 1, 0))
  })

  it("build nothing for a frozen input", () => {
    const build = (frozen: boolean) => {
      const graph = new Graph()
      const [x, a, w] = [graph.input("x", [2, 3]), graph.input("a", [3, 4]), graph.input("w", [4, 5])]
      const loss = graph.reduceSum(graph.matmul(graph.matmul(x, a), w), [0, 1])
      return live(gradients(graph, loss, frozen ? [w] : [a, w])).filter((node) => node.op === "matmul").length
    }
    expect(build(true)).toBe(2) // x a, and its transpose times the cotangent
    expect(build(false)).toBe(4)
  })

  it("ask a composite's pullback and do not look inside", () => {
    const graph = new Graph()
    const x = graph.input("x", [2])
    const y = graph.custom([x], () => ({
      output: graph.exp(x),
      pullback: (cotangent) => [graph.mul(cotangent, 7)]
    }))
    const [gradient] = gradients(graph, graph.reduceSum(y, [0]), [x])
    expect(evaluate([gradient!], { x: Float32Array.of(1, 2) })[0]).toEqual(Float64Array.of(7, 7))
  })

  it("reach a tensor in the middle of the graph", () => {
    const graph = new Graph()
    const x = graph.input("x", [2])
    const middle = graph.mul(x, 3)
    const [byMiddle, byX] = gradients(graph, graph.reduceSum(graph.mul(middle, middle), [0]), [middle, x])
    expect(evaluate([byMiddle!, byX!], { x: Float32Array.of(1, 2) }).map((values) => [...values]))
      .toEqual([[6, 12], [18, 36]])
  })

  it("refuse a loss of several elements, a tensor the loss does not use, and a pullback of the wrong shape", () => {
    const graph = new Graph()
    const [x, unused] = [graph.input("x", [2]), graph.input("unused", [3])]
    const loss = graph.reduceSum(x, [0])
    expect(() => gradients(graph, x, [x])).toThrow("the loss must have one element, not input \"x\" (float32 [2])")
    expect(() => gradients(graph, loss, [unused])).toThrow("does not depend on input \"unused\" (float32 [3])")
    const wrong = graph.scope(
      "layer.1",
      () => graph.custom([x], () => ({ output: graph.exp(x), pullback: () => [graph.scalar(2)] }))
    )
    expect(() => gradients(graph, graph.reduceSum(wrong, [0]), [x]))
      .toThrow("(float32 [2]) in layer.1 gives [] for input \"x\" (float32 [2])")
  })
})
