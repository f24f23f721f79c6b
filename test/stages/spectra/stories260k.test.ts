import { describe, expect, it } from "vitest"
import { statistics } from "../../../stages/spectra/statistics.ts"
import { singularValues } from "../../../tensor/kernels/singular-values.ts"
import { load, present, reference } from "../../fixtures/stories260k.ts"

/** Names in the reference: llama's. */
const names: Readonly<Record<string, string>> = {
  tok_embeddings: "embedding_proj",
  wq: "attention.q_proj",
  wk: "attention.k_proj",
  wv: "attention.v_proj",
  wo: "attention.o_proj",
  w1: "swiglu.w_0",
  w2: "swiglu.w_2",
  w3: "swiglu.w_1"
}

describe.skipIf(!present)("every matrix of a trained model (skipped where stories260K is not on the machine)", () => {
  it("has numpy's singular values, effective rank and condition number", () => {
    const { tensors } = load()
    const svd = Object.entries(reference().svd)
    expect(svd).toHaveLength(36)
    for (const [name, known] of svd) {
      const { shape, values } = tensors.get(name.replace(/[a-z0-9_]+$/, (last) => names[last]!))!
      expect(shape).toEqual(known.shape)
      const [rows, columns] = known.shape
      const sigma = singularValues(values, rows, columns, name)
      const near = (actual: number, expected: number, tolerance: number) =>
        expect(Math.abs(actual / expected - 1), `${name}: ${actual} for ${expected}`).toBeLessThan(tolerance)
      known.top5.forEach((expected, index) => near(sigma[index]!, expected, 1e-12))
      near(sigma.at(-1)!, known.min, 1e-10)
      near(sigma.reduce((total, value) => total + value, 0), known.sum, 1e-12)
      const found = statistics(sigma, 0)
      near(found.frobenius, known.fro, 1e-12)
      near(found.proportionalEffectiveRank * sigma.length, known.effective_rank_entropy, 1e-12)
      near(found.conditionNumber, known.condition_number, 1e-10)
    }
  })
})
