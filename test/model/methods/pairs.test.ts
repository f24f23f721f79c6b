/** Methods that are LoRA and something more: PeriodicLoRA, LoRA-Squeeze, DropLoRA, SoRA, DyLoRA, SwitchLoRA. */
import { describe, expect, it } from "vitest"
import { jumpOf } from "../../../model/jump.ts"
import { adaptation, cutsOf } from "../../../model/method.ts"
import { directionOf } from "../../../model/methods/by-vector.ts"
import { rankOf } from "../../../model/methods/dylora.ts"
import { threshold } from "../../../model/methods/sora.ts"
import { frequency } from "../../../model/methods/switchlora.ts"
import { type Linear, parameters } from "../../../model/parameters.ts"
import { tensorOf, type TrainingState } from "../../../model/state.ts"
import type { Method } from "../../../schemas/model.ts"
import { Arm, type Training } from "../../../schemas/study.ts"
import { methodAt, methodOver, scheduleOf } from "../../../stages/arm.ts"
import { engine } from "../../../tensor/engines.ts"
import { Graph } from "../../../tensor/graph.ts"
import { singularValues } from "../../../tensor/kernels/singular-values.ts"
import { stream } from "../../../tensor/random.ts"
import { bareState, initialState, weightOf } from "../methods.ts"
import { micro } from "../shapes.ts"
import { digest, train } from "./training.ts"

const pair = { rank: 3, alpha: 6, dropout: 0, targets: ["attention", "swiglu"], seed: 7, initA: "kaiming" as const }
const lora: Method = { kind: "lora", ...pair }
const layer = "layers.1.swiglu.w_1"
const valuesOf = (state: TrainingState, part: string) => tensorOf(state, `${layer}.${part}`).values
const training: Training = {
  steps: 100,
  batchSize: 1,
  tokensAtOnce: 2048,
  recompute: false,
  passes: 1,
  learningRate: 1,
  schedule: { kind: "linear", warmupSteps: 4 },
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01
}

describe("PeriodicLoRA", () => {
  const periodic = (changes = {}): Method => ({ kind: "periodic-lora", ...pair, keep: 0, rule: "exact", ...changes })

  it("gains the rank of its pair with each stage", async () => {
    const { state } = await train(periodic(), { last: 9, events: { 3: "unload", 6: "unload" } })
    const { effective } = weightOf(periodic(), state, layer)
    const before = tensorOf(bareState(micro), layer).values
    const sigma = singularValues(Float64Array.from(effective, (value, at) => value - before[at]!), 24, 16)
    expect(sigma.filter((value) => value > 1e-5 * sigma[0]!).length).toBe(9)
  })

  it("begins a stage without moments, with a fresh A and no B", async () => {
    const { state } = await train(periodic(), { last: 3, events: { 3: "unload" } })
    expect(tensorOf(state, `${layer}.A`).moments).toBeUndefined()
    expect(tensorOf(state, "output_norm").moments!.step).toBe(3)
    expect(valuesOf(state, "B").every((value) => value === 0)).toBe(true)
  })

  it("keeps all of the pair where it is told to keep 1, and loses its moments still", async () => {
    const { state } = await train(periodic({ keep: 1 }), { last: 3 })
    const a = valuesOf(state, "A").slice(), w = tensorOf(state, layer).values.slice()
    adaptation(periodic({ keep: 1 })).events["unload"]!(state, 3)
    expect(valuesOf(state, "A")).toEqual(a)
    for (const [at, value] of tensorOf(state, layer).values.entries()) expect(value).toBeCloseTo(w[at]!, 6)
  })

  it("by the third party's rule keeps m + (1 − m)² of the product, and its moments", async () => {
    const method = periodic({ keep: 0.1, rule: "decay" })
    const { state } = await train(method, { last: 3 })
    const w = tensorOf(state, layer).values.slice()
    const before = weightOf(method, state, layer).effective.slice()
    adaptation(method).events["unload"]!(state, 3)
    const after = weightOf(method, state, layer).effective
    for (const [at, value] of after.entries()) expect(value - w[at]!).toBeCloseTo(0.91 * (before[at]! - w[at]!), 5)
    expect(tensorOf(state, `${layer}.A`).moments!.step).toBe(3)
  })

  it("begins its schedule anew with each stage, after the warm start", () => {
    const arm = Arm.parse({ method: "periodic-lora", stageSteps: 20, warmStartSteps: 10 })
    const { events, learningRates } = scheduleOf(arm, training, 0, 60)
    expect(events.map(({ step }) => step)).toEqual([30, 50])
    expect(learningRates.slice(10, 30)).toEqual(learningRates.slice(30, 50))
    expect(learningRates[10]).toBe(0)
    expect(learningRates[14]).toBe(1)
    const steady = Arm.parse({ ...arm, restartSchedule: false })
    expect(scheduleOf(steady, training, 0, 60).learningRates[30]).toBeCloseTo(70 / 96, 12)
  })
})

describe("LoRA-Squeeze", () => {
  const squeeze = (rank: number, to?: number): Method => ({
    kind: "lora-squeeze",
    ...pair,
    rank,
    alpha: 2 * rank,
    ...to !== undefined && { ranks: [to] }
  })

  it("cuts the pair's product to its best approximation, keeps its scale, and zeroes its moments", async () => {
    const { state } = await train(squeeze(4), { last: 6 })
    const high = adaptation(squeeze(4, 2))
    const before = weightOf(squeeze(4), state, layer)
    const product = Float64Array.from(before.effective, (value, at) => value - before.base![at]!)
    const tail = singularValues(product, 24, 16).slice(2).reduce((sum, value) => sum + value ** 2, 0)
    const { jump } = jumpOf(state, micro, high.parts, () => high.events["squeeze"]!(state, 6))
    expect(jump).toBeGreaterThan(0)
    const after = Float64Array.from(weightOf(squeeze(2), state, layer).effective)
    const lost = after.reduce((sum, value, at) => sum + (value - before.effective[at]!) ** 2, 0)
    expect(lost / tail).toBeCloseTo(1, 3)
    expect(tensorOf(state, `${layer}.A`).shape).toEqual([2, 16])
    expect(tensorOf(state, `${layer}.A`).moments).toBeUndefined()
    expect((await train(squeeze(2), { state, first: 6, last: 8 })).losses).toHaveLength(2)
  })

  it("leaves balanced factors, which another cut to the same rank leaves as they are", async () => {
    const { state } = await train(squeeze(4), { last: 6 })
    const cut = () => adaptation(squeeze(4, 2)).events["squeeze"]!(state, 6)
    cut()
    const [a, b] = [tensorOf(state, `${layer}.A`).values.slice(), tensorOf(state, `${layer}.B`).values.slice()]
    const norm = (values: Float32Array, of: (at: number) => number, k: number) =>
      Math.hypot(...values.filter((_, at) => of(at) === k))
    for (const k of [0, 1]) {
      expect(norm(a, (at) => Math.floor(at / 16), k)).toBeCloseTo(norm(b, (at) => at % 2, k), 5)
    }
    cut()
    for (const [at, value] of tensorOf(state, `${layer}.A`).values.entries()) {
      expect(Math.abs(value)).toBeCloseTo(Math.abs(a[at]!), 5)
    }
  })

  it("goes through its ranks at its steps, and climbs back to its rate after each", () => {
    const arm = Arm.parse({
      method: "lora-squeeze",
      rank: 8,
      alpha: 16,
      squeezeAt: [30, 60],
      ranks: [4, 2],
      rewarmSteps: 10
    })
    const at = (step: number) => {
      const { alpha, rank } = methodAt(arm, step, { width: 16, seed: 1 }) as Extract<Method, { kind: "lora-squeeze" }>
      return [rank, alpha]
    }
    expect([at(1), at(30), at(31), at(60), at(61)]).toEqual([[8, 16], [8, 16], [4, 8], [4, 8], [2, 4]])
    const place = { width: 16, seed: 1 }
    expect(methodOver(arm, 20, 30, place)).toHaveProperty("ranks", [4])
    expect(methodOver(arm, 0, 20, place)).not.toHaveProperty("ranks")
    expect(methodOver(arm, 30, 60, place)).toHaveProperty("ranks", [2])
    expect(scheduleOf(arm, training, 0, 60).events.map(({ step }) => step)).toEqual([30, 60])
    const steady = { ...training, schedule: { kind: "constant", warmupSteps: 0 } } as const
    const { learningRates } = scheduleOf(arm, steady, 0, 100)
    expect([29, 30, 35, 40, 65].map((t) => learningRates[t])).toEqual([1, 0, 0.5, 1, 0.5])
  })
})

describe("DropLoRA", () => {
  const drop = (changes = {}): Method => ({ kind: "droplora", ...pair, maskRate: 0.5, maskScope: "step", ...changes })
  const maskOf = (method: Method, step: number, microBatch = 0) => {
    const { fill } = adaptation(method).masks(micro).find(({ name }) => name === `${layer}.mask`)!
    const data = new Uint8Array(4 * 8 * 3)
    fill(data, step, microBatch, 8)
    return Array.from({ length: 32 }, (_, token) => data.slice(3 * token, 3 * token + 3).join(""))
  }

  it("without masks is LoRA, bit for bit", async () => {
    expect(digest((await train(drop({ maskRate: 0 }), { last: 4 })).state)).toBe(
      digest((await train(lora, { last: 4 })).state)
    )
  })

  it("draws a mask for what its scope says", () => {
    for (const [maskScope, least, most] of [["step", 1, 1], ["sequence", 2, 4], ["token", 5, 8]] as const) {
      const different = new Set(Array.from({ length: 8 }, (_, step) => new Set(maskOf(drop({ maskScope }), step)).size))
      expect(Math.max(...different), maskScope).toBeGreaterThanOrEqual(least)
      expect(Math.max(...different), maskScope).toBeLessThanOrEqual(most)
    }
    const rows = maskOf(drop({ maskScope: "sequence" }), 1)
    for (const [token, mask] of rows.entries()) expect(mask).toBe(rows[8 * Math.floor(token / 8)])
    // Of a step, every micro-batch sees one mask; of the rest each has its own.
    expect(maskOf(drop(), 1, 1)).toEqual(maskOf(drop(), 1, 0))
    expect(maskOf(drop({ maskScope: "token" }), 1, 1)).not.toEqual(maskOf(drop({ maskScope: "token" }), 1, 0))
  })

  it("masks a share of the directions as its rate says", () => {
    const masked = Array.from({ length: 400 }, (_, step) => maskOf(drop({ maskRate: 0.25 }), step)[0]!).join("")
    const zeros = [...masked].filter((digit) => digit === "0").length
    expect(Math.abs(zeros - 300)).toBeLessThan(5 * Math.sqrt(1200 * 0.25 * 0.75))
  })

  it("on average over its masks is LoRA's forward pass", async () => {
    const rate = 0.25, method = drop({ maskRate: rate })
    const state = initialState(micro, method)
    stream(1, "B").fillUniform(valuesOf(state, "B"), -0.5, 0.5)
    const linear = parameters(micro).find(({ name }) => name === layer) as Linear
    const [out, into] = linear.shape, rows = 4
    const x = stream(2, "x").fillUniform(new Float32Array(rows * into), -1, 1)
    const forward = async (of: Method, mask?: ReadonlyArray<number>) => {
      const graph = new Graph()
      const names = [layer, `${layer}.A`, `${layer}.B`]
      const inputs = new Map(names.map((name) => [name, graph.input(name, tensorOf(state, name).shape)]))
      const tensor = (name: string) => inputs.get(name)!
      const y = adaptation(of).linear(graph, linear, graph.input("x", [rows, into]), {
        tensor,
        mask: (name, shape) => graph.cast(graph.input(name, shape, "uint8"), "float32"),
        fed: tensor,
        entered: tensor
      })
      const program = await (await engine("reference")).compile(graph, { y }, { threads: 1 })
      const feeds = Object.fromEntries(names.map((name) => [name, tensorOf(state, name).values]))
      const masks = mask && { [`${layer}.mask`]: Uint8Array.from({ length: 3 * rows }, (_, at) => mask[at % 3]!) }
      const found = (await program.run({ ...feeds, ...masks, x }))["y"]!
      await program.dispose()
      return found
    }
    // Of three directions there are eight masks, so that the average is exact.
    const mean = new Float64Array(rows * out)
    for (let number = 0; number < 8; number++) {
      const mask = [0, 1, 2].map((bit) => number >> bit & 1)
      const chance = mask.reduce((product, kept) => product * (kept === 1 ? 1 - rate : rate), 1)
      for (const [at, value] of (await forward(method, mask)).entries()) mean[at]! += chance * Number(value)
    }
    const wanted = await forward(lora)
    for (const [at, value] of mean.entries()) expect(value).toBeCloseTo(Number(wanted[at]), 5)
    expect(Array.from(await forward(method, [1, 0, 1]))).not.toEqual(Array.from(wanted))
  })

  it("gives what is masked for the step no gradient, and the rest a larger one", async () => {
    const state = initialState(micro, drop())
    stream(1, "B").fillUniform(tensorOf(state, `${layer}.B`).values, -0.1, 0.1)
    const step = Array.from({ length: 20 }, (_, at) => at + 1).find((at) => new Set(maskOf(drop(), at)[0]).size === 2)!
    const mask = maskOf(drop(), step)[0]!
    await train(drop(), { state, first: step - 1, last: step })
    const { expAvg } = tensorOf(state, `${layer}.A`).moments!
    for (let i = 0; i < 3; i++) {
      expect(expAvg.slice(16 * i, 16 * i + 16).some((value) => value !== 0), `direction ${i}`).toBe(mask[i] === "1")
    }
  })

  it("with a mask that is learnt is LoRA at first, and passes a gate's gradient on to the mask's logits", async () => {
    const learned = drop({ maskScope: "learned" })
    const losses = (await train(learned, { last: 1 })).losses
    expect(losses[0]).toBeCloseTo((await train(lora, { last: 1 })).losses[0]!, 6)

    // The same layer as SoRA's, whose gates are mask and mean: two of three directions are kept.
    const gated: Method = { kind: "sora", ...pair, sparsity: 0, thresholdBy: "constant", operator: "soft", l1: 0 }
    const logits = [0.5, -0.3, 1.2]
    const states = [learned, gated].map((method) => {
      const state = initialState(micro, method)
      for (const [name, { values }] of state) {
        if (name.endsWith(".gate")) values.fill(1)
        if (name.endsWith(".B")) stream(1, name).fillUniform(values, -0.1, 0.1)
      }
      return state
    }) as [TrainingState, TrainingState]
    valuesOf(states[0], "logits").set(logits)
    valuesOf(states[1], "gate").set([1.5, 0, 1.5])
    const mine = weightOf(learned, states[0], layer).effective
    for (const [at, value] of weightOf(gated, states[1], layer).effective.entries()) {
      expect(mine[at]).toBeCloseTo(value, 6)
    }
    const [a, b] = [
      await train(learned, { state: states[0], last: 1 }),
      await train(gated, { state: states[1], last: 1 })
    ]
    expect(a.losses[0]).toBeCloseTo(b.losses[0]!, 6)
    const ofGate = tensorOf(b.state, `${layer}.gate`).moments!.expAvg
    for (const [i, found] of tensorOf(a.state, `${layer}.logits`).moments!.expAvg.entries()) {
      const sigmoid = 1 / (1 + Math.exp(-logits[i]!))
      const wanted = 1.5 * sigmoid * (1 - sigmoid) * ofGate[i]!
      expect(wanted, `direction ${i}`).not.toBe(0)
      expect(found / wanted, `direction ${i}`).toBeCloseTo(1, 3)
    }
  })

  it("with a mask that leaves nothing multiplies by W alone", () => {
    const learned = drop({ maskScope: "learned" })
    const state = initialState(micro, learned)
    valuesOf(state, "logits").fill(-1)
    expect(Array.from(weightOf(learned, state, layer).effective)).toEqual(Array.from(tensorOf(state, layer).values))
  })
})

describe("SoRA", () => {
  const sora = (changes = {}): Method => ({
    kind: "sora",
    ...pair,
    sparsity: 0.01,
    thresholdBy: "constant",
    operator: "soft",
    l1: 0,
    ...changes
  })

  it("thresholds softly, and the official code harder", () => {
    const tau = 0.5
    const grid = [-2, -0.9, -0.5, -0.2, 0, 0.5, 0.75, 1, 1.5]
    expect(grid.map((x) => threshold(x, tau, "soft") + 0)).toEqual([-1.5, -0.4, 0, 0, 0, 0, 0.25, 0.5, 1])
    expect(grid.map((x) => threshold(x, tau, "official") + 0)).toEqual([-1.5, 0, -0.5, 0, 0, 0.5, 0, 0, 1])
  })

  it("raises λ in equal steps, each in a segment of its own", () => {
    const arm = Arm.parse({ method: "sora", sparsity: 1e-4, raiseFrom: 30, raiseEvery: 20, raises: 3, raiseTo: 4e-4 })
    expect(cutsOf(arm)).toEqual([30, 50, 70])
    const at = (step: number) =>
      (methodAt(arm, step, { width: 16, seed: 1 }) as Extract<Method, { kind: "sora" }>).sparsity
    for (const [step, lambda] of [[1, 1e-4], [30, 1e-4], [31, 2e-4], [51, 3e-4], [70, 3e-4], [71, 4e-4], [200, 4e-4]]) {
      expect(at(step!)).toBeCloseTo(lambda!, 12)
    }
    expect(cutsOf(Arm.parse({ method: "sora" }))).toEqual([])
  })

  it("with gates at one and no threshold is LoRA in its forward pass, and prunes what its gates leave out", () => {
    const state = initialState(micro, sora())
    stream(1, "B").fillUniform(valuesOf(state, "B"), -0.5, 0.5)
    const gate = valuesOf(state, "gate")
    const parts = () => weightOf(sora(), state, layer).effective
    gate.fill(1)
    expect(parts()).toEqual(weightOf(lora, state, layer).effective)
    gate[1] = 0
    const gated = parts()
    for (let o = 0; o < 24; o++) valuesOf(state, "B")[3 * o + 1] = 0
    gate[1] = 1
    expect(parts()).toEqual(gated)
  })

  it("takes gates to zero where their gradient does not hold them, each step by the threshold", async () => {
    const state = initialState(micro, sora())
    valuesOf(state, "gate").set([0.035, -0.035, 3])
    // Without a gradient Adam stands still, and the threshold alone is left.
    const adapted = adaptation(sora())
    const gate = () => {
      adapted.update!({
        name: `${layer}.gate`,
        state,
        gradients: new Map([[`${layer}.gate`, new Float32Array(3)]]),
        step: 1,
        learningRate: 0.1,
        optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.5 }
      })
      return [...valuesOf(state, "gate")].map((value) => Number(value.toFixed(4)) + 0)
    }
    expect([gate(), gate(), gate(), gate()]).toEqual([
      [0.025, -0.025, 2.99],
      [0.015, -0.015, 2.98],
      [0.005, -0.005, 2.97],
      [0, 0, 2.96]
    ])
  })

  it("has the lasso's solution for the fixed point of gradient steps in a diagonal quadratic, as the official threshold has not", () => {
    // min ½ h (g − c)² + λ|g| is sign(c)·max(|c| − λ/h, 0); AdamW's step in the place of the gradient's has another fixed point.
    const lambda = 0.4, rate = 0.1
    const solved = (h: number, c: number, operator: "soft" | "official") => {
      let g = 1
      for (let step = 0; step < 2000; step++) g = threshold(g - rate * h * (g - c), rate * lambda, operator)
      return g
    }
    for (const [h, c] of [[1, 1], [2, -0.7], [0.5, 1.2], [1, 0.3], [2, -0.1], [0.5, 0.79]] as const) {
      const wanted = Math.sign(c) * Math.max(Math.abs(c) - lambda / h, 0)
      expect(solved(h, c, "soft"), `h ${h}, c ${c}`).toBeCloseTo(wanted, 10)
    }
    // Where the solution is nearer to zero than the threshold, the official one cannot rest at it.
    expect(solved(1, 0.42, "soft")).toBeCloseTo(0.02, 10)
    expect(solved(1, 0.42, "official")).toBe(0)
  })

  it.each([[0.5, false], [0.99, false], [1.01, true], [3, true]])(
    "brings a gate at zero back only where its step exceeds the threshold (step of %f thresholds)",
    (share, back) => {
      const state = initialState(micro, sora())
      const others = [valuesOf(state, "A").slice(), valuesOf(state, "B").slice()]
      valuesOf(state, "gate").fill(0)
      // The first step of Adam is as long as its rate.
      adaptation(sora()).update!({
        name: `${layer}.gate`,
        state,
        gradients: new Map([[`${layer}.gate`, Float32Array.of(1, -1, 0)]]),
        step: 1,
        learningRate: share * 0.01,
        optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-12, weightDecay: 0 }
      })
      const gates = [...valuesOf(state, "gate")].map((value) => Math.sign(value) + 0)
      expect(gates).toEqual(back ? [-1, 1, 0] : [0, 0, 0])
      expect([valuesOf(state, "A"), valuesOf(state, "B")]).toEqual(others)
    }
  )

  it("by the rate has a threshold of λ times the learning rate", async () => {
    const { state } = await train(sora({ thresholdBy: "rate", sparsity: 1e6 }), { last: 1 })
    expect([...valuesOf(state, "gate")]).toEqual([0, 0, 0])
  })
})

describe("DyLoRA", () => {
  const dylora = (changes = {}): Method => ({ kind: "dylora", ...pair, mode: "frozen", ...changes })
  const directions = (state: TrainingState, factor: "A" | "B") => {
    const tensor = tensorOf(state, `${layer}.${factor}`)
    return Array.from({ length: 3 }, (_, i) => {
      const { count, start, stride } = directionOf(tensor, factor, i)
      return Array.from({ length: count }, (_, k) => tensor.values[start + k * stride]!).join()
    })
  }

  it("of rank one is LoRA of rank one", async () => {
    const one = { rank: 1, alpha: 2 }
    const [found, expected] = [await train(dylora(one), { last: 5 }), await train({ ...lora, ...one }, { last: 5 })]
    for (const part of ["A", "B"]) {
      for (const [at, value] of valuesOf(found.state, part).entries()) {
        expect(value).toBeCloseTo(valuesOf(expected.state, part)[at]!, 5)
      }
    }
  })

  it.each(["frozen", "full"] as const)("moves what its mode says, and nothing else by a bit (%s)", async (mode) => {
    const state = initialState(micro, dylora({ mode }))
    for (const part of ["A", "B"]) stream(2, part).fillUniform(valuesOf(state, part), -0.1, 0.1)
    for (let step = 1; step <= 6; step++) {
      const before = { A: directions(state, "A"), B: directions(state, "B") }
      await train(dylora({ mode }), { state, first: step - 1, last: step, weightDecay: 0.5 })
      const b = rankOf(7, 3, step)
      for (const factor of ["A", "B"] as const) {
        const moved = directions(state, factor).map((direction, i) => direction !== before[factor][i])
        expect(moved).toEqual([0, 1, 2].map((i) => mode === "frozen" ? i === b - 1 : i < b))
      }
    }
  })

  it("draws each rank as often, the same for all layers, and divides alpha by it", () => {
    const { fill } = adaptation(dylora()).fed!(micro)[0]!
    const counts = [0, 0, 0]
    for (let step = 1; step <= 900; step++) {
      const scales = new Float32Array(3)
      fill(scales, step)
      const b = scales.filter((value) => value !== 0).length
      expect([...scales]).toEqual([0, 1, 2].map((i) => i < b ? 6 / b : 0))
      counts[b - 1]! += 1
    }
    for (const count of counts) expect(Math.abs(count - 300)).toBeLessThan(5 * Math.sqrt(200))
  })
})

describe("SwitchLoRA", () => {
  const switching: Method = {
    kind: "switchlora",
    ...pair,
    interval: 3,
    decaySteps: 1e6,
    switchEvery: 1,
    freezeSteps: 5
  }

  it("puts the old vector into the pool and takes the other's moments and counter", async () => {
    const { state } = await train(switching, { last: 4 })
    const [a, pool] = [valuesOf(state, "A").slice(0, 16), valuesOf(state, "A.pool").slice(0, 16)]
    adaptation(switching).events["switch"]!(state, 4)
    // One of each side: A's first direction, and B's half a rank on.
    expect(valuesOf(state, "A").slice(0, 16)).toEqual(pool)
    expect(valuesOf(state, "A.pool").slice(0, 16)).toEqual(a)
    expect([...valuesOf(state, "B.clock")]).toEqual([0, 4, 4])
    expect([...valuesOf(state, "B.frozen")]).toEqual([5, 0, 0])
    expect([...valuesOf(state, "A.clock")]).toEqual([4, 0, 4])
    const { expAvg } = tensorOf(state, `${layer}.B`).moments!
    for (let i = 0; i < 3; i++) {
      expect(expAvg.filter((_, at) => at % 3 === i).every((value) => value === 0)).toBe(i === 0)
    }
    expect([...valuesOf(state, "A.next")]).toEqual([1, 1])
    expect([...valuesOf(state, "B.next")]).toEqual([2, 1])
  })

  it("lets a counterpart stand still for five updates, decay and all", async () => {
    const { state } = await train(switching, { last: 4 })
    adaptation(switching).events["switch"]!(state, 4)
    const column = () => valuesOf(state, "B").filter((_, at) => at % 3 === 0).join()
    const before = column()
    for (let step = 5; step <= 9; step++) {
      await train(switching, { state, first: step - 1, last: step })
      expect(column(), `step ${step}`).toBe(before)
    }
    await train(switching, { state, first: 9, last: 10 })
    expect(column()).not.toBe(before)
    expect(valuesOf(state, "B.clock")[0]).toBe(1)
  })

  it("exchanges as many as its law says, on average", () => {
    const method: Method = { ...switching, interval: 12, decaySteps: 100 }
    const state = initialState(micro, method)
    const turn = () => valuesOf(state, "A.next")[1]!
    let [expected, found] = [0, 0]
    for (let step = 1; step <= 400; step++) {
      const before = turn()
      adaptation(method).events["switch"]!(state, step)
      // The pool has 16 places, taken in turn.
      found += (turn() - before + 16) % 16
      expected += frequency(3, step, 12, 100)
    }
    expect(frequency(3, 100, 12, 100)).toBeCloseTo(0.3 * 0.25, 12)
    expect(expected).toBeGreaterThan(15)
    expect(Math.abs(found - expected)).toBeLessThan(5 * Math.sqrt(expected))
  })
})
