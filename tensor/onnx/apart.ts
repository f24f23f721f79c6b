/** A session in a thread of its own: onnxruntime's call does not return before it has computed, and would hold up whoever calls. */
import { dirname } from "node:path"
import { Worker } from "node:worker_threads"
import type * as onnxruntime from "onnxruntime-node"
import type { Dtype } from "../node.ts"
import { manifest } from "./provider.ts"

/** An input or output by its name in the model. */
export interface Bound {
  readonly name: string
  readonly dtype: Dtype
  readonly shape: readonly number[]
  /** What is fed, or where an output is to be written; an output without it gets an array of its own. */
  readonly data?: ArrayBufferView
}

/** A session as both kinds of thread have it. */
export interface Session {
  /** The outputs, in order. */
  readonly run: (inputs: readonly Bound[], outputs: readonly Bound[]) => Promise<readonly Float32Array[]>
  readonly end: () => Promise<void>
}

type Ask =
  | { readonly model: Uint8Array; readonly options: onnxruntime.InferenceSession.SessionOptions }
  | { readonly inputs: readonly Bound[]; readonly outputs: readonly Bound[] }
  | "end"
type Answer = { readonly results: readonly (Float32Array | undefined)[] } | { readonly error: string }

/** Runs in the thread, as text: it uses nothing but its own names and Node's. */
const serve = (): void => {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads")
  const { createRequire } = process.getBuiltinModule("node:module")
  const { InferenceSession, Tensor } = createRequire(`${workerData}/package.json`)(
    workerData
  ) as typeof onnxruntime
  let session: onnxruntime.InferenceSession | undefined
  const answer = async (ask: Ask): Promise<readonly (Float32Array | undefined)[]> => {
    if (ask === "end") await session!.release()
    else if ("model" in ask) session = await InferenceSession.create(ask.model, ask.options)
    else {
      const tensor = ({ data, dtype, shape }: Bound) => data ? new Tensor(dtype, data as Float32Array, shape) : null
      const results = await session!.run(
        Object.fromEntries(ask.inputs.map((input) => [input.name, tensor(input)!])),
        Object.fromEntries(ask.outputs.map((output) => [output.name, tensor(output)]))
      )
      return ask.outputs.map(({ data, name }) => {
        const result = results[name]!.data as Float32Array<ArrayBuffer>
        if (!(data?.buffer instanceof SharedArrayBuffer)) return result
        // What lies in memory that both threads see need not be sent. onnxruntime's binding hands out a copy of it nevertheless, which
        // garbage collection would leave lying beside the next run.
        result.buffer.transfer(0)
        return undefined
      })
    }
    return []
  }
  parentPort!.on("message", (ask: Ask) => {
    answer(ask).then(
      (results) => parentPort!.postMessage({ results }),
      (error: Error) => parentPort!.postMessage({ error: error.message })
    )
  })
}

/** Starts a session on the processor in a thread of its own. */
export const apart = async (
  model: Uint8Array,
  options: onnxruntime.InferenceSession.SessionOptions
): Promise<Session> => {
  const worker = new Worker(`(${serve})()`, { eval: true, workerData: dirname(manifest) })
  const waiting: Array<{
    readonly resolve: (results: readonly (Float32Array | undefined)[]) => void
    readonly reject: (error: Error) => void
  }> = []
  worker.on("message", (answer: Answer) => {
    const { reject, resolve } = waiting.shift()!
    if ("error" in answer) reject(new Error(answer.error))
    else resolve(answer.results)
  })
  worker.on("error", (error: Error) => {
    for (const { reject } of waiting.splice(0)) reject(error)
  })
  const ask = (what: Ask): Promise<readonly (Float32Array | undefined)[]> =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject })
      worker.postMessage(what)
    })
  try {
    await ask({ model, options })
  } catch (error) {
    await worker.terminate()
    throw error
  }
  return {
    run: async (inputs, outputs) => {
      const results = await ask({ inputs, outputs })
      return outputs.map(({ data }, i) => {
        const result = results[i]
        const into = data as Float32Array | undefined
        if (result && into) into.set(result)
        return into ?? result!
      })
    },
    end: async () => {
      try {
        await ask("end")
      } finally {
        await worker.terminate()
      }
    }
  }
}
