/** CoLA: layers without an effective weight, from their first values through training to what is measured of them. */
import { describe, expect, it } from "vitest"
import { adaptation } from "../../../model/method.ts"
import { plusProduct } from "../../../model/methods/adapter-product.ts"
import { type Linear, parameters } from "../../../model/parameters.ts"
import { probe } from "../../../model/probe.ts"
import { scorer } from "../../../model/score.ts"
import { tensorOf, toTensors, type TrainingState } from "../../../model/state.ts"
import { trainingGraph } from "../../../model/training-graph.ts"
import type { Method } from "../../../schemas/model.ts"
import { fromRows, toRows } from "../../../schemas/table.ts"
import { HeldOut, Probe, Spectra } from "../../../schemas/tables.ts"
import { body as take } from "../../../stages/checkpoint/body.ts"
import { forwardWeights } from "../../../stages/checkpoint/forward-weights.ts"
import { checkpoint, shownOf } from "../../../stages/checkpoint/stage.ts"
import { body as look } from "../../../stages/probe/body.ts"
import { body as dynamicsBody } from "../../../stages/probe/dynamics.ts"
import { dynamics, probe as probeStage } from "../../../stages/probe/stage.ts"
import { body as measure } from "../../../stages/spectra/body.ts"
import { spectra } from "../../../stages/spectra/stage.ts"
import { engine } from "../../../tensor/engines.ts"
import { singularValues } from "../../../tensor/kernels/singular-values.ts"
import { stream } from "../../../tensor/random.ts"
import { runBody } from "../../stages/run-body.ts"
import { bareState, initialState, weightOf } from "../methods.ts"
import { micro } from "../shapes.ts"
import { train } from "./training.ts"

const cola = (changes = {}): Extract<Method, { kind: "cola" }> => ({
  kind: "cola",
  rank: 3,
  activation: "silu",
  targets: ["attention", "swiglu"],
  seed: 7,
  ...changes
})
const layer = "layers.1.swiglu.w_2"

const tableOf = async (method: Method | null, state: TrainingState, previous?: TrainingState) =>
  (await runBody(checkpoint, take, { method: shownOf(method) }, {
    state: toTensors(state),
    previous: previous ? [{ labels: {}, value: toTensors(previous) }] : []
  })).outputs.checkpoint

it("draws factors whose product has entries of deviation (in + out)^(−1/2)", () => {
  const wide = { ...micro, width: 64, hidden: 192, layers: 1 }
  const state = initialState(wide, cola({ rank: 16 }))
  const a = tensorOf(state, "layers.0.swiglu.w_0.A"), b = tensorOf(state, "layers.0.swiglu.w_0.B")
  const deviation = (values: ArrayLike<number>) =>
    Math.sqrt(Array.from(values).reduce((sum, x) => sum + x * x, 0) / values.length)
  for (const { values } of [a, b]) expect(deviation(values) * (256 * 16) ** 0.25).toBeCloseTo(1, 1)
  expect(deviation(plusProduct(undefined, a, b, 1)) * 16).toBeCloseTo(1, 1)
})

it("without an activation is W = B·A, and trains as the plain low-rank model from the same factors", async () => {
  const method = cola({ activation: "identity" })
  const plain: Method = {
    kind: "loro",
    rank: 3,
    exactGradient: "gradient",
    factorRate: 1,
    momentsAtExact: "zero",
    targets: method.targets,
    seed: 7
  }
  const state = initialState(micro, method)
  const [a, b] = [tensorOf(state, `${layer}.A`), tensorOf(state, `${layer}.B`)]
  expect(weightOf(method, state, layer).effective).toEqual(plusProduct(undefined, a, b, 1))
  const other = initialState(micro, plain)
  for (const [name, tensor] of other) if (state.has(name)) tensor.values = tensorOf(state, name).values.slice()
  expect((await train(method, { state, last: 3 })).losses)
    .toEqual((await train(plain, { state: other, last: 3 })).losses)
})

it("has the gradients that finite differences of its loss have", async () => {
  const method = cola()
  const state = initialState(micro, method)
  const { graph, outputs } = trainingGraph(micro, adaptation(method), { rows: 1, length: 6 })
  const names = [`${layer}.A`, `${layer}.B`, "layers.0.attention.v_proj.A"]
  const wanted = Object.fromEntries(["loss", ...names.map((name) => `${name}.gradient`)].map((n) => [n, outputs[n]!]))
  const program = await (await engine("reference")).compile(graph, wanted, { threads: 1 })
  const numbers = stream(4, "tokens")
  const ids = () => Int32Array.from({ length: 6 }, () => numbers.below(micro.vocabulary))
  const feeds = { tokens: ids(), targets: ids() }
  const weights = () => Object.fromEntries([...state].map(([name, { values }]) => [name, values]))
  const found = await program.run({ ...weights(), ...feeds })
  for (const name of names) {
    const tensor = tensorOf(state, name)
    const kept = tensor.values.slice()
    const direction = stream(5, name).fillUniform(new Float32Array(kept.length), -1, 1)
    const lossAt = async (by: number) => {
      tensor.values = kept.map((value, at) => value + by * direction[at]!)
      return (await program.run({ ...weights(), ...feeds }))["loss"]![0]!
    }
    const h = 2 ** -7
    const slope = (await lossAt(h) - await lossAt(-h)) / (2 * h)
    tensor.values = kept
    const expected = direction.reduce((sum, d, at) => sum + d * found[`${name}.gradient`]![at]!, 0)
    expect(Math.abs(expected)).toBeGreaterThan(1e-4)
    expect(slope / expected, name).toBeCloseTo(1, 2)
  }
  await program.dispose()
})

describe("what is measured of it", async () => {
  const { state } = await train(cola(), { last: 4 })
  const table = await tableOf(cola(), state, bareState(micro))

  it("is its factors and their product, and no effective weight, nor a change of one", () => {
    const partsOf = (name: string) => table.part.filter((_, row) => table.name[row] === name)
    expect(partsOf(layer)).toEqual(["product", "A", "B"])
    expect(partsOf("output_norm")).toEqual(["effective"])
  })

  it("is scored by the forward pass that trained it", async () => {
    const weights = forwardWeights(table, micro)
    const numbers = stream(9, "row")
    const row = Int32Array.from({ length: 9 }, () => numbers.below(micro.vocabulary))
    const scoring = scorer(micro, weights, { engine: "reference", threads: 1 })
    const [logs] = await scoring.logProbabilities([row])
    await scoring.dispose()
    const { graph, outputs } = trainingGraph(micro, adaptation(cola()), { rows: 1, length: 8 })
    const program = await (await engine("reference")).compile(graph, { loss: outputs["loss"]! }, { threads: 1 })
    const { loss } = await program.run({
      ...Object.fromEntries([...state].map(([name, { values }]) => [name, values])),
      tokens: row.slice(0, 8),
      targets: row.slice(1)
    })
    await program.dispose()
    expect(-logs!.reduce((sum, x) => sum + x, 0) / 8).toBeCloseTo(loss![0]!, 5)
    const { gradients, loss: probed } = await probe(micro, weights, [layer], [row], { engine: "reference", threads: 1 })
    expect(probed).toBeCloseTo(loss![0]!, 5)
    expect([...gradients.keys()]).toEqual([`${layer}.A`, `${layer}.B`])
  })

  it("has spectra of A, B and B·A, named so, and no circuits", async () => {
    const { outputs } = await runBody(spectra, measure, {
      step: 4,
      since: 0,
      layers: 2,
      heads: 4,
      kvHeads: 2,
      components: ["w_2", "ov", "ov_heads"],
      productDtype: "float32"
    }, { checkpoint: table })
    const rows = toRows(Spectra, outputs.spectra)
    expect(rows.map(({ component, kind, layer }) => `${layer} ${component} ${kind}`)).toEqual(
      [0, 1].flatMap((at) => ["A", "B", "product"].map((kind) => `${at} w_2 ${kind}`))
    )
    const a = tensorOf(state, `${layer}.A`)
    expect(rows[3]!.sigma_max).toBeCloseTo(singularValues(a.values, 3, 24)[0]!, 6)
    expect(rows[5]).toMatchObject({ rows: 16, columns: 24, rank_bound: 3, numerical_rank: 3 })
    expect(rows[5]!.condition_number_of_factors).toBeCloseTo(rows[5]!.condition_number_of_rank, 2)
  })

  it("has activations and gradients of its factors, and no intruders", async () => {
    const numbers = stream(3, "held out")
    const heldout = fromRows(
      HeldOut,
      Array.from({ length: 18 }, () => ({ domain: "x", text: 0, token: numbers.below(micro.vocabulary) }))
    )
    const probed = (await runBody(probeStage, look, { model: micro, scale: null, sequences: 2, length: 8 }, {
      checkpoint: table,
      heldout
    })).outputs.probe
    const parts = toRows(Probe, probed).filter(({ name }) => name === layer).map(({ part, shape }) =>
      `${part} ${shape}`
    )
    expect(parts).toEqual(["activation 2x16", "gradient_A 3x24", "gradient_B 16x3"])
    const { outputs } = await runBody(dynamics, dynamicsBody, { step: 4, layers: 2, heads: 4, kvHeads: 2 }, {
      probe: probed,
      checkpoint: table,
      initial: await tableOf(null, bareState(micro))
    })
    expect(outputs.intruders.step).toHaveLength(0)
    expect(new Set(outputs.dynamics.kind)).toEqual(new Set(["activation", "gradient_A", "gradient_B"]))
  })
})

it("adapts the layers it is told to alone", () => {
  const state = initialState(micro, cola({ targets: ["swiglu"] }))
  const linear = parameters(micro).filter((one): one is Linear =>
    one.kind === "linear" && one.name.startsWith("layers")
  )
  for (const { name } of linear) expect(state.has(name), name).toBe(name.includes("attention"))
})
