/** ResLoRA: adapters joined to those of the layers before. Its gradients are held by test/model/training-graph.test.ts. */
import { describe, expect, it } from "vitest"
import type { Inputs } from "../../../model/adaptation.ts"
import { decoder } from "../../../model/decoder.ts"
import { adaptation } from "../../../model/method.ts"
import { plusProduct } from "../../../model/methods/adapter-product.ts"
import { before } from "../../../model/methods/reslora.ts"
import { type Linear, parameters } from "../../../model/parameters.ts"
import { tensorOf, type TrainingState } from "../../../model/state.ts"
import { trainingGraph } from "../../../model/training-graph.ts"
import { Arm } from "../../../schemas/method.ts"
import type { Method } from "../../../schemas/model.ts"
import { inWords, trainingFlops } from "../../../stages/arm.ts"
import { engine } from "../../../tensor/engines.ts"
import { Graph } from "../../../tensor/graph.ts"
import type { Node } from "../../../tensor/node.ts"
import { stream } from "../../../tensor/random.ts"
import { initialState, weightOf } from "../methods.ts"
import { micro } from "../shapes.ts"
import { digest, train } from "./training.ts"

type Reslora = Extract<Method, { kind: "reslora" }>
const targets = ["attention", "swiglu"]
const reslora = (changes: Partial<Reslora> = {}): Reslora => ({
  kind: "reslora",
  rank: 3,
  alpha: 6,
  dropout: 0,
  targets,
  initA: "kaiming",
  shortcut: "block",
  previous: 1,
  seed: 7,
  ...changes
})
const deep = { ...micro, layers: 4 }
const kind = "attention.v_proj"
const nameOf = (layer: number) => `layers.${layer}.${kind}`
const shapeOf = (layer: number) => parameters(deep).find(({ name }) => name === nameOf(layer))! as Linear
const scale = 2
const into = shapeOf(0).shape[1]

/** A state whose B are no longer zero. */
const moved = (method: Reslora): TrainingState => {
  const state = initialState(deep, method)
  for (const [name, { values }] of state) if (name.endsWith(".B")) stream(1, name).fillUniform(values, -0.5, 0.5)
  return state
}
const valuesOf = (state: TrainingState, name: string) => tensorOf(state, name).values
const pairOf = (state: TrainingState, layer: number) =>
  [
    tensorOf(state, `${nameOf(layer)}.A`),
    tensorOf(state, `${nameOf(layer)}.B`)
  ] as const
const size = (values: ArrayLike<number>) => Math.hypot(...Array.from(values))

/** What a layer gives, with what went into each layer of its kind. */
const run = async (method: Reslora, state: TrainingState, layer: number, entered: ReadonlyArray<Float32Array>) => {
  const rows = entered[0]!.length / into
  const graph = new Graph()
  const inputs = entered.map((_, l) => graph.input(`x${l}`, [rows, into]))
  const tensors = new Map<string, Node>()
  const tensor = (of: string) => {
    const made = tensors.get(of) ?? graph.input(of, tensorOf(state, of).shape)
    tensors.set(of, made)
    return made
  }
  const given: Inputs = {
    tensor,
    mask: () => {
      throw new Error("no dropout here")
    },
    fed: tensor,
    entered: (of) => inputs[[0, 1, 2, 3].findIndex((l) => nameOf(l) === of)]!
  }
  const { linear } = adaptation(method)
  const [y] = inputs.slice(0, layer + 1).map((x, l) => linear(graph, shapeOf(l), x, given)).slice(-1) as [Node]
  const program = await (await engine("reference")).compile(graph, { y }, { threads: 1 })
  const used = graph.nodes.filter(({ op }) => op === "input").map((node) => (node.attributes as { name: string }).name)
  const feeds = Object.fromEntries(
    used.map((of) => [of, /^x\d$/.test(of) ? entered[Number(of.slice(1))]! : valuesOf(state, of)])
  )
  const found = await program.run(feeds)
  await program.dispose()
  return found["y"]!
}

/** x Wᵀ of a matrix (out, in). */
const times = (x: Float32Array, w: ArrayLike<number>, into: number): Float64Array => {
  const [rows, out] = [x.length / into, w.length / into]
  return Float64Array.from({ length: rows * out }, (_, at) => {
    const [row, o] = [Math.floor(at / out), at % out]
    let sum = 0
    for (let i = 0; i < into; i++) sum += x[row * into + i]! * w[o * into + i]!
    return sum
  })
}
const productOf = (state: TrainingState, a: number, b: number) =>
  plusProduct(undefined, pairOf(state, a)[0], pairOf(state, b)[1], scale)
const close = (found: ArrayLike<number>, wanted: ArrayLike<number>) => {
  for (let at = 0; at < wanted.length; at++) expect(found[at]).toBeCloseTo(wanted[at]!, 4)
}
const entered = [0, 1, 2, 3].map((l) => stream(9, `x${l}`).fillUniform(new Float32Array(5 * into), -1, 1))
const plus = (...terms: ReadonlyArray<ArrayLike<number>>) =>
  Float32Array.from(terms[0]!, (_, at) => terms.reduce((sum, term) => sum + term[at]!, 0))

describe("ResLoRA's shortcuts", () => {
  it("are from adapted layers of the same kind, the nearest first", () => {
    expect(before({ previous: 1, targets }, nameOf(0))).toEqual([])
    expect(before({ previous: 2, targets }, nameOf(3))).toEqual([nameOf(2), nameOf(1)])
    expect(before({ previous: "all", targets }, nameOf(3))).toEqual([nameOf(2), nameOf(1), nameOf(0)])
    expect(before({ previous: 1, targets: ["layers.0.", "layers.3."] }, nameOf(3))).toEqual([nameOf(0)])
  })

  it("of inputs add what went into the layer before, in the first layer its own input", async () => {
    const method = reslora({ shortcut: "input" })
    const state = moved(method)
    for (const layer of [0, 2]) {
      const joined = plus(entered[layer]!, entered[Math.max(0, layer - 1)]!)
      const wanted = plus(
        times(entered[layer]!, valuesOf(state, nameOf(layer)), into),
        times(joined, productOf(state, layer, layer), into)
      )
      close(await run(method, state, layer, entered), wanted)
    }
  })

  it("of blocks add the pairs before, and are a weight", async () => {
    const method = reslora({ previous: 2 })
    const state = moved(method)
    for (const layer of [0, 1, 3]) {
      const pairs = [layer, layer - 1, layer - 2].filter((l) => l >= 0).map((l) => productOf(state, l, l))
      const whole = plus(valuesOf(state, nameOf(layer)), ...pairs)
      close(weightOf(method, state, nameOf(layer)).effective, whole)
      close(await run(method, state, layer, entered), times(entered[layer]!, whole, into))
    }
  })

  it("of middles add what the layers' own A give", async () => {
    const method = reslora({ shortcut: "middle", previous: "all" })
    const state = moved(method)
    const layer = 2
    const wanted = plus(
      times(entered[layer]!, valuesOf(state, nameOf(layer)), into),
      ...[0, 1, 2].map((l) => times(entered[l]!, productOf(state, l, layer), into))
    )
    close(await run(method, state, layer, entered), wanted)
  })

  it("reach into no layer where none is before: of blocks and middles the first layer is LoRA's", async () => {
    const one = { ...micro, layers: 1 }
    const { kind: _, previous: __, shortcut: ___, ...pair } = reslora()
    const lora: Method = { kind: "lora", ...pair }
    for (const shortcut of ["block", "middle"] as const) {
      const found = await train(reslora({ shortcut }), { last: 4, shape: one })
      expect(digest(found.state)).toBe(digest((await train(lora, { last: 4, shape: one })).state))
    }
  })
})

describe("ResLoRA's merge", () => {
  it("puts a multiple of a layer's own input for the one before's, by the sizes of merged weights", () => {
    const method = reslora({ shortcut: "input" })
    const state = moved(method)
    const merged = [0, 1, 2, 3].map((layer) => weightOf(method, state, nameOf(layer)).effective)
    const factors = [1, 1, size(merged[0]!) / size(merged[1]!), size(merged[1]!) / size(merged[2]!)]
    for (const [layer, factor] of factors.entries()) {
      close(
        merged[layer]!,
        plus(valuesOf(state, nameOf(layer)), productOf(state, layer, layer).map((value) => (1 + factor) * value))
      )
    }
  })

  it("of middles keeps each layer's own directions", () => {
    const method = reslora({ shortcut: "middle", previous: 2 })
    const state = moved(method)
    const merged = [0, 1, 2, 3].map((layer) => weightOf(method, state, nameOf(layer)).effective)
    const [near, far] = [size(merged[1]!) / size(merged[2]!), size(merged[0]!) / size(merged[2]!)]
    close(
      merged[3]!,
      plus(
        valuesOf(state, nameOf(3)),
        productOf(state, 3, 3),
        productOf(state, 2, 3).map((value) => near * value),
        productOf(state, 1, 3).map((value) => far * value)
      )
    )
  })

  it("gives what the layer gives, where what went into the one before is that multiple", async () => {
    for (const shortcut of ["input", "middle"] as const) {
      const method = reslora({ shortcut })
      const state = moved(method)
      const merged = weightOf(method, state, nameOf(2)).effective
      const [first, second] = [0, 1].map((layer) => size(weightOf(method, state, nameOf(layer)).effective))
      const x = entered[2]!
      const others = [...entered]
      others[1] = x.map((value) => value * first! / second!)
      close(await run(method, state, 2, others), times(x, merged, into))
    }
  })
})

/** Logits of a model in training, or of its merged weights, for two rows of tokens. */
const logits = async (method: Reslora, state: TrainingState, merged: boolean): Promise<Float32Array> => {
  const graph = new Graph()
  const [rows, length] = [2, 7]
  const weights = new Map(
    parameters(deep).map(({ name }) => [name, Float32Array.from(weightOf(method, state, name).effective)])
  )
  const values = (name: string) => merged ? weights.get(name)! : valuesOf(state, name)
  const names = merged ? [...weights.keys()] : [...state.keys()]
  const inputs = new Map(names.map((name) => [name, graph.input(name, tensorOf(state, name).shape)]))
  const tensor = (name: string) => inputs.get(name)!
  const entered = new Map<string, Node>()
  const given: Inputs = {
    tensor,
    mask: () => {
      throw new Error("no dropout here")
    },
    fed: tensor,
    entered: (name) => entered.get(name)!
  }
  const { linear } = adaptation(method)
  const hidden = decoder(graph, deep, graph.input("tokens", [rows, length], "int32"), {
    tensor,
    linear: (layer, x) => {
      entered.set(layer.name, x)
      return merged ? graph.matmul(x, tensor(layer.name), { transposeB: true }) : linear(graph, layer, x, given)
    }
  })
  const y = graph.matmul(hidden, tensor("de_embedding_proj"), { transposeB: true })
  const program = await (await engine("reference")).compile(graph, { y }, { threads: 1 })
  const tokens = Int32Array.from({ length: rows * length }, (_, at) => (7 * at) % deep.vocabulary)
  const found = await program.run({ tokens, ...Object.fromEntries(names.map((name) => [name, values(name)])) })
  await program.dispose()
  return Float32Array.from(found["y"]!)
}

it.each(
  [
    ["block", 0],
    ["input", 1],
    ["middle", 1]
  ] as const
)("merging ResLoRA's %s shortcuts moves the logits, or not (%i)", async (shortcut, moves) => {
  const method = reslora({ shortcut })
  const state = initialState(deep, method)
  // As training leaves them: small beside the weights.
  for (const [name, { values }] of state) if (name.endsWith(".B")) stream(1, name).fillUniform(values, -0.02, 0.02)
  const [live, merged] = [await logits(method, state, false), await logits(method, state, true)]
  const gap = size(live.map((value, at) => value - merged[at]!)) / size(live)
  if (moves === 0) expect(gap).toBeLessThan(1e-6)
  else {
    // Merging is an approximation, and no arbitrary one: it keeps more of the change than leaving the pairs out would.
    expect(gap).toBeGreaterThan(1e-4)
    const bare: TrainingState = new Map(state)
    for (const [name, tensor] of state) {
      if (name.endsWith(".B")) bare.set(name, { ...tensor, values: new Float32Array(tensor.values.length) })
    }
    const without = await logits(method, bare, false)
    expect(size(live.map((value, at) => value - merged[at]!))).toBeLessThan(
      size(live.map((value, at) => value - without[at]!))
    )
  }
})

it("ResLoRA's merge rule is named wherever its arm is described, where weights are those of a merge", () => {
  const words = (shortcut: string) => inWords(Arm.parse({ method: "reslora", shortcut }))
  for (const shortcut of ["input", "middle"]) expect(words(shortcut)).toContain("merged by the sizes of weights")
  expect(words("block")).not.toContain("merged")
})

it("ResLoRA's layers cannot be made anew one by one, which is said", () => {
  expect(() => trainingGraph(micro, adaptation(reslora()), { rows: 1, length: 8, recompute: true })).toThrow(
    /cannot be made anew/
  )
})

it("counts the work of pairs that are gone through once more", () => {
  const { kind: _, previous: __, shortcut: ___, ...pair } = reslora()
  const work = (method: Method) => trainingFlops(deep, method, 16, 100)
  const lora = work({ kind: "lora", ...pair })
  expect(work(reslora({ shortcut: "input" }))).toBe(lora)
  // Of middles what A gave stands ready.
  expect(work(reslora({ shortcut: "middle" }))).toBe(lora)
  expect(work(reslora())).toBeGreaterThan(lora)
  expect(work(reslora({ previous: "all" }))).toBeGreaterThan(work(reslora()))
})
