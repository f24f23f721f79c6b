import type { Engine } from "./engine.ts"
import type { Provider } from "./onnx/provider.ts"

/** Where each engine lives; it is loaded when asked for, so that no engine is a burden to others. */
const onnx = (provider: Provider) => () => import("./onnx/engine.ts").then((module) => module.onnx(provider))

const engines: Record<string, () => Promise<Engine>> = {
  "onnx:cpu": onnx("cpu"),
  "onnx:cuda": onnx("cuda"),
  "onnx:webgpu": onnx("webgpu"),
  tensorflow: () => import("./tensorflow/engine.ts").then((module) => module.tensorflow()),
  reference: () => import("./reference/engine.ts").then((module) => module.engine)
}

export const engineNames: readonly string[] = Object.keys(engines)

/** The engine of a name, e.g. "onnx:cuda"; "onnx" is "onnx:cpu". Fails, with a remedy, where its library is absent. */
export const engine = async (name: string): Promise<Engine> => {
  const full = name === "onnx" ? "onnx:cpu" : name
  const load = Object.hasOwn(engines, full) ? engines[full] : undefined
  if (!load) throw new Error(`there is no tensor engine "${name}"; known are ${engineNames.join(", ")}`)
  return load()
}
