/** Whether onnxruntime's binding takes arrays in memory that threads share: it does where Node does (24 does, 20 does not). */
import { Tensor } from "onnxruntime-node"
import { Graph } from "../graph.ts"
import { lower } from "./lower.ts"
import { encode } from "./messages.ts"
import { inputName, outputName } from "./program.ts"
import { create } from "./session.ts"

const attempt = async (): Promise<boolean> => {
  const graph = new Graph()
  const session = await create("cpu", encode(lower({ y: graph.neg(graph.input("x", [1])) })), { logSeverityLevel: 4 })
  const arrays = new Float32Array(new SharedArrayBuffer(8))
  arrays[0] = 1
  try {
    await session.run(
      { [inputName("x")]: new Tensor("float32", arrays.subarray(0, 1), [1]) },
      { [outputName("y")]: new Tensor("float32", arrays.subarray(1), [1]) }
    )
    return arrays[1] === -1
  } catch {
    return false
  } finally {
    await session.release()
  }
}

let answer: Promise<boolean> | undefined

export const readsShared = (): Promise<boolean> => answer ??= attempt()
