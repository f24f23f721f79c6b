import { expect, it } from "vitest"
import { initialise, parameters } from "../../../model/parameters.ts"
import { toTensors, type TrainingState } from "../../../model/state.ts"
import type { Method } from "../../../schemas/model.ts"
import { ModelShape } from "../../../schemas/model.ts"
import { toRows } from "../../../schemas/table.ts"
import { Spectra } from "../../../schemas/tables.ts"
import { body as takeApart } from "../../../stages/checkpoint/body.ts"
import { checkpoint, shownOf } from "../../../stages/checkpoint/stage.ts"
import { body as measure } from "../../../stages/spectra/body.ts"
import { spectra } from "../../../stages/spectra/stage.ts"
import { runBody } from "../run-body.ts"
import { normal } from "./random.ts"

const shape = ModelShape.parse({ width: 48, hidden: 64, layers: 2, heads: 6, kvHeads: 2, vocabulary: 50 })
const rank = 4
const method: Method = {
  kind: "relora",
  rank,
  alpha: 8,
  dropout: 0,
  targets: ["attention", "swiglu"],
  initA: "kaiming",
  mergeScale: "alpha/rank",
  reinitEffective: true,
  optimizerPrune: 0.999,
  seed: 1
}

const initial = (): TrainingState => {
  const weights = initialise(shape, 3)
  return new Map(
    parameters(shape).map(({ name, shape: extents }) => [
      name,
      { shape: extents, values: weights.get(name)! }
    ])
  )
}

it("from a training state to its spectra: the update that adapters made has rank `rank`, scaled by alpha/rank", async () => {
  const before = initial(), now = initial()
  for (const { name, shape: [out, into] } of parameters(shape)) {
    if (!/attention\.|swiglu\./.test(name)) continue
    now.set(`${name}.A`, { shape: [rank, into!], values: normal(`${name}.A`, rank, into!).values as Float32Array })
    now.set(`${name}.B`, { shape: [out!, rank], values: normal(`${name}.B`, out!, rank).values as Float32Array })
  }
  const parts = await runBody(checkpoint, takeApart, { method: shownOf(method) }, {
    state: toTensors(now),
    previous: [{ labels: { step: 0 }, value: toTensors(before) }]
  })
  const measured = await runBody(spectra, measure, {
    step: 10,
    since: 0,
    layers: shape.layers,
    heads: shape.heads,
    kvHeads: shape.kvHeads,
    components: ["v_proj", "o_proj", "w_2", "ov"],
    productDtype: "float32"
  }, { checkpoint: parts.outputs.checkpoint })
  const rows = toRows(Spectra, measured.outputs.spectra)
  expect(rows).toHaveLength(2 * 4 * 4)
  for (const adapter of rows.filter(({ component, kind }) => kind === "adapter" && component !== "ov")) {
    expect(adapter.per).toBeLessThan(rank / Math.min(adapter.rows, adapter.columns))
    const realised = rows.find(({ component, kind, layer }) =>
      kind === "realised" && component === adapter.component && layer === adapter.layer
    )!
    expect([adapter.numerical_rank, realised.numerical_rank]).toEqual([rank, rank])
    expect(realised.condition_number_of_rank / adapter.condition_number_of_rank).toBeCloseTo(1, 5)
    expect(realised.sigma_max / adapter.sigma_max).toBeCloseTo(2, 6)
    expect(realised.frobenius / adapter.frobenius).toBeCloseTo(2, 6)
  }
})
