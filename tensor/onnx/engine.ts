/** Runs a graph as one static ONNX model in onnxruntime, by one of its execution providers. */
import { Tensor } from "onnxruntime-node"
import type { Engine } from "../engine.ts"
import { fed, inputsOf, refuseUnknown } from "../feeds.ts"
import { live } from "../live.ts"
import { checkInto, checkOutputs } from "../outputs.ts"
import { lower } from "./lower.ts"
import { encode } from "./messages.ts"
import { mostThreads } from "./product.ts"
import { inputName, outputName } from "./program.ts"
import { library, type Provider } from "./provider.ts"
import { create } from "./session.ts"
import { readsShared } from "./shared.ts"

/** The engine that runs on a provider. What the provider lacks runs on the processor; see `docs/training.md`. */
export const onnx = (provider: Provider): Engine => ({
  name: `onnx:${provider}`,
  identity: `onnx:${provider}`,
  library,
  readsShared,
  compile: async (graph, outputs, { profile, threads }) => {
    checkOutputs(outputs)
    const declared = new Set(inputsOf(graph.nodes).map((input) => input.attributes.name))
    const inputs = inputsOf(live(Object.values(outputs)))
    // The level is pinned because it decides which kernels run, and so the last bits of results.
    const session = await create(provider, encode(lower(outputs, { portable: provider !== "cpu" })), {
      graphOptimizationLevel: "basic",
      executionMode: "sequential",
      // A plan of all memory is laid beside what the first run had already taken: nearly twice the memory, for no time.
      enableMemPattern: false,
      intraOpNumThreads: Math.min(threads, mostThreads),
      interOpNumThreads: 1,
      logSeverityLevel: 3,
      ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile })
    })
    return {
      run: async (feeds, into = {}) => {
        refuseUnknown(feeds, declared)
        checkInto(into, outputs, feeds)
        const fedTensors = inputs.map((input) => {
          const data = fed(feeds, input, { float64: false })
          return [inputName(input.attributes.name), new Tensor(input.dtype, data as Float32Array, input.shape)] as const
        })
        const fetches = Object.entries(outputs).map(([name, { shape }]) => {
          const target = into[name]
          return [outputName(name), target ? new Tensor("float32", target, shape) : null] as const
        })
        const results = await session.run(Object.fromEntries(fedTensors), Object.fromEntries(fetches))
        return Object.fromEntries(
          Object.keys(outputs).map((name) => [name, into[name] ?? results[outputName(name)]!.data as Float32Array])
        )
      },
      dispose: async () => {
        if (profile !== undefined) session.endProfiling()
        await session.release()
      }
    }
  }
})
