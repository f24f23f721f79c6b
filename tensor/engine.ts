/** What an engine is: it compiles the part of a graph that some outputs need, and runs it on fed arrays. */
import type { Graph } from "./graph.ts"
import type { Node } from "./node.ts"

/** Arrays by the names of a graph's inputs, row-major. int64 inputs take BigInt64Array; uint8 and bool take Uint8Array. */
export type Feeds = Readonly<Record<string, Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array>>

/** Arrays by the names of a compiled graph's outputs, row-major. */
export type Results = Record<string, Float32Array>

export interface CompileOptions {
  /**
   * Threads inside one operation. On one machine the bits of results do not depend on it: an engine that cannot promise
   * that beyond some number of threads uses no more than those.
   */
  readonly threads: number
  /**
   * Whether to compute in a thread of its own where the engine can, so that the caller's is free while a run lasts. Arrays that do
   * not lie in memory that threads share are then copied.
   */
  readonly apart?: boolean
  /** start of the path of a file that says, after `dispose`, what each node cost; for engines that can tell */
  readonly profile?: string
}

export interface Executable {
  /**
   * Runs the program once. Outputs named in `into` are written there instead of into new arrays, and the same arrays
   * are returned; they must not overlap a fed array.
   */
  run(feeds: Feeds, into?: Readonly<Results>): Promise<Results>
  dispose(): Promise<void>
}

export interface Engine {
  /** name that asks for it, its provider included, e.g. `onnx:cpu` */
  readonly name: string
  /**
   * What numbers depend on beside the engine's code and the packages that code imports: the provider, or a library from
   * elsewhere and its device. Begins with the name of the engine's folder.
   */
  readonly identity: string
  /** Package or library that computes, with its version. */
  readonly library: string
  /** Whether arrays that are fed, or written to, may lie in memory that threads share; they may not where it is absent. */
  readonly readsShared?: () => Promise<boolean>
  compile(graph: Graph, outputs: Readonly<Record<string, Node>>, options: CompileOptions): Promise<Executable>
}
