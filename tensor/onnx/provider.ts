/** Execution providers of onnxruntime: on what it computes, and what to do where one is absent. */
import { createRequire } from "node:module"
import { InferenceSession, listSupportedBackends } from "onnxruntime-node"

export const providers = ["cpu", "cuda", "webgpu"] as const
export type Provider = (typeof providers)[number]

const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string }

/** Package, its version and the provider: what numbers depend on. */
export const identityOf = (provider: Provider): string => `onnxruntime-node@${version} ${provider}`

/** How to get a provider that is absent, or mend one that fails. */
export const remedies: Record<Provider, string> = {
  cpu: "npm ci in the project's folder",
  cuda: "on Linux x64 with an NVIDIA GPU, CUDA 12 and cuDNN 9: ONNXRUNTIME_NODE_INSTALL=cuda12 node " +
    "node_modules/onnxruntime-node/script/install.js (docs/gpu.md)",
  webgpu: "it needs a GPU and its driver: Vulkan on Linux (libvulkan.so.1 and a driver that vulkaninfo lists), Metal on " +
    "macOS, Direct3D 12 on Windows (docs/gpu.md)"
}

/** A session on a provider; an error says which provider is absent, why, and how to get it. */
export const create = async (
  provider: Provider,
  model: Uint8Array,
  options: InferenceSession.SessionOptions
): Promise<InferenceSession> => {
  if (!isInstalled(provider)) throw absent(provider, "its library is not installed")
  // Products in TF32 keep 10 bits of a factor. CUDA's libraries read this when they are loaded.
  if (provider === "cuda") process.env["NVIDIA_TF32_OVERRIDE"] = "0"
  try {
    return await InferenceSession.create(model, { ...options, executionProviders: [provider] })
  } catch (error) {
    if (provider === "cpu") throw error
    throw absent(provider, reasonOf(error), error)
  }
}

/** Whether a provider's library is there. It may still not work: it needs a device. */
export const isInstalled = (provider: Provider): boolean =>
  listSupportedBackends().some(({ bundled, name }) => name === provider && bundled)

const absent = (provider: Provider, reason: string, cause?: unknown) =>
  new Error(
    `the onnx engine's provider ${provider} does not work here: ${reason}. To get it: ${remedies[provider]}. ` +
      "Or compute on the processor: --engine onnx:cpu",
    { cause }
  )

/** onnxruntime's message without the place in its own sources that it begins with. */
const reasonOf = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/^\S*onnxruntime_src\S* .*? was false\. /, "").trim().split("\n")[0]!
}
