/** Singular values of many matrices, on several threads where that pays. */
import { Worker } from "node:worker_threads"
import { checkedScale, descending, notConverged, room, singularValues, write } from "./singular-values.ts"
import { compiledModule, type Kernel } from "./svd/kernel.ts"

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

/** Entries as they are sent to a thread. */
type Entries = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>

interface Task {
  readonly rows: number
  readonly columns: number
  readonly scale: number
  readonly entries: Entries
}
/** Singular values of each task, in no order; nothing where they did not converge. */
type Answers = ReadonlyArray<Float64Array | undefined>

/** Work in size²·length up to which no threads are started: they take as long to start as it takes, a few hundredths of a second. */
const startAfter = 1e8

/** Work that is sent at once: a message costs tens of microseconds, and a few milliseconds are little to wait for at the end. */
const bundleWork = 1e7

/** Runs in a thread of its own, as text: it uses nothing but its own names, what it is given, and Node's. */
const serve = (roomOf: typeof room, writeTo: typeof write): void => {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads")
  const memory = new WebAssembly.Memory({ initial: 1 })
  const { decompose, matrixPlace, plan, rowStride, valuesPlace } = new WebAssembly.Instance(workerData, {
    env: { memory }
  })
    .exports as unknown as Kernel
  const solve = ({ columns, entries, rows, scale }: Task): Answers[number] => {
    const size = Math.min(rows, columns)
    const lacking = Math.ceil((plan(size, Math.max(rows, columns), 0) * 8 - memory.buffer.byteLength) / 65_536)
    if (lacking > 0) memory.grow(lacking)
    const numbers = new Float64Array(memory.buffer)
    const start = matrixPlace()
    const stride = rowStride()
    writeTo(numbers.subarray(start, start + roomOf(rows, columns, stride)), entries, rows, columns, scale, stride)
    return decompose() ? numbers.slice(valuesPlace(), valuesPlace() + size) : undefined
  }
  parentPort!.on("message", (tasks: ReadonlyArray<Task>) => parentPort!.postMessage(tasks.map(solve)))
}

/** One to whom an answer is promised. */
interface Asker {
  readonly resolve: (answer: Answers[number]) => void
  readonly reject: (error: Error) => void
}
interface Bundle {
  tasks: Array<Task>
  askers: Array<Asker>
  work: number
}
const empty = (): Bundle => ({ tasks: [], askers: [], work: 0 })

/** One thread, and what it has still to answer, in order. */
interface Thread {
  readonly worker: Worker
  readonly waiting: Array<Bundle>
}

const start = (module: WebAssembly.Module): Thread => {
  const worker = new Worker(`(${serve})(${room}, ${write})`, { eval: true, workerData: module })
  const waiting: Thread["waiting"] = []
  worker.on("message", (answers: Answers) => {
    waiting.shift()?.askers.forEach(({ resolve }, index) => resolve(answers[index]))
  })
  worker.on("error", (error: Error) => {
    for (const { askers } of waiting.splice(0)) for (const { reject } of askers) reject(error)
  })
  return { worker, waiting }
}

/** Entries of a matrix in memory of their own, to be given away; of floats as floats, which a thread can widen. */
const copyOf = (matrix: ArrayLike<number>): Entries =>
  matrix instanceof Float32Array ? new Float32Array(matrix) : new Float64Array(matrix)

const load = ({ waiting }: Thread): number => waiting.reduce((sum, { work }) => sum + work, 0)

/** Solves on up to `threads` threads beside this one; with one, or where the compiled kernel cannot run, on this one. */
export const solver = (threads: number): Solver => {
  const module = threads > 1 ? compiledModule() : undefined
  const started: Array<Thread> = []
  let work = 0
  let gathered = empty()

  const send = (): void => {
    if (gathered.tasks.length === 0) return
    const bundle = gathered
    gathered = empty()
    if (started.length < threads && started.every(({ waiting }) => waiting.length > 0)) started.push(start(module!))
    const free = started.reduce((best, one) => load(one) < load(best) ? one : best)
    free.waiting.push(bundle)
    free.worker.postMessage(bundle.tasks, bundle.tasks.map(({ entries }) => entries.buffer))
  }

  const ask = (task: Task, work: number): Promise<Answers[number]> =>
    new Promise((resolve, reject) => {
      // a lone matrix waits for no other: what was asked for in this turn goes out at its end
      if (gathered.tasks.length === 0) queueMicrotask(send)
      gathered.tasks.push(task)
      gathered.askers.push({ resolve, reject })
      gathered.work += work
      if (gathered.work >= bundleWork) send()
    })

  return {
    values: async (matrix, rows, columns, name) => {
      const size = Math.min(rows, columns)
      const own = size * size * Math.max(rows, columns)
      work += own
      if (!module || work < startAfter) return singularValues(matrix, rows, columns, name)
      const scale = checkedScale(matrix, rows, columns, name)
      if (scale === undefined) return new Float64Array(size)
      const values = await ask({ rows, columns, scale, entries: copyOf(matrix) }, own)
      if (!values) throw new Error(notConverged(name))
      return descending(values, scale)
    },
    dispose: async () => {
      await Promise.all(started.splice(0).map(({ worker }) => worker.terminate()))
    }
  }
}
