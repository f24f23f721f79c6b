/** Singular values of the matrices of a checkpoint, and their statistics. */
import { setImmediate } from "node:timers/promises"
import type { Body } from "../../pipeline/stage.ts"
import type { Columns } from "../../schemas/table.ts"
import type { SingularValues, Spectra } from "../../schemas/tables.ts"
import { singularValues } from "../../tensor/kernels/singular-values.ts"
import { kinds, matrices } from "./matrices.ts"
import type { Matrix } from "./matrix.ts"
import { roundingFloor } from "./rounding-floor.ts"
import type { spectra } from "./stage.ts"
import { type Statistics, statistics } from "./statistics.ts"

/** Rows come by layer, then component as the settings list them, then kind: weight, effective, adapter, realised. */
export const body = async (io: Body<typeof spectra>): Promise<void> => {
  const { components, layers, productDtype, since, step } = io.config
  const matricesOf = matrices(await io.read.checkpoint(), io.config)
  const total = layers * components.length
  const measured: Array<Measured> = []
  for (let layer = 0; layer < layers; layer++) {
    for (const component of components) {
      const kept = matricesOf(layer, component)
      const known = new Map<Matrix, Float64Array>()
      for (const kind of kinds) {
        const matrix = kept[kind]
        if (!matrix) continue
        const { columns, rows, values } = matrix
        const name = `${component} of layer ${layer} at step ${step} (${kind})`
        const sigma = known.get(matrix) ?? singularValues(values, rows, columns, name)
        known.set(matrix, sigma)
        const rankBound = kind === "adapter" ? kept.adapterRank! : Math.min(rows, columns)
        // What bf16 would make of the other kinds is not measured: they are held in float32
        const floor = roundingFloor(kind === "adapter" ? productDtype : "float32", matrix, sigma[0]!)
        const found = statistics(sigma, floor)
        measured.push({ layer, component, kind, rows, columns, rankBound, sigma, found })
      }
      io.progress({ done: layer * components.length + components.indexOf(component) + 1, total, unit: "matrices" })
      await setImmediate() // lets an interruption through
      io.signal.throwIfAborted()
    }
  }
  await io.write.spectra(spectraOf(step, since, measured))
  await io.write.singularValues(singularValuesOf(step, measured))
}

interface Measured {
  readonly layer: number
  readonly component: string
  readonly kind: string
  readonly rows: number
  readonly columns: number
  readonly rankBound: number
  readonly sigma: Float64Array
  readonly found: Statistics
}

const spectraOf = (step: number, since: number, measured: ReadonlyArray<Measured>): Columns<typeof Spectra> => {
  const all = measured.map(({ found }) => found)
  return {
    step: new Int32Array(measured.length).fill(step),
    since: new Int32Array(measured.length).fill(since),
    layer: Int32Array.from(measured, ({ layer }) => layer),
    component: measured.map(({ component }) => component),
    kind: measured.map(({ kind }) => kind),
    rows: Int32Array.from(measured, ({ rows }) => rows),
    columns: Int32Array.from(measured, ({ columns }) => columns),
    per: Float64Array.from(all, (one) => one.proportionalEffectiveRank),
    condition_number: Float64Array.from(all, (one) => one.conditionNumber),
    numerical_rank: Int32Array.from(all, (one) => one.numericalRank),
    condition_number_of_rank: Float64Array.from(all, (one) => one.conditionNumberOfRank),
    sigma_max: Float64Array.from(all, (one) => one.sigmaMax),
    sigma_min: Float64Array.from(all, (one) => one.sigmaMin),
    frobenius: Float64Array.from(all, (one) => one.frobenius),
    rank_bound: Int32Array.from(measured, ({ rankBound }) => rankBound)
  }
}

const singularValuesOf = (step: number, measured: ReadonlyArray<Measured>): Columns<typeof SingularValues> => {
  const each = measured.flatMap((matrix) => Array.from(matrix.sigma, (sigma, index) => ({ ...matrix, index, sigma })))
  return {
    step: new Int32Array(each.length).fill(step),
    layer: Int32Array.from(each, ({ layer }) => layer),
    component: each.map(({ component }) => component),
    kind: each.map(({ kind }) => kind),
    index: Int32Array.from(each, ({ index }) => index),
    sigma: Float64Array.from(each, ({ sigma }) => sigma)
  }
}
