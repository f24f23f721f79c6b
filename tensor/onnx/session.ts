import { InferenceSession } from "onnxruntime-node"
import { EngineAbsent } from "../absent.ts"
import { isInstalled, type Provider, remedies } from "./provider.ts"

/** A session on a provider; fails, saying why and how to get it, where the provider is absent. */
export const create = async (
  provider: Provider,
  model: Uint8Array,
  options: InferenceSession.SessionOptions
): Promise<InferenceSession> => {
  const absent = (reason: string, cause?: unknown) =>
    new EngineAbsent(`onnx:${provider}`, reason, remedies[provider], { cause })
  if (!isInstalled(provider)) throw absent("its library is not installed")
  // Products in TF32 keep 10 bits of a factor. CUDA's libraries read this when they are loaded.
  if (provider === "cuda") process.env["NVIDIA_TF32_OVERRIDE"] = "0"
  try {
    return await InferenceSession.create(model, { ...options, executionProviders: [provider] })
  } catch (error) {
    throw provider === "cpu" ? error : absent(reasonOf(error), error)
  }
}

/** onnxruntime's message without the place in its own sources that it begins with. */
const reasonOf = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/^\S*onnxruntime_src\S* .*? was false\. /, "").trim().split("\n")[0]!
}
