/** What the activations and gradients of a checkpoint look like, and its intruder dimensions. */
import type { Body } from "../../pipeline/stage.ts"
import { fromRows, type Row } from "../../schemas/table.ts"
import { Dynamics, Intruders } from "../../schemas/tables.ts"
import { type Solver, solver } from "../../tensor/kernels/singular-value-workers.ts"
import { entries } from "../spectra/entries.ts"
import type { Matrix } from "../spectra/matrix.ts"
import { roundingFloor } from "../spectra/rounding-floor.ts"
import { statistics } from "../spectra/statistics.ts"
import { anisotropy } from "./anisotropy.ts"
import { intruders, threshold } from "./intruders.ts"
import { components, layerName } from "./layers.ts"
import { ovGradients } from "./ov-gradients.ts"
import { spectral } from "./spectral.ts"
import type { dynamics } from "./stage.ts"
import { finder, finderOf } from "./tensors.ts"

const parts = ["activation", "gradient", "gradient_A", "gradient_B"] as const

/** Rows come by layer, then component, ov_heads last, then head, then kind. */
export const body = async (io: Body<typeof dynamics>): Promise<void> => {
  const { layers, step } = io.config
  const probe = finder(await io.read.probe())
  const now = finder(await io.read.checkpoint())
  const first = finderOf(await io.read.initial(), "initial checkpoint")
  const found: Array<Row<typeof Dynamics>> = []
  const strange: Array<Row<typeof Intruders>> = []
  const solve = solver(io.threads)
  try {
    for (let layer = 0; layer < layers; layer++) {
      for (const component of components) {
        const name = layerName(layer, component)
        for (const kind of parts) {
          const matrix = probe(name, kind)
          if (!matrix) continue
          found.push({
            step,
            layer,
            component,
            head: -1,
            kind,
            ...await measured(matrix, `${kind} of ${name} at step ${step}`, solve),
            anisotropy: kind === "activation" ? anisotropy(matrix) : NaN
          })
        }
        const weight = now(name, "effective")
        if (weight) {
          const { intruders: count, leastSimilarity, top } = intruders(weight, first(name, "effective"), name)
          strange.push({ step, layer, component, top, threshold, intruders: count, least_similarity: leastSimilarity })
        } else if (!now(name, "product")) {
          throw new Error(`the checkpoint holds neither effective nor product of ${name}: it belongs to another model`)
        }
        io.signal.throwIfAborted()
      }
      const circuits = ovGradients(layer, io.config, now, (name) => probe(name, "gradient"), step)
      found.push(...circuits.map((circuit) => ({ step, layer, component: "ov_heads", ...circuit })))
      io.progress({ done: layer + 1, total: layers, unit: "layers" })
    }
  } finally {
    await solve.dispose()
  }
  await io.write.dynamics(fromRows(Dynamics, found))
  await io.write.intruders(fromRows(Intruders, strange))
}

const measured = async (matrix: Matrix, name: string, solve: Solver) => {
  const { columns, rows, values } = matrix
  const sigma = await solve.values(values, rows, columns, name)
  const found = statistics(sigma, roundingFloor("float32", matrix, sigma[0]!))
  const { gini, hoyer, maxAbs } = entries(values)
  return { rows, columns, ...spectral(found), max_abs: maxAbs, gini, hoyer }
}
