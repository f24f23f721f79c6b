import { describe, expect, it } from "vitest"
import { adaptation } from "../../model/method.ts"
import { initialise } from "../../model/parameters.ts"
import type { TrainingState } from "../../model/state.ts"
import { gradientName, type TrainingGraph, trainingGraph } from "../../model/training-graph.ts"
import type { Method } from "../../schemas/model.ts"
import type { Feeds } from "../../tensor/engine.ts"
import { engine } from "../../tensor/engines.ts"
import { live } from "../../tensor/live.ts"
import type { Node } from "../../tensor/node.ts"
import { stream } from "../../tensor/random.ts"
import { size } from "../../tensor/shape.ts"
import { initialState, relora } from "./methods.ts"
import { micro } from "./shapes.ts"

const rows = 2

/** Compiles a method's step on micro, and gives a function from a state to all outputs. */
const compile = async (
  method: Method,
  name: string,
  // By default more than one run of queries, and a shorter last one.
  { length = 80, primitive = false }: { readonly length?: number; readonly primitive?: boolean } = {}
) => {
  const numbers = stream(5, "tokens")
  const tokens = Int32Array.from({ length: rows * length }, () => numbers.below(micro.vocabulary))
  const targets = Int32Array.from({ length: rows * length }, () => numbers.below(micro.vocabulary))
  const adapted = adaptation(method)
  const { graph, outputs } = trainingGraph(micro, adapted, { rows, length, primitive })
  const program = await (await engine(name)).compile(graph, outputs, { threads: 1 })
  const masks = Object.fromEntries(
    adapted.masks(micro).map(({ fill, name: mask, width }) => {
      const data = new Uint8Array(rows * length * width)
      fill(data, 1, 0, length)
      return [mask, data]
    })
  )
  return async (weights: Feeds) => program.run({ ...weights, ...masks, tokens, targets })
}

const weightsOf = (state: TrainingState) =>
  Object.fromEntries(Array.from(state, ([name, { values }]) => [name, values]))

/** A state whose adapters are no longer zero. */
const movedState = (method: Method): TrainingState => {
  const state = initialState(micro, method)
  for (const [name, { values }] of state) if (name.endsWith(".B")) stream(1, name).fillUniform(values, -0.2, 0.2)
  return state
}

/** Most numbers alive at once when nodes are computed in order and let go after their last use, inputs apart. */
const mostAlive = ({ outputs }: TrainingGraph): number => {
  const nodes = live(Object.values(outputs)).filter(({ op }) => op !== "input" && op !== "constant")
  const lastUse = new Map<Node, number>()
  for (const node of nodes) for (const input of node.inputs) lastUse.set(input, node.id)
  const known = new Set(nodes)
  let [alive, most] = [0, 0]
  for (const node of nodes) {
    alive += size(node.shape)
    most = Math.max(most, alive)
    for (const input of new Set(node.inputs)) {
      if (known.has(input) && lastUse.get(input) === node.id) alive -= size(input.shape)
    }
  }
  return most
}

const distance = (a: Float32Array, b: Float32Array): number => {
  let difference = 0
  let size = 0
  for (let i = 0; i < a.length; i++) {
    difference += (a[i]! - b[i]!) ** 2
    size += b[i]! ** 2
  }
  return Math.sqrt(difference / size)
}

describe("a training step", () => {
  it("starts near the loss of a guess", async () => {
    const step = await compile({ kind: "full-rank" }, "onnx")
    const { loss } = await step(Object.fromEntries(initialise(micro, 1)))
    expect(loss![0]).toBeGreaterThan(Math.log(micro.vocabulary) - 0.2)
    expect(loss![0]).toBeLessThan(Math.log(micro.vocabulary) + 0.4)
  })

  const joined = (shortcut: "input" | "block" | "middle"): Method => ({
    ...relora({ dropout: 0.3 }),
    kind: "reslora",
    shortcut,
    previous: 1
  } as Method)

  it.each(
    [
      ["full-rank", { kind: "full-rank" }],
      ["relora", relora({ dropout: 0.3 })],
      ["reslora, input", joined("input")],
      ["reslora, block", joined("block")],
      ["reslora, middle", joined("middle")]
    ] as ReadonlyArray<readonly [string, Method]>
  )("has the gradient of finite differences (%s)", async (_, method) => {
    const state = movedState(method)
    const step = await compile(method, "reference", { length: 9 })
    const weights = weightsOf(state)
    const found = await step(weights)
    const trained = adaptation(method).tensors(micro).filter((parameter) => parameter.trained)
    for (const { name } of trained.filter((_, i) => i % 2 === 0)) {
      const gradient = found[gradientName(name)]!
      const norm = Math.hypot(...gradient)
      const along = async (size: number) => {
        const moved = Float64Array.from(weights[name]!, (value, i) => value + size * gradient[i]! / norm)
        return (await step({ ...weights, [name]: moved })).loss![0]!
      }
      const h = 0.02
      expect((await along(h) - await along(-h)) / (2 * h) / norm, name).toBeCloseTo(1, 2)
    }
  })

  it.each(["full-rank", "relora"])("is the same by hand-written and by derived gradients (%s)", async (kind) => {
    const method: Method = kind === "relora" ? relora({ dropout: 0.3 }) : { kind: "full-rank" }
    const weights = weightsOf(movedState(method))
    const byHand = await (await compile(method, "onnx"))(weights)
    const derived = await (await compile(method, "onnx", { primitive: true }))(weights)
    expect(Object.keys(byHand)).toEqual(Object.keys(derived))
    for (const [name, values] of Object.entries(byHand)) {
      expect(distance(values, derived[name]!), name).toBeLessThan(1e-5)
    }
  })

  it.each(["full-rank", "relora"])("holds a fraction of the activations where they are made anew (%s)", (kind) => {
    const method: Method = kind === "relora" ? relora({ dropout: 0.3 }) : { kind: "full-rank" }
    const shape = { ...micro, layers: 8 }
    const peak = (recompute: boolean) =>
      mostAlive(trainingGraph(shape, adaptation(method), { rows, length: 80, recompute }))
    expect(peak(true)).toBeLessThan(0.5 * peak(false))
  })

  it("gives no gradient to a pair that starts at zero, and gives none to frozen weights", async () => {
    const method = relora({ initA: "zero" })
    const found = await (await compile(method, "onnx"))(weightsOf(initialState(micro, method)))
    expect(found[gradientName("layers.0.attention.q_proj")]).toBeUndefined()
    for (const [name, values] of Object.entries(found)) {
      const isPair = /\.[AB]\.gradient$/.test(name)
      expect(values.some((value) => value !== 0), name).toBe(!isPair)
    }
  })

  it("reaches B, and not yet A, of a pair whose A was drawn", async () => {
    const method = relora({ initA: "kaiming" })
    const found = await (await compile(method, "onnx"))(weightsOf(initialState(micro, method)))
    expect(found[gradientName("layers.0.swiglu.w_2.B")]!.some((value) => value !== 0)).toBe(true)
    expect(found[gradientName("layers.0.swiglu.w_2.A")]!.every((value) => value === 0)).toBe(true)
  })
})
