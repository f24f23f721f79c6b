/** TensorFlow's Node binding: where it may be installed, how it is made to give the same bits, and what is used of it. */
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { EngineAbsent } from "../absent.ts"

/** What is used of a tensor of tfjs. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly dtype: string
  dispose(): void
  dataSync(): Float32Array | Int32Array | Uint8Array
}

/** An attribute of an operation; `type` and, where it names a type, `value` are the binding's numbers. */
export interface OpAttribute {
  readonly name: string
  readonly type: number
  readonly value: number | boolean
}

export type Values = Float32Array | Int32Array | Uint8Array

/** What is used of the binding: numbers of TensorFlow's types. */
interface Binding {
  readonly TF_FLOAT: number
  readonly TF_INT32: number
  readonly TF_BOOL: number
  readonly TF_ATTR_TYPE: number
  readonly TF_ATTR_BOOL: number
  readonly TF_ATTR_INT: number
  readonly TF_Version: string
}

interface Backend {
  readonly binding: Binding
  readonly isUsingGpuDevice: boolean
  executeSingleOutput(name: string, attributes: readonly OpAttribute[], inputs: readonly Tensor[]): Tensor
}

/** What is used of `@tensorflow/tfjs-node`. */
interface Tfjs {
  tensor(values: Values, shape: readonly number[], dtype: "float32" | "int32" | "bool"): Tensor
  backend(): Backend
  memory(): { readonly numTensors: number }
}

export interface Library {
  readonly tfjs: Tfjs
  readonly backend: Backend
  /** Package that carries the binding, e.g. `@tensorflow/tfjs-node@4.22.0`. */
  readonly carrier: string
  /** Version of libtensorflow, e.g. 2.18.1. */
  readonly version: string
  readonly device: "cpu" | "gpu"
}

/** Folder, from the project's root, that `npm run tensorflow:build` fills. */
const buildFolder = ".tensorflow"

/**
 * Settings that TensorFlow reads when it is loaded. Numbers depend on them, so they are set whatever the environment says:
 * on the processor one thread, because TensorFlow shares sums out by the number of threads; deterministic kernels; oneDNN's
 * kernels, which are faster than Eigen's; on a GPU no products in TF32, which keeps 10 bits of a factor. The last two keep it
 * from taking the whole memory of a GPU, of which other processes need a part, and from printing what is no warning.
 */
const environment = {
  TF_NUM_INTRAOP_THREADS: "1",
  TF_NUM_INTEROP_THREADS: "1",
  OMP_NUM_THREADS: "1",
  TF_DETERMINISTIC_OPS: "1",
  TF_ENABLE_ONEDNN_OPTS: "1",
  NVIDIA_TF32_OVERRIDE: "0",
  TF_FORCE_GPU_ALLOW_GROWTH: "true",
  TF_CPP_MIN_LOG_LEVEL: "2"
}

/** Functions of Node's `util` that tfjs calls and Node 23 took away. */
const restoreUtil = (require: NodeJS.Require): void => {
  const util = require("node:util") as Record<string, unknown>
  util["isNullOrUndefined"] ??= (value: unknown) => value === null || value === undefined
  util["isArray"] ??= Array.isArray
}

/** The project's folder: the nearest above this module, bundled or not, that holds its package.json. */
const root = (): string => {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}

/** Where the binding may be, best first: built here on purpose, with a GPU, without. */
const places = (): ReadonlyArray<{ readonly from: string; readonly name: string }> => {
  const folder = root()
  return [
    { from: join(folder, buildFolder, "package.json"), name: "@tensorflow/tfjs-node" },
    { from: join(folder, "package.json"), name: "@tensorflow/tfjs-node-gpu" },
    { from: join(folder, "package.json"), name: "@tensorflow/tfjs-node" }
  ]
}

/** Where TensorFlow's binding is, if anywhere. It may still fail to load. */
const find = (): { readonly manifest: string; readonly name: string } | undefined => {
  for (const { from, name } of places()) {
    if (!existsSync(from)) continue
    try {
      return { manifest: createRequire(from).resolve(`${name}/package.json`), name }
    } catch {
      // Not there.
    }
  }
  return undefined
}

const absent = (reason: string, cause?: unknown) =>
  new EngineAbsent(
    "tensorflow",
    reason,
    "npm run tensorflow:build, which compiles it against the library of a Python package (docs/training.md)",
    { cause }
  )

let loaded: Library | undefined

/** Loads TensorFlow, once in a process. Fails, saying how to get it, where it is not installed. */
export const load = (): Library => {
  if (loaded) return loaded
  const found = find()
  if (!found) {
    throw absent("neither @tensorflow/tfjs-node-gpu nor @tensorflow/tfjs-node is installed")
  }
  const require = createRequire(found.manifest)
  const { version } = require(found.manifest) as { version: string }
  Object.assign(process.env, environment)
  restoreUtil(require)
  let tfjs: Tfjs
  try {
    tfjs = require(dirname(found.manifest)) as Tfjs
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw absent(`${found.name} is installed but cannot be loaded: ${reason.split("\n")[0]}`, error)
  }
  const backend = tfjs.backend()
  loaded = {
    tfjs,
    backend,
    carrier: `${found.name}@${version}`,
    version: backend.binding.TF_Version,
    device: backend.isUsingGpuDevice ? "gpu" : "cpu"
  }
  return loaded
}
