import { dirname } from "node:path"
import { describe, expect, it } from "vitest"
import { estimate, type Hardware } from "../../pipeline/estimate.ts"
import type { Instance } from "../../pipeline/graph.ts"
import { stateSize, trainingFlops } from "../../stages/arm.ts"
import { readStudy } from "../../stages/study-file.ts"
import { graphOf } from "../../stages/study.ts"
import { relora } from "../model/methods.ts"
import { small, tiny } from "../model/shapes.ts"

const paper = new URL("../../studies/paper.yaml", import.meta.url).pathname

/** NVIDIA's data sheet of the A100 SXM of 80 GB: bf16 on tensor cores, and the bandwidth of its memory. */
const a100 = { peak: 312e12, bandwidth: 2.039e12 }

/** GPU-hours of the published runs up to step 20,000 (arXiv 2509.12960, metadata of its runs). */
const published = {
  "pretrain/tiny/full-rank/42": 847.37,
  "pretrain/small/full-rank/42": 980.56,
  "pretrain/tiny/relora-published/42": 732.7,
  "pretrain/small/relora-published/42": 863.47
}

describe("the paper's study on an A100", () => {
  const { instances } = graphOf(readStudy(paper).study, { folder: dirname(paper), environment: {} })
  const hours = (hardware: Hardware) => {
    const { groups } = estimate(instances, hardware)
    return Object.keys(published).map((run) => groups.get(run)!.seconds / 3600)
  }

  it("takes the published GPU-hours within a quarter, all four runs at one utilisation", () => {
    const found = hours({ ...a100, utilisation: 0.13 })
    for (const [index, expected] of Object.values(published).entries()) {
      expect(found[index]! / expected, Object.keys(published)[index]!).toBeGreaterThan(0.8)
      expect(found[index]! / expected, Object.keys(published)[index]!).toBeLessThan(1.25)
    }
  })

  it("would take a hundredth of that by its operations alone: it waits for memory", () => {
    const found = hours({ peak: a100.peak, utilisation: 1 })
    for (const [index, expected] of Object.values(published).entries()) {
      expect(found[index]!).toBeLessThan(expected / 50)
    }
  })

  it("is told with the bytes of its states", () => {
    const { all, groups } = estimate(instances, { ...a100, utilisation: 1 })
    // Checkpoints at multiples of 1,000 and 100 steps after those of 2,000: 30 segments.
    const states = 30 * stateSize(small, { kind: "full-rank" })
    expect(stateSize(small, { kind: "full-rank" })).toBe(12 * 64_595_328)
    expect(groups.get("pretrain/small/full-rank/42")!.bytes).toBe(states)
    expect(all.bytes).toBeGreaterThan(2 * states)
  })
})

describe("operations of training", () => {
  const [tokens, length] = [1000, 2048]
  const attention = 6 * 12 * 96 * length

  it("are 6 for each parameter that multiplies, and attention's 6·L·D·T, a token", () => {
    const multiplying = 11_282_784 - 50_304 * 96
    expect(trainingFlops(tiny, { kind: "full-rank" }, length, tokens)).toBe(tokens * (6 * multiplying + attention))
  })

  it("are 4 for each frozen one", () => {
    const method = relora({ rank: 16, alpha: 32 })
    const [total, trained] = [11_682_144 - 50_304 * 96, 10_060_128 - 50_304 * 96]
    expect(trainingFlops(tiny, method, length, tokens)).toBe(
      tokens * (6 * trained + 4 * (total - trained) + attention)
    )
  })
})

it("an instance takes its operations and its traffic, by what of the hardware is reached; of unknown work, no time", () => {
  const instance = (id: string, flops: number, traffic: number) =>
    ({ id, flops, traffic, size: 5, memory: undefined }) as unknown as Instance
  const { all, groups, unknown } = estimate(
    [instance("a/x/1", 600, 80), instance("a/x/2", 600, 0), instance("b", 0, 80)],
    { peak: 100, bandwidth: 20, utilisation: 0.5 }
  )
  expect(groups.get("a/x")).toMatchObject({ instances: 2, seconds: 12 + 8 + 12, flops: 1200, bytes: 10 })
  expect(all).toMatchObject({ instances: 3, seconds: 32, bytes: 15 })
  expect(unknown).toEqual(["b"])
})
