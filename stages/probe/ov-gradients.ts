import type { Row } from "../../schemas/table.ts"
import type { Dynamics } from "../../schemas/tables.ts"
import { productSingularValues } from "../spectra/factors.ts"
import { headCircuits } from "../spectra/head-circuits.ts"
import type { Matrix } from "../spectra/matrix.ts"
import type { Heads } from "../spectra/ov-circuit.ts"
import { statistics } from "../spectra/statistics.ts"
import { layerName } from "./layers.ts"
import { spectral } from "./spectral.ts"

/**
 * Gradients of the OV circuit, head by head: O·∇V + ∇O·V, (width, width), the change of O·V along the gradients of its
 * parts, to first order, as pico-analyze has it before it puts the heads beside one another. By its factors, so
 * entries are not known. None where a part has no effective weight.
 */
export const ovGradients = (
  layer: number,
  heads: Heads,
  weight: (name: string, part: string) => Matrix | undefined,
  gradient: (name: string) => Matrix | undefined,
  step: number
): ReadonlyArray<Omit<Row<typeof Dynamics>, "step" | "layer" | "component">> => {
  const [v, o] = [layerName(layer, "v_proj"), layerName(layer, "o_proj")]
  const V = weight(v, "effective"), O = weight(o, "effective")
  if (!V || !O) return []
  const ofV = gradient(v), ofO = gradient(o)
  if (!ofV || !ofO) throw new Error(`the probe holds no gradients of ${v} and ${o}: it belongs to another model`)
  const changed = { ...O, values: Float64Array.from(O.values, (x, at) => x + ofO.values[at]!) }
  const circuits = headCircuits(
    { weight: V, effective: V, realised: ofV },
    { weight: changed, effective: changed, realised: ofO },
    heads
  )
  return circuits.filter(({ kind }) => kind === "realised").map(({ factors, head }) => {
    const { left: { rows }, right: { columns } } = factors!
    const sigma = productSingularValues(factors!, `gradient of head ${head} of layer ${layer} at step ${step}`)
    const found = statistics(sigma, Math.max(rows, columns) * 2 ** -24 * sigma[0]!, Math.min(rows, columns))
    return {
      head,
      kind: "gradient",
      rows,
      columns,
      ...spectral(found),
      max_abs: NaN,
      gini: NaN,
      hoyer: NaN,
      anisotropy: NaN
    }
  })
}
