import { describe, expect, it } from "vitest"
import { noMoments } from "../../../model/adamw.ts"
import { decoder } from "../../../model/decoder.ts"
import { adaptation } from "../../../model/method.ts"
import { plusProduct } from "../../../model/methods/adapter-product.ts"
import { count, type Linear } from "../../../model/parameters.ts"
import { tensorOf, type TrainingState } from "../../../model/state.ts"
import { engine } from "../../../tensor/engines.ts"
import { Graph } from "../../../tensor/graph.ts"
import { stream } from "../../../tensor/random.ts"
import { bareState, initialState, relora } from "../methods.ts"
import { micro, small, tiny } from "../shapes.ts"

const layer = "layers.1.swiglu.w_2"

/** A state in the middle of training: adapters moved, moments filled. */
const trainedState = (method = relora()): TrainingState => {
  const state = initialState(micro, method)
  for (const { name, shape, trained } of adaptation(method).tensors(micro)) {
    const tensor = tensorOf(state, name)
    if (/\.[AB]$/.test(name)) stream(3, name).fillUniform(tensor.values, -0.5, 0.5)
    if (!trained) continue
    tensor.moments = { ...noMoments(shape.reduce((a, b) => a * b, 1)), step: 12 }
    tensor.moments.expAvg.fill(1)
    tensor.moments.expAvgSq.fill(1)
  }
  return state
}

const effective = (state: TrainingState, scale: number) =>
  plusProduct(tensorOf(state, layer).values, tensorOf(state, `${layer}.A`), tensorOf(state, `${layer}.B`), scale)

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)

describe("ReLoRA's tensors", () => {
  it("are as many as published", () => {
    const of = (shape: typeof tiny) => {
      const all = adaptation(relora({ rank: 16, alpha: 32 })).tensors(shape)
      return {
        adapters: count(all.filter(({ name }) => /\.[AB]$/.test(name))),
        trained: count(all.filter(({ trained }) => trained)),
        modules: all.filter(({ name }) => name.endsWith(".A")).length
      }
    }
    expect(of(tiny)).toEqual({ adapters: 399_360, trained: 10_060_128, modules: 84 })
    expect(of(small)).toEqual({ adapters: 1_597_440, trained: 40_240_512, modules: 84 })
  })

  it("follow their targets", () => {
    const all = adaptation(relora({ targets: ["v_proj"] })).tensors(micro)
    expect(all.filter(({ trained }) => !trained).map(({ name }) => name)).toEqual([
      "layers.0.attention.v_proj",
      "layers.1.attention.v_proj"
    ])
  })
})

describe("an adapted linear layer", () => {
  const [rows, into, out, rank] = [5, 6, 4, 2]
  const draw = (name: string, size: number) => stream(8, name).fillUniform(new Float32Array(size), -1, 1)
  const [x, w] = [draw("x", rows * into), draw("w", out * into)]
  const [a, b] = [draw("a", rank * into), draw("b", out * rank)]
  const mask = Uint8Array.from({ length: rows * into }, (_, i) => i % 3 === 0 ? 0 : 1)

  it.each([0, 0.2])("is x Wᵀ + s/(1−p) · B(A(m ∘ x)), W's input untouched (p = %f)", async (dropout) => {
    const method = adaptation(relora({ rank, alpha: 6, dropout }))
    const linear: Linear = { name: layer, kind: "linear", shape: [out, into] }
    const graph = new Graph()
    const inputs = new Map([
      [layer, graph.input(layer, [out, into])],
      [`${layer}.A`, graph.input(`${layer}.A`, [rank, into])],
      [`${layer}.B`, graph.input(`${layer}.B`, [out, rank])]
    ])
    const y = method.linear(graph, linear, graph.input("x", [rows, into]), {
      tensor: (name) => inputs.get(name)!,
      mask: (name, shape) => graph.cast(graph.input(name, shape, "uint8"), "float32"),
      fed: (name) => inputs.get(name)!,
      entered: (name) => inputs.get(name)!
    })
    const program = await (await engine("reference")).compile(graph, { y }, { threads: 1 })
    const masks = dropout === 0 ? {} : { [`${layer}.dropout`]: mask }
    const found = await program.run({ x, [layer]: w, [`${layer}.A`]: a, [`${layer}.B`]: b, ...masks })
    await program.dispose()

    const scale = 3 / (1 - dropout)
    for (let n = 0; n < rows; n++) {
      const kept = Array.from({ length: into }, (_, i) => x[n * into + i]! * (dropout === 0 ? 1 : mask[n * into + i]!))
      for (let o = 0; o < out; o++) {
        let expected = 0
        for (let i = 0; i < into; i++) {
          expected += x[n * into + i]! * w[o * into + i]!
          for (let r = 0; r < rank; r++) expected += scale * b[o * rank + r]! * a[r * into + i]! * kept[i]!
        }
        expect(found.y![n * out + o]).toBeCloseTo(expected, 5)
      }
    }
  })

  it("drops a share p of its inputs, others in each layer, step and micro-batch, the same when run again", () => {
    const p = 0.1
    const masks = adaptation(relora({ dropout: p })).masks(micro)
    expect(masks.map(({ name }) => name)).toEqual(
      adaptation(relora()).tensors(micro).filter(({ trained }) => !trained).map(({ name }) => `${name}.dropout`)
    )
    const fill = ([of, step, microBatch]: readonly [mask: number, step: number, microBatch: number]) => {
      const { fill: fillWith, width } = masks[of]!
      const data = new Uint8Array(64 * width)
      fillWith(data, step, microBatch, 16)
      return data
    }
    // The first four masks, of q, k, v and o of the first layer, are equally wide; the eighth is of the second's q.
    const places = [[0, 1, 0], [1, 1, 0], [3, 1, 0], [7, 1, 0], [0, 2, 0], [0, 1, 1], [0, 2, 1]] as const
    const filled = places.map(fill)
    expect(new Set(filled.map((data) => data.join(""))).size).toBe(places.length)
    expect(fill(places[0])).toEqual(filled[0])
    for (const data of filled) {
      expect(data.length).toBe(64 * micro.width)
      expect(data.every((value) => value <= 1)).toBe(true)
      const dropped = data.filter((value) => value === 0).length
      expect(Math.abs(dropped - p * data.length)).toBeLessThan(5 * Math.sqrt(data.length * p * (1 - p)))
    }
  })
})

describe("attaching adapters", () => {
  it("draws A, zeroes B, drops the moments of what freezes, and keeps the others'", () => {
    const state = bareState(micro)
    for (const tensor of state.values()) tensor.moments = { ...noMoments(tensor.values.length), step: 9 }
    expect(adaptation(relora()).attach(state, micro)).toBe("attach")
    expect(tensorOf(state, layer).moments).toBeUndefined()
    expect(tensorOf(state, "output_norm").moments!.step).toBe(9)
    expect(tensorOf(state, `${layer}.A`).moments).toBeUndefined()
    expect(tensorOf(state, `${layer}.B`).values.every((value) => value === 0)).toBe(true)
    const a = tensorOf(state, `${layer}.A`).values
    expect(Math.max(...a.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(micro.hidden))
    expect(new Set(a).size).toBeGreaterThan(10)
  })

  it("keeps adapters that are there", () => {
    const state = trainedState()
    const before = Float32Array.from(tensorOf(state, `${layer}.A`).values)
    expect(adaptation(relora()).attach(state, micro)).toBeUndefined()
    expect(tensorOf(state, `${layer}.A`).values).toEqual(before)
  })

  it("refuses a state of another shape", () => {
    expect(() => adaptation(relora()).attach(bareState(micro), { ...micro, layers: 3 })).toThrow("layers.2")
  })
})

/** Logits of every token of two rows, as a training step makes them, in double precision. */
const logitsOf = async (state: TrainingState, method = relora()): Promise<Float32Array> => {
  const graph = new Graph()
  const [rows, length] = [2, 7]
  const inputs = new Map(Array.from(state, ([name, { shape }]) => [name, graph.input(name, shape)]))
  const tensor = (name: string) => inputs.get(name)!
  const hidden = decoder(graph, micro, graph.input("tokens", [rows, length], "int32"), {
    tensor,
    linear: (linear, x) =>
      adaptation(method).linear(graph, linear, x, {
        tensor,
        mask: () => {
          throw new Error("no dropout here")
        },
        fed: tensor,
        entered: tensor
      })
  })
  const logits = graph.matmul(hidden, tensor("de_embedding_proj"), { transposeB: true })
  const program = await (await engine("reference")).compile(graph, { logits }, { threads: 1 })
  const tokens = Int32Array.from({ length: rows * length }, (_, i) => (7 * i + 3) % micro.vocabulary)
  const found = await program.run({
    ...Object.fromEntries(Array.from(state, ([name, { values }]) => [name, values])),
    tokens
  })
  await program.dispose()
  return found.logits!
}

describe("a merge", () => {
  it("with the scale leaves the logits as they were, without it does not", async () => {
    for (const [mergeScale, least, most] of [["alpha/rank", 0, 1e-5], [1, 0.1, Infinity]] as const) {
      const state = trainedState()
      const before = await logitsOf(state)
      adaptation(relora({ mergeScale })).events["merge"]!(state, 101)
      const moved = largestDifference(await logitsOf(state), before)
      expect(moved, `${mergeScale}`).toBeGreaterThanOrEqual(least)
      expect(moved, `${mergeScale}`).toBeLessThan(most)
    }
  })

  it("with the scale leaves the effective matrix as it was", () => {
    const state = trainedState()
    const before = effective(state, 2)
    adaptation(relora()).events["merge"]!(state, 101)
    expect(largestDifference(effective(state, 2), before)).toBeLessThan(1e-6)
    expect(tensorOf(state, `${layer}.B`).values.every((value) => value === 0)).toBe(true)
  })

  it("without the scale changes it by one product", () => {
    const state = trainedState()
    const [a, b] = [tensorOf(state, `${layer}.A`), tensorOf(state, `${layer}.B`)]
    const product = plusProduct(undefined, { ...a, values: a.values.slice() }, { ...b, values: b.values.slice() }, 1)
    const before = effective(state, 2)
    adaptation(relora({ mergeScale: 1 })).events["merge"]!(state, 101)
    const lost = before.map((value, i) => value - effective(state, 2)[i]!)
    expect(largestDifference(lost, product)).toBeLessThan(1e-6)
  })

  it("draws another A at each step, and the same one when run again", () => {
    const drawn = (step: number) => {
      const state = trainedState()
      adaptation(relora()).events["merge"]!(state, step)
      return tensorOf(state, `${layer}.A`).values
    }
    expect(drawn(101)).toEqual(drawn(101))
    expect(drawn(101)).not.toEqual(drawn(201))
  })

  it("as published keeps the pair, which the next forward pass alone does not see", () => {
    const state = trainedState()
    const before = tensorOf(state, `${layer}.B`).values.slice()
    adaptation(relora({ mergeScale: 1, reinitEffective: false })).events["merge"]!(state, 101)
    const b = tensorOf(state, `${layer}.B`)
    expect(b.values).toEqual(before)
    expect(b.shown!.every((value) => value === 0)).toBe(true)
    expect(tensorOf(state, `${layer}.A`).shown!.some((value) => value !== 0)).toBe(true)
  })

  it("as published adds one product to W, so that the kept pair gives W + 3BA where s is 2, and the shown pair W + BA", () => {
    const state = trainedState()
    const [a, b] = [tensorOf(state, `${layer}.A`), tensorOf(state, `${layer}.B`)]
    const w = tensorOf(state, layer).values.slice()
    const product = plusProduct(undefined, { ...a, values: a.values.slice() }, { ...b, values: b.values.slice() }, 1)
    const plus = (times: number) => Float64Array.from(w, (value, i) => value + times * product[i]!)
    adaptation(relora({ mergeScale: 1, reinitEffective: false })).events["merge"]!(state, 101)
    const base = tensorOf(state, layer).values
    expect(base).toEqual(Float32Array.from(plus(1)))
    expect(largestDifference(effective(state, 2), plus(3))).toBeLessThan(1e-6)
    const shown = plusProduct(base, { ...a, values: a.shown! }, { ...b, values: b.shown! }, 2)
    expect(largestDifference(shown, plus(1))).toBeLessThan(1e-6)
    expect(largestDifference(product, new Float64Array(product.length))).toBeGreaterThan(0.1)
  })

  it("prunes other elements of each moment, each tensor and at each step", () => {
    const pruned = (step: number) => {
      const state = trainedState(relora({ rank: 8 }))
      adaptation(relora({ rank: 8, optimizerPrune: 0.5 })).events["merge"]!(state, step)
      return ["layers.0.attention.q_proj.A", "layers.0.attention.q_proj.B", "layers.1.attention.q_proj.A"].flatMap(
        (name) => {
          const { expAvg, expAvgSq } = tensorOf(state, name).moments!
          return [expAvg.join(""), expAvgSq.join("")]
        }
      )
    }
    expect(new Set([...pruned(101), ...pruned(201)]).size).toBe(12)
    expect(pruned(101)).toEqual(pruned(101))
  })

  it("zeroes the asked share of the pairs' moments, and touches no counter and no other tensor", () => {
    const state = trainedState(relora({ rank: 8 }))
    adaptation(relora({ rank: 8, optimizerPrune: 0.75 })).events["merge"]!(state, 101)
    let [kept, all] = [0, 0]
    for (const [name, { moments }] of state) {
      if (!moments) continue
      expect(moments.step).toBe(12)
      if (!/\.[AB]$/.test(name)) {
        expect(moments.expAvg.every((value) => value === 1)).toBe(true)
        continue
      }
      all += 2 * moments.expAvg.length
      for (const values of [moments.expAvg, moments.expAvgSq]) kept += values.reduce((sum, value) => sum + value, 0)
    }
    expect(Math.abs(kept - all / 4)).toBeLessThan(5 * Math.sqrt(all * 0.75 * 0.25))
  })
})
