/** What the published runs cost up to step 20,000. */
import type { PublishedMethod, PublishedSize } from "./models.ts"

/**
 * Hours of wall time, and of all GPUs together (A100 80 GB: 16 for the baselines, 4 for ReLoRA). Not a clean comparison of
 * speed: devices, accumulation and how often was evaluated differ.
 */
export const costs: ReadonlyArray<{
  readonly size: PublishedSize
  readonly method: PublishedMethod
  readonly gpus: number
  readonly gpuHours: number
  readonly wallHours: number
}> = [
  { size: "tiny", method: "full-rank", gpus: 16, gpuHours: 847.37, wallHours: 52.96 },
  { size: "tiny", method: "relora", gpus: 4, gpuHours: 732.7, wallHours: 183.17 },
  { size: "small", method: "full-rank", gpus: 16, gpuHours: 980.56, wallHours: 61.29 },
  { size: "small", method: "relora", gpus: 4, gpuHours: 863.47, wallHours: 215.87 }
]
