/** Runs a graph operation by operation in TensorFlow, on a GPU where its library has one, else on the processor. */
import type { Engine } from "../engine.ts"
import { fed, inputsOf, refuseUnknown } from "../feeds.ts"
import { describe } from "../graph.ts"
import { live } from "../live.ts"
import type { Node } from "../node.ts"
import { checkInto, checkOutputs } from "../outputs.ts"
import { Calls } from "./calls.ts"
import { load, type Tensor } from "./library.ts"
import { step } from "./lower.ts"

/** The engine, once its library is loaded; fails, saying how to get it, where it is not installed. */
export const tensorflow = (): Engine => {
  const library = load()
  const { carrier, device, version } = library
  return {
    name: "tensorflow",
    identity: `tensorflow ${carrier} libtensorflow@${version} ${device}`,
    library: `${carrier} libtensorflow@${version} ${device}`,
    // TensorFlow was told its threads when it was loaded (library.ts).
    compile: async (graph, outputs) => {
      checkOutputs(outputs)
      const declared = new Set(inputsOf(graph.nodes).map((input) => input.attributes.name))
      const calls = new Calls(library)
      const nodes = live(Object.values(outputs))
      const wanted = new Set(Object.values(outputs))
      const program = nodes.map((node) => ({ node, step: stepOf(calls, node), freed: [] as Node[] }))
      const lastUse = new Map<Node, (typeof program)[number]>()
      for (const entry of program) for (const input of entry.node.inputs) lastUse.set(input, entry)
      for (const [node, entry] of lastUse) if (!wanted.has(node) && !isKept(node)) entry.freed.push(node)

      return {
        run: async (feeds, into = {}) => {
          // Operations run while JavaScript waits: between two runs messages and signals get their turn.
          await new Promise(setImmediate)
          refuseUnknown(feeds, declared)
          checkInto(into, outputs, feeds)
          const values = new Map<Node, Tensor>()
          try {
            for (const { freed, node, step } of program) {
              values.set(
                node,
                node.op === "input"
                  ? calls.tensor(fed(feeds, node, { float64: false }) as ArrayLike<number>, node.shape, node.dtype)
                  : compute(calls, node, step, node.inputs.map((input) => values.get(input)!))
              )
              for (const done of freed) {
                values.get(done)!.dispose()
                values.delete(done)
              }
            }
            return Object.fromEntries(
              Object.entries(outputs).map(([name, node]) => {
                const result = into[name] ??
                  new Float32Array(node.shape.reduce((product, extent) => product * extent, 1))
                result.set(values.get(node)!.dataSync())
                return [name, result]
              })
            )
          } finally {
            for (const [node, tensor] of values) if (!isKept(node)) tensor.dispose()
          }
        },
        dispose: async () => calls.dispose()
      }
    }
  }
}

/** Whether a node's tensor lives as long as the program. */
const isKept = ({ op }: Node): boolean => op === "constant" || op === "scalar"

const stepOf = (calls: Calls, node: Node): () => Tensor => {
  if (node.op === "scalar") {
    const tensor = calls.scalar(node.attributes.value)
    return () => tensor
  }
  if (node.op === "constant") {
    const tensor = calls.keep(`constant ${node.id}`, () => calls.tensor(node.attributes.data, node.shape, node.dtype))
    return () => tensor
  }
  return step(calls, node)
}

const compute = (calls: Calls, node: Node, step: (...inputs: Tensor[]) => Tensor, inputs: Tensor[]): Tensor => {
  try {
    return calls.only(() => step(...inputs))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`tensorflow: ${describe(node)}: ${reason}`, { cause: error })
  }
}
