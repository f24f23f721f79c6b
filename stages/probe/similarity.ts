/** How alike the activations of an arm's checkpoints are. */
import { setImmediate } from "node:timers/promises"
import type { Body } from "../../pipeline/stage.ts"
import { fromRows, type Row } from "../../schemas/table.ts"
import { Similarity } from "../../schemas/tables.ts"
import { cka } from "./cka.ts"
import { components, layerName } from "./layers.ts"
import { activations, pwcca } from "./pwcca.ts"
import type { similarity } from "./stage.ts"
import { finderOf } from "./tensors.ts"

/** Each checkpoint beside the last, then beside the one before it; rows by layer, component, step and step compared with. */
export const body = async (io: Body<typeof similarity>): Promise<void> => {
  const { layers } = io.config
  const probes = (await io.read.probes())
    .map(({ labels, value }) => ({ step: Number(labels["step"]), find: finderOf(value, "probe") }))
    .sort((a, b) => a.step - b.step)
  const steps = probes.map(({ step }) => step)
  const last = steps.at(-1)!
  const pairs = steps.flatMap((step, at): ReadonlyArray<readonly [step: number, other: number]> => [
    ...at > 0 ? [[step, steps[at - 1]!] as const] : [],
    ...step === last ? [] : [[step, last] as const]
  ])
  const rows: Array<Row<typeof Similarity>> = []
  for (let layer = 0; layer < layers; layer++) {
    for (const component of components) {
      const name = layerName(layer, component)
      const prepared = new Map(
        probes.map((
          { find, step }
        ) => [step, activations(find(name, "activation"), `activations of ${name} at step ${step}`)])
      )
      for (const [step, other] of pairs) {
        const x = prepared.get(step)!, y = prepared.get(other)!
        rows.push({
          step,
          other,
          layer,
          component,
          samples: x.centred.rows,
          cka: cka(x.centred, y.centred),
          pwcca: pwcca(x, y)
        })
      }
      io.progress({
        done: layer * components.length + components.indexOf(component) + 1,
        total: layers * components.length,
        unit: "layers"
      })
      await setImmediate() // lets an interruption through
      io.signal.throwIfAborted()
    }
  }
  await io.write.similarity(fromRows(Similarity, rows))
}
