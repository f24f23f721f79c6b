/** What holds of every method (docs/methods.md). */
import { describe, expect, it } from "vitest"
import { jumpOf } from "../../../model/jump.ts"
import { adaptation } from "../../../model/method.ts"
import { plusProduct } from "../../../model/methods/adapter-product.ts"
import { type Linear, parameters } from "../../../model/parameters.ts"
import { fromTensors, tensorOf, toTensors, type TrainingState } from "../../../model/state.ts"
import { kinds } from "../../../schemas/method.ts"
import { scaleOf, stateSize } from "../../../stages/arm.ts"
import { gradients } from "../../../tensor/differentiate.ts"
import { engine } from "../../../tensor/engines.ts"
import { Graph } from "../../../tensor/graph.ts"
import { singularValues } from "../../../tensor/kernels/singular-values.ts"
import { stream } from "../../../tensor/random.ts"
import { bareState, initialState, weightOf } from "../methods.ts"
import { micro } from "../shapes.ts"
import { samples } from "./samples.ts"
import { digest, train } from "./training.ts"

it("every method has a sample", () => {
  expect([...new Set(samples.map(([, { method }]) => method.kind))].toSorted()).toEqual(kinds.toSorted())
})

const layer = parameters(micro).find(({ name }) => name === "layers.1.swiglu.w_1")! as Linear

/** Draws all tensors of a state that a forward pass sees anew, so that none is zero. */
const moved = (state: TrainingState, seen: ReadonlySet<string>): TrainingState => {
  for (const [name, { values }] of state) if (seen.has(name)) stream(5, name).fillUniform(values, -0.5, 0.5)
  return state
}

describe.each(samples)(
  "%s",
  (_, { merged, method, noWeight, plain = method, preserving = [], rankOfProduct, straightThrough }) => {
    const adapted = adaptation(method)
    const tensors = adapted.tensors(micro)
    const seen = new Set(tensors.filter(({ optimizer }) => !optimizer).map(({ name }) => name))

    it("keeps the memory that it claims: its tensors, and moments of what AdamW moves", async () => {
      const { state } = await train(method, { last: 2 })
      const { data, name } = toTensors(state)
      const held = data.filter((_, row) => !name[row]!.endsWith(".step")).reduce((sum, { length }) => sum + length, 0)
      expect(held).toBe(stateSize(micro, method))
      expect([...state.keys()]).toEqual(tensors.map(({ name }) => name))
    })

    it("learns", async () => {
      const { losses } = await train(method, { last: 40 })
      expect(losses.at(-1)).toBeLessThan(losses[0]! * 0.75)
    })

    it("moves what it trains, and nothing else but what its optimizer keeps", async () => {
      const { state } = await train(method, { last: 3 })
      const before = initialState(micro, method)
      for (const { moved, name, optimizer, trained } of tensors) {
        const same = tensorOf(state, name).values.every((value, at) => value === tensorOf(before, name).values[at])
        if (!optimizer) expect(same, name).toBe(!(moved ?? trained))
      }
    })

    it("goes on from its table with the same bits, before and after each event", async () => {
      for (const event of ["", ...Object.keys(adapted.events)]) {
        const events = event === "" ? {} : { 2: event }
        const { state } = await train(method, { last: 2, events })
        if (event !== "") expect(digest(state), event).not.toBe(digest((await train(method, { last: 2 })).state))
        const read = fromTensors(toTensors(state))
        expect(digest(read)).toBe(digest(state))
        const [one, other] = [
          await train(method, { state, first: 2, last: 4 }),
          await train(method, { state: read, first: 2, last: 4 })
        ]
        expect(other.losses, event).toEqual(one.losses)
        expect(digest(other.state), event).toBe(digest(one.state))
      }
    })

    it("keeps the effective weights at the events that are to", async () => {
      for (const event of preserving) {
        const { state } = await train(method, { last: 3 })
        const { jump } = jumpOf(state, micro, adapted.parts, () => adapted.events[event]!(state, 3))
        expect(jump, event).toBeLessThan(1e-6)
      }
    })

    it("reads a state without its tensors as plain weights", () => {
      const state = bareState(micro)
      for (const { name } of parameters(micro)) {
        expect(adapted.parts(state, name).effective).toEqual(tensorOf(state, name).values)
      }
    })

    if (noWeight !== undefined) {
      it(`has no effective weight: ${noWeight}`, () => {
        const state = initialState(micro, method)
        expect(adapted.parts(state, layer.name).effective).toBeUndefined()
        expect(jumpOf(state, micro, adapted.parts, () => {}).jump).toBeNaN()
      })
      return
    }

    it("has an effective weight that is its base and its pair's product, scaled as the probe is told", () => {
      const state = moved(initialState(micro, method), seen)
      const { base, effective, pair, shape: [out, into] } = weightOf(method, state, layer.name)
      if (!pair) return expect(scaleOf(method)).toBeNull()
      const sum = plusProduct(base ?? new Float32Array(out! * into!), ...pair, scaleOf(method)!)
      for (const [at, value] of sum.entries()) expect(effective[at]).toBeCloseTo(value, 5)
    })

    if (merged === undefined) {
      it("multiplies by its effective weight, and its gradients are those through it", async () => {
        const state = moved(initialState(micro, plain), seen)
        const [out, into] = layer.shape
        const rows = 6
        const graph = new Graph()
        const x = graph.input("x", [rows, into]), weights = graph.input("weights", [rows, out])
        const inputs = new Map([...seen].map((name) => [name, graph.input(name, tensorOf(state, name).shape)]))
        const fed = adapted.fed?.(micro) ?? []
        const numbers = new Map(fed.map(({ name, shape }) => [name, graph.input(name, shape)]))
        const y = adaptation(plain).linear(graph, layer, x, {
          tensor: (name) => inputs.get(name)!,
          mask: (name, shape) => graph.cast(graph.input(name, shape, "uint8"), "float32"),
          fed: (name) => numbers.get(name)!,
          entered: () => x
        })
        const own = tensors.filter(({ name, trained }) => trained && name.startsWith(layer.name)).map(({ name }) =>
          name
        )
          .filter((name) => straightThrough === undefined || !name.endsWith(straightThrough))
        const found = gradients(
          graph,
          graph.reduceSum(graph.mul(y, weights), [0, 1]),
          own.map((name) => inputs.get(name)!)
        )
        const outputs = { y, ...Object.fromEntries(own.map((name, at) => [name, found[at]!])) }
        const program = await (await engine("reference")).compile(graph, outputs, { threads: 1 })
        const draw = (name: string, size: number) => stream(3, name).fillUniform(new Float32Array(size), -1, 1)
        const given = { x: draw("x", rows * into), weights: draw("weights", rows * out) }
        const feeds = Object.fromEntries(fed.map(({ fill, name, shape }) => {
          const data = new Float32Array(shape.reduce((a, b) => a * b, 1))
          fill(data, 0)
          return [name, data]
        }))
        const results = await program.run({
          ...Object.fromEntries([...seen].map((name) => [name, tensorOf(state, name).values])),
          ...feeds,
          ...given
        })
        await program.dispose()

        const effective = () => Float64Array.from(weightOf(plain, state, layer.name).effective)
        const w = effective()
        // dL/dW of L = Σ weights ∘ (x Wᵀ)
        const ofWeight = new Float64Array(out * into)
        for (let n = 0; n < rows; n++) {
          for (let o = 0; o < out; o++) {
            let sum = 0
            for (let i = 0; i < into; i++) {
              sum += given.x[n * into + i]! * w[o * into + i]!
              ofWeight[o * into + i]! += given.weights[n * out + o]! * given.x[n * into + i]!
            }
            expect(results["y"]![n * out + o]).toBeCloseTo(sum, 4)
          }
        }
        expect(own.length).toBeGreaterThan(0)
        for (const name of own) {
          const tensor = tensorOf(state, name)
          const kept = tensor.values.slice(), direction = draw(name, kept.length)
          const at = (by: number) => {
            tensor.values = kept.map((value, i) => value + by * direction[i]!)
            const found = effective()
            tensor.values = kept
            return found
          }
          const h = 2 ** -8
          const [above, below] = [at(h), at(-h)]
          const expected = ofWeight.reduce((sum, g, i) => sum + g * (above[i]! - below[i]!) / (2 * h), 0)
          const derivative = direction.reduce((sum, d, i) => sum + d * results[name]![i]!, 0)
          expect(Math.abs(derivative - expected), name).toBeLessThan(2e-3 * Math.max(1, Math.abs(expected)))
        }
      })
    }

    if (rankOfProduct !== undefined) {
      it("adds to its base no more rank than its pair has", async () => {
        const { state } = await train(method, { last: 5 })
        const { base, effective, shape: [out, into] } = weightOf(method, state, layer.name)
        const sigma = singularValues(
          Float64Array.from(effective, (value, at) => value - (base?.[at] ?? 0)),
          out!,
          into!
        )
        expect(sigma[rankOfProduct - 1]).toBeGreaterThan(1e-6 * sigma[0]!)
        expect(sigma[rankOfProduct] ?? 0).toBeLessThan(1e-6 * sigma[0]!)
      })
    }
  }
)
