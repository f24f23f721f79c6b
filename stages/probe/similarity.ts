/** How alike the activations of an arm's checkpoints are. */
import type { Body } from "../../pipeline/stage.ts"
import { fromRows, type Row } from "../../schemas/table.ts"
import { Similarity } from "../../schemas/tables.ts"
import { cka } from "./cka.ts"
import { components, layerName } from "./layers.ts"
import { pwcca } from "./pwcca.ts"
import type { similarity } from "./stage.ts"
import { finderOf } from "./tensors.ts"

/** Each checkpoint beside the last, then beside the one before it; rows by step, step compared with, layer and component. */
export const body = async (io: Body<typeof similarity>): Promise<void> => {
  const { layers } = io.config
  const probes = (await io.read.probes())
    .map(({ labels, value }) => ({ step: Number(labels["step"]), find: finderOf(value, "probe") }))
    .sort((a, b) => a.step - b.step)
  const last = probes.at(-1)!
  const pairs = probes.flatMap((one, at) => {
    const before = probes[at - 1]
    return [...before ? [[one, before] as const] : [], ...one === last ? [] : [[one, last] as const]]
  })
  const rows: Array<Row<typeof Similarity>> = []
  for (const [index, [one, other]] of pairs.entries()) {
    for (let layer = 0; layer < layers; layer++) {
      for (const component of components) {
        const name = layerName(layer, component)
        const x = one.find(name, "activation"), y = other.find(name, "activation")
        rows.push({
          step: one.step,
          other: other.step,
          layer,
          component,
          samples: x.rows,
          cka: cka(x, y),
          pwcca: pwcca(x, y, `activations of ${name} at steps ${one.step} and ${other.step}`)
        })
      }
      io.signal.throwIfAborted()
    }
    io.progress({ done: index + 1, total: pairs.length, unit: "pairs" })
  }
  await io.write.similarity(fromRows(Similarity, rows))
}
