/** Holds training against what the PyTorch reference (bench/reference/) found on the same weights, batches and masks. */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { armsOf, type Case, firstGradients, train } from "../../bench/reference/cases.ts"
import { givenTensors } from "../../bench/reference/exchange.ts"
import { type Golden, type Sample, sampled } from "../../bench/reference/golden.ts"
import { encode } from "../../model/safetensors.ts"

const golden = JSON.parse(
  readFileSync(new URL("../fixtures/fidelity.json", import.meta.url), "utf8")
) as Golden

/** Largest difference of norms and entries, as a share of the tensor's norm; entries weigh as if all differed alike. */
const distance = (ours: Sample, theirs: Sample, size: number): number => {
  if (theirs.norm === 0) return ours.norm
  const entries = ours.entries.map((entry, i) => Math.abs(entry - theirs.entries[i]!))
  return Math.max(Math.abs(ours.norm - theirs.norm), Math.sqrt(size) * Math.max(...entries)) / theirs.norm
}

const worst = (
  ours: ReadonlyMap<string, Float32Array>,
  theirs: Readonly<Record<string, Sample>>
): readonly [name: string, distance: number] => {
  expect([...ours.keys()].sort()).toEqual(Object.keys(theirs).sort())
  return Array.from(ours, ([name, data]) => [name, distance(sampled(data), theirs[name]!, data.length)] as const)
    .reduce((most, entry) => entry[1] > most[1] ? entry : most, ["", 0] as const)
}

/** Tests of one case: every arm, step by step. */
export const agreesWithReference = (given: Case): void =>
  describe.each(Object.entries(armsOf(given)))(`${given.name} %s`, (name, arm) => {
    const expected = golden[`${given.name} ${name}`]!

    it("is given what the reference was given", () => {
      const hash = createHash("sha256")
      for (const part of encode(givenTensors(given, arm))) hash.update(part)
      // Draws, masks or the case have changed: run bench/fidelity.ts --golden (bench/README.md).
      expect(hash.digest("hex")).toBe(expected.inputs)
    })

    it("has the reference's gradients at step 0, to 1e-5 of each tensor's norm", async () => {
      const [tensor, apart] = worst(await firstGradients(given, arm), expected.gradients)
      expect(apart, tensor).toBeLessThan(1e-5)
    })

    it("has the reference's losses for 200 steps, to 1e-5 at step 0 and 1e-3 nats after, and ends in its state", async () => {
      const { metrics, state } = await train(given, arm)
      expect(metrics).toHaveLength(200)
      expect(metrics.filter(({ event }) => event === "merge").map(({ step }) => step)).toEqual(
        arm.method === "relora" ? [51, 101, 151] : []
      )
      expect(Math.abs(metrics[0]!.loss / expected.losses[0]! - 1)).toBeLessThan(1e-5)
      for (const [i, { gradient_norm, loss, step }] of metrics.entries()) {
        expect(Math.abs(loss - expected.losses[i]!), `loss of step ${step}`).toBeLessThan(1e-3)
        expect(Math.abs(gradient_norm / expected.gradientNorms[i]! - 1), `gradient of step ${step}`).toBeLessThan(1e-2)
      }
      const values = new Map(Array.from(state, ([tensor, { values }]) => [tensor, values] as const))
      const [tensor, apart] = worst(values, expected.state)
      expect(apart, tensor).toBeLessThan(1e-2)
    })
  })
