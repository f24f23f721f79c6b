/** Runs a graph as one static ONNX model in onnxruntime, by one of its execution providers. */
import { type InferenceSession, Tensor } from "onnxruntime-node"
import type { Engine } from "../engine.ts"
import { fed, inputsOf, refuseUnknown } from "../feeds.ts"
import { live } from "../live.ts"
import type { Node } from "../node.ts"
import { checkInto, checkOutputs } from "../outputs.ts"
import { apart, type Bound, type Session } from "./apart.ts"
import { lower } from "./lower.ts"
import { encode } from "./messages.ts"
import { mostThreads } from "./product.ts"
import { inputName, outputName } from "./program.ts"
import { library, type Provider } from "./provider.ts"
import { type Rows, rowsOf } from "./rows.ts"
import { create } from "./session.ts"
import { readsShared } from "./shared.ts"

/** The engine that runs on a provider. What the provider lacks runs on the processor; see `docs/training.md`. */
export const onnx = (provider: Provider): Engine => ({
  name: `onnx:${provider}`,
  identity: `onnx:${provider}`,
  library,
  readsShared,
  compile: async (graph, outputs, { apart: alone = false, profile, threads }) => {
    checkOutputs(outputs)
    const declared = new Set(inputsOf(graph.nodes).map((input) => input.attributes.name))
    const nodes = live(Object.values(outputs))
    const inputs = inputsOf(nodes)
    const portable = provider !== "cpu"
    const rows = portable ? new Map<string, Rows>() : rowsOfInputs(nodes)
    const model = encode(lower(outputs, { portable }))
    const options: InferenceSession.SessionOptions = {
      // The level is pinned because it decides which kernels run, and so the last bits of results.
      graphOptimizationLevel: "basic",
      executionMode: "sequential",
      // A plan of all memory is laid beside what the first run had already taken: nearly twice the memory, for no time.
      enableMemPattern: false,
      intraOpNumThreads: Math.min(threads, mostThreads),
      interOpNumThreads: 1,
      logSeverityLevel: 3,
      ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile })
    }
    // A profile is ended by a call that only this thread has.
    const inThread = alone && provider === "cpu" && profile === undefined && await readsShared()
    const session = inThread ? await apart(model, options) : await here(provider, model, options, profile !== undefined)
    return {
      run: async (feeds, into = {}) => {
        refuseUnknown(feeds, declared)
        checkInto(into, outputs, feeds)
        const whole = inputs.map((input): Bound => ({
          name: inputName(input.attributes.name),
          dtype: input.dtype,
          shape: input.shape,
          data: fed(feeds, input, { float64: false })
        }))
        const parts = Array.from(rows.values(), ({ from, input, name, node, to }): Bound => ({
          name,
          dtype: node.dtype,
          shape: node.shape,
          data: fed(feeds, input, { float64: false }).subarray(from, to)
        }))
        const wanted = Object.entries(outputs).map(([name, { shape }]): Bound => {
          const data = into[name]
          return { name: outputName(name), dtype: "float32", shape, ...(data && { data }) }
        })
        const results = await session.run([...whole, ...parts], wanted)
        return Object.fromEntries(Object.keys(outputs).map((name, i) => [name, results[i]!]))
      },
      dispose: () => session.end()
    }
  }
})

/** Rows of inputs among some nodes, by their names in the model. */
const rowsOfInputs = (nodes: readonly Node[]): ReadonlyMap<string, Rows> =>
  new Map(nodes.flatMap((node) => {
    const rows = rowsOf(node)
    return rows ? [[rows.name, rows]] : []
  }))

/** A session in this thread, which waits while it runs. */
const here = async (
  provider: Provider,
  model: Uint8Array,
  options: InferenceSession.SessionOptions,
  profiled: boolean
): Promise<Session> => {
  const session = await create(provider, model, options)
  const tensor = ({ data, dtype, shape }: Bound) => data ? new Tensor(dtype, data as Float32Array, shape) : null
  return {
    run: async (inputs, outputs) => {
      const results = await session.run(
        Object.fromEntries(inputs.map((input) => [input.name, tensor(input)!])),
        Object.fromEntries(outputs.map((output) => [output.name, tensor(output)]))
      )
      return outputs.map(({ data, name }) => data as Float32Array | undefined ?? results[name]!.data as Float32Array)
    },
    end: async () => {
      if (profiled) session.endProfiling()
      await session.release()
    }
  }
}
