import type { Engine } from "./engine.ts"

/** Where each engine lives. A module exports `engine`; it is loaded when asked for, so that no engine is a burden to others. */
const engines: Record<string, () => Promise<{ readonly engine: Engine }>> = {
  onnx: () => import("./onnx/engine.ts"),
  reference: () => import("./reference/engine.ts")
}

/** The engine of a name, e.g. "onnx". */
export const engine = async (name: string): Promise<Engine> => {
  const load = Object.hasOwn(engines, name) ? engines[name] : undefined
  if (!load) throw new Error(`there is no tensor engine "${name}"; known are ${Object.keys(engines).join(", ")}`)
  return (await load()).engine
}
