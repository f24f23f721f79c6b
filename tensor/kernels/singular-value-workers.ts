/** Singular values of many matrices, on several threads where that pays. */
import { Worker } from "node:worker_threads"
import { checkedScale, descending, notConverged, room, singularValues, write } from "./singular-values.ts"
import { compiledModule, type Kernel, kernel } from "./svd/kernel.ts"

export interface Solver {
  /** As `singularValues`; the bits do not depend on the thread. */
  readonly values: (
    matrix: ArrayLike<number>,
    rows: number,
    columns: number,
    name: string
  ) => Promise<Float64Array>
  /** Ends the threads. */
  readonly dispose: () => Promise<void>
}

interface Task {
  readonly size: number
  readonly length: number
  /** The matrix as the kernel reads it. */
  readonly matrix: Float64Array<ArrayBuffer>
}
/** Singular values in no order; nothing where they did not converge. */
type Answer = Float64Array | undefined

/** Work in size²·length up to which no threads are started: they take as long to start as it takes, a few hundredths of a second. */
const startAfter = 1e8

/** Runs in a thread of its own, as text: it uses nothing but its own names and Node's. */
const serve = (): void => {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads")
  const memory = new WebAssembly.Memory({ initial: 1 })
  const { decompose, matrixPlace, plan, valuesPlace } = new WebAssembly.Instance(workerData, { env: { memory } })
    .exports as unknown as Kernel
  parentPort!.on("message", ({ length, matrix, size }: Task) => {
    const lacking = Math.ceil((plan(size, length, 0) * 8 - memory.buffer.byteLength) / 65_536)
    if (lacking > 0) memory.grow(lacking)
    const numbers = new Float64Array(memory.buffer)
    numbers.set(matrix, matrixPlace())
    const answer: Answer = decompose() ? numbers.slice(valuesPlace(), valuesPlace() + size) : undefined
    parentPort!.postMessage(answer)
  })
}

/** One thread, and what it has still to answer, in order. */
interface Thread {
  readonly worker: Worker
  readonly waiting: Array<{ readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void }>
}

const start = (module: WebAssembly.Module): Thread => {
  const worker = new Worker(`(${serve})()`, { eval: true, workerData: module })
  const waiting: Thread["waiting"] = []
  worker.on("message", (answer: Answer) => waiting.shift()?.resolve(answer))
  worker.on("error", (error: Error) => {
    for (const { reject } of waiting.splice(0)) reject(error)
  })
  return { worker, waiting }
}

/** Solves on up to `threads` threads beside this one; with one, or where the compiled kernel cannot run, on this one. */
export const solver = (threads: number): Solver => {
  const module = threads > 1 ? compiledModule() : undefined
  const started: Array<Thread> = []
  let work = 0

  const send = (task: Task): Promise<Answer> => {
    if (started.length < threads && started.every(({ waiting }) => waiting.length > 0)) started.push(start(module!))
    const free = started.reduce((best, one) => one.waiting.length < best.waiting.length ? one : best)
    return new Promise((resolve, reject) => {
      free.waiting.push({ resolve, reject })
      free.worker.postMessage(task, [task.matrix.buffer])
    })
  }

  return {
    values: async (matrix, rows, columns, name) => {
      const size = Math.min(rows, columns), length = Math.max(rows, columns)
      work += size * size * length
      if (!module || work < startAfter) return singularValues(matrix, rows, columns, name)
      const scale = checkedScale(matrix, rows, columns, name)
      if (scale === undefined) return new Float64Array(size)
      const steps = kernel()
      steps.plan(size, length, 0)
      const stride = steps.rowStride()
      const laidOut = new Float64Array(room(rows, columns, stride))
      write(laidOut, matrix, rows, columns, scale, stride)
      const values = await send({ size, length, matrix: laidOut })
      if (!values) throw new Error(notConverged(name))
      return descending(values, scale)
    },
    dispose: async () => {
      await Promise.all(started.splice(0).map(({ worker }) => worker.terminate()))
    }
  }
}
