/** Activations and gradients of a checkpoint on the fixed batch. */
import { factorsOf } from "../../model/forward.ts"
import { probe as run } from "../../model/probe.ts"
import { floats, shapeOf } from "../../model/state.ts"
import type { Body } from "../../pipeline/stage.ts"
import { forwardWeights } from "../checkpoint/forward-weights.ts"
import { components, layerName } from "./layers.ts"
import type { probe } from "./stage.ts"
import { windows } from "./windows.ts"

/**
 * Rows come by layer, then component, then part: activation, gradient, gradient_A, gradient_B.
 *
 * The gradient is taken of the effective weight, the same object for every arm. With s = alpha/rank, that of a pair follows
 * from it: of A it is s·Bᵀ·G, of B s·G·Aᵀ. The pair is not trained by it: there is no dropout here. A layer without an effective
 * weight has no gradient of it, and those of its factors are taken as they are.
 */
export const body = async (io: Body<typeof probe>): Promise<void> => {
  const { model, scale } = io.config
  const table = await io.read.checkpoint()
  const batch = windows(await io.read.heldout(), io.config)
  const names = Array.from({ length: model.layers }, (_, layer) => components.map((one) => layerName(layer, one)))
    .flat()
  const { activations, gradients } = await run(model, forwardWeights(table, model), names, batch, io)

  const rows = {
    name: [] as Array<string>,
    part: [] as Array<string>,
    shape: [] as Array<string>,
    data: [] as Array<Uint8Array>
  }
  const push = (name: string, part: string, height: number, width: number, values: Float32Array) => {
    rows.name.push(name)
    rows.part.push(part)
    rows.shape.push(`${height}x${width}`)
    rows.data.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  }
  const places = new Map(table.name.map((name, row) => [`${name} ${table.part[row]}`, row]))
  const factor = (name: string, part: "A" | "B") => {
    const row = places.get(`${name} ${part}`)
    return row === undefined ? undefined : { shape: shapeOf(table.shape[row]!), values: floats(table.data[row]!) }
  }
  for (const name of names) {
    const activation = activations.get(name)!, gradient = gradients.get(name)
    const outputs = activation.length / batch.length
    push(name, "activation", batch.length, outputs, activation)
    const a = factor(name, "A"), b = factor(name, "B")
    if (!gradient) {
      const [ofA, ofB] = factorsOf(name).map((one) => gradients.get(one)!) as [Float32Array, Float32Array]
      push(name, "gradient_A", a!.shape[0]!, a!.shape[1]!, ofA)
      push(name, "gradient_B", b!.shape[0]!, b!.shape[1]!, ofB)
      continue
    }
    const inputs = gradient.length / outputs
    push(name, "gradient", outputs, inputs, gradient)
    if (!a || !b) continue
    if (scale === null) throw new Error(`${name} carries an adapter, but its scale is not known`)
    const rank = a.shape[0]!
    const ofA = new Float64Array(rank * inputs), ofB = new Float64Array(outputs * rank)
    for (let i = 0; i < outputs; i++) {
      for (let k = 0; k < rank; k++) {
        const left = scale * b.values[i * rank + k]!
        let sum = 0
        for (let j = 0; j < inputs; j++) {
          const g = gradient[i * inputs + j]!
          ofA[k * inputs + j]! += left * g
          sum += g * a.values[k * inputs + j]!
        }
        ofB[i * rank + k] = scale * sum
      }
    }
    push(name, "gradient_A", rank, inputs, Float32Array.from(ofA))
    push(name, "gradient_B", outputs, rank, Float32Array.from(ofB))
  }
  await io.write.probe(rows)
}
