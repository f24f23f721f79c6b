/**
 * What an update changes, in memory that threads share: AdamW works on it in place, on several threads, and an engine reads
 * weights from it and writes gradients to it. Nothing is copied.
 */
import { Worker } from "node:worker_threads"
import { wasm } from "../tensor/kernels/compiled/adamw.ts"
import { moduleOf, pageBytes } from "../tensor/kernels/instance.ts"
import { block, type Factors, fours, type Kernel } from "./adamw.ts"

/** What is kept of a trained tensor. */
export const parts = ["values", "gradient", "expAvg", "expAvgSq"] as const
export type Part = (typeof parts)[number]

export interface Workspace {
  /** The array of a part of a tensor, zeros at first; nothing where the tensor is none of the workspace's. */
  readonly array: (name: string, part: Part) => Float32Array | undefined
  /** AdamW on tensors of the workspace, once; gives the sum of the squared gradient of each. */
  readonly update: (tensors: ReadonlyArray<readonly [name: string, told: Factors]>) => Promise<ReadonlyArray<number>>
  readonly dispose: () => Promise<void>
}

/** Bytes of one memory, unless a tensor needs more. */
const memoryBytes = 2 ** 30
/** What a memory can hold at most. */
const mostBytes = 2 ** 32

/** Blocks from which an update is worth threads. */
const leastShared = 64

/** Numbers that describe a block: its memory, where its four parts begin in it, its elements, and its tensor. */
const columns = 7

/** What threads share of an update. */
interface Shared {
  /** (blocks, columns) */
  readonly blocks: Float64Array
  /** (tensors, 6): see `Factors`. */
  readonly told: Float64Array
  /** Of each block, the sum of its squared gradient. */
  readonly squares: Float64Array
  /** Blocks to do, by number: those to be done next, and how many there are. */
  readonly order: Int32Array
  readonly cursor: Int32Array
}

/** Updates blocks until none is left. It also runs in other threads, as text: it uses nothing but its arguments. */
const work = (kernels: ReadonlyArray<Kernel>, { blocks, cursor, order, squares, told }: Shared): void => {
  for (let at = Atomics.add(cursor, 0, 1); at < cursor[1]!; at = Atomics.add(cursor, 0, 1)) {
    const number = order[at]!
    const of = 7 * number
    const tensor = 6 * blocks[of + 6]!
    squares[number] = kernels[blocks[of]!]!.update(
      blocks[of + 1]!,
      blocks[of + 2]!,
      blocks[of + 3]!,
      blocks[of + 4]!,
      blocks[of + 5]!,
      told[tensor]!,
      told[tensor + 1]!,
      told[tensor + 2]!,
      told[tensor + 3]!,
      told[tensor + 4]!,
      told[tensor + 5]!
    )
  }
}

/** Serves in a thread of its own, as text. */
const serve = (run: typeof work): void => {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads")
  const { memories, module, shared } = workerData as {
    readonly memories: ReadonlyArray<WebAssembly.Memory>
    readonly module: WebAssembly.Module
    readonly shared: Shared
  }
  const kernels = memories.map((memory) =>
    new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernel
  )
  parentPort!.on("message", () => {
    run(kernels, shared)
    parentPort!.postMessage(undefined)
  })
}

const floats = (length: number) => new Float64Array(new SharedArrayBuffer(8 * length))
const integers = (length: number) => new Int32Array(new SharedArrayBuffer(4 * length))

/** Room for tensors of given lengths, and up to `threads` threads, this one among them, to update them. */
export const workspace = (
  lengths: ReadonlyMap<string, number>,
  { threads }: { readonly threads: number }
): Workspace => {
  /** Bytes of a part, whose last four elements are whole. */
  const bytesOf = (length: number) => Math.ceil(4 * fours(length) / 64) * 64
  const sizes: Array<number> = []
  const places = new Map<string, { readonly memory: number; readonly at: number; readonly length: number }>()
  for (const [name, length] of lengths) {
    const needed = parts.length * bytesOf(length)
    if (needed > mostBytes) continue
    const last = sizes.length - 1
    const fits = last >= 0 && sizes[last]! + needed <= memoryBytes
    const memory = fits ? last : sizes.push(0) - 1
    places.set(name, { memory, at: sizes[memory]!, length })
    sizes[memory]! += needed
  }
  const memories = sizes.map((bytes) => {
    const pages = Math.ceil(bytes / pageBytes)
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  })
  const module = moduleOf(wasm)
  const kernels = memories.map((memory) =>
    new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernel
  )

  const arrays = new Map<string, Float32Array>()
  const described: Array<number> = []
  const blocksOf = new Map<string, readonly [first: number, end: number]>()
  for (const [tensor, [name, { at, length, memory }]] of [...places].entries()) {
    const begins = parts.map((_, part) => at + part * bytesOf(length))
    for (const [part, begin] of begins.entries()) {
      arrays.set(`${name} ${parts[part]}`, new Float32Array(memories[memory]!.buffer, begin, length))
    }
    const first = described.length / columns
    for (let start = 0; start < length; start += block) {
      const count = fours(Math.min(block, length - start))
      described.push(memory, ...begins.map((begin) => begin + 4 * start), count, tensor)
    }
    blocksOf.set(name, [first, described.length / columns])
  }
  const count = described.length / columns
  const shared: Shared = {
    blocks: floats(described.length),
    told: floats(6 * places.size),
    squares: floats(count),
    order: integers(count),
    cursor: integers(2)
  }
  shared.blocks.set(described)
  const tensorNumber = new Map([...places.keys()].map((name, number) => [name, number]))

  const started: Array<Worker> = []
  const start = () => {
    while (started.length < threads - 1) {
      started.push(
        new Worker(`(${serve})(${work})`, { eval: true, workerData: { memories, module, shared } })
      )
    }
  }
  /** A thread's answer to one message. */
  const answer = (worker: Worker): Promise<void> =>
    new Promise((resolve, reject) => {
      const ended = (act: () => void) => {
        worker.off("message", done).off("error", failed)
        act()
      }
      const done = () => ended(resolve)
      const failed = (error: Error) => ended(() => reject(error))
      worker.on("message", done).on("error", failed)
      worker.postMessage(undefined)
    })

  return {
    array: (name, part) => arrays.get(`${name} ${part}`),
    update: async (tensors) => {
      let asked = 0
      for (const [name, told] of tensors) {
        shared.told.set(told, 6 * tensorNumber.get(name)!)
        const [first, end] = blocksOf.get(name)!
        for (let number = first; number < end; number++) shared.order[asked++] = number
      }
      shared.cursor.set([0, asked])
      if (asked >= leastShared) start()
      const answers = asked >= leastShared ? started.map(answer) : []
      work(kernels, shared)
      await Promise.all(answers)
      return tensors.map(([name]) => {
        const [first, end] = blocksOf.get(name)!
        return shared.squares.subarray(first, end).reduce((sum, value) => sum + value, 0)
      })
    },
    dispose: async () => void await Promise.all(started.splice(0).map((worker) => worker.terminate()))
  }
}
