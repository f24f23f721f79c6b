/** Execution providers of onnxruntime: on what it computes. */
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

export const providers = ["cpu", "cuda", "webgpu"] as const
export type Provider = (typeof providers)[number]

/** Manifest of the package. */
export const manifest = createRequire(import.meta.url).resolve("onnxruntime-node/package.json")
const { version } = createRequire(import.meta.url)(manifest) as { readonly version: string }

/** The package and its version. */
export const library = `onnxruntime-node@${version}`

/** Whether a provider's library is there. It may still not work: it needs a device and its driver. */
export const isInstalled = (provider: Provider): boolean =>
  provider !== "cuda" ||
  existsSync(
    join(dirname(manifest), "bin/napi-v6", process.platform, process.arch, "libonnxruntime_providers_cuda.so")
  )

/** How to get a provider that is absent, or mend one that fails. */
export const remedies: Record<Provider, string> = {
  cpu: "npm ci in the project's folder",
  cuda: "on Linux x64 with an NVIDIA GPU, CUDA 12 and cuDNN 9: ONNXRUNTIME_NODE_INSTALL=cuda12 node " +
    "node_modules/onnxruntime-node/script/install.js (docs/gpu.md)",
  webgpu:
    "a GPU with its driver: Vulkan on Linux (libvulkan.so.1 and a driver that vulkaninfo lists), Metal on macOS, " +
    "Direct3D 12 on Windows (docs/gpu.md)"
}
