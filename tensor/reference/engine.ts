/** Runs a graph in plain TypeScript and float64: slow and obvious, the oracle of other engines. */
import type { Engine } from "../engine.ts"
import { inputsOf, refuseUnknown } from "../feeds.ts"
import { checkInto, checkOutputs } from "../outputs.ts"
import { evaluate } from "./evaluate.ts"

export const engine: Engine = {
  name: "reference",
  identity: "reference",
  library: "of the project's own",
  compile: async (graph, outputs) => {
    checkOutputs(outputs)
    const names = Object.keys(outputs)
    const nodes = Object.values(outputs)
    const inputs = new Set(inputsOf(graph.nodes).map((input) => input.attributes.name))
    return {
      run: async (feeds, into = {}) => {
        refuseUnknown(feeds, inputs)
        checkInto(into, outputs, feeds)
        const values = evaluate(nodes, feeds)
        return Object.fromEntries(names.map((name, position) => {
          const result = into[name] ?? new Float32Array(values[position]!.length)
          result.set(values[position]!)
          return [name, result]
        }))
      },
      dispose: async () => {}
    }
  }
}
