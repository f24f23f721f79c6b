/** What a forward pass takes of a checkpoint. */
import { factorsOf } from "../../model/forward.ts"
import { elements, parameters, type Weights } from "../../model/parameters.ts"
import { floats, shapeOf } from "../../model/state.ts"
import type { ModelShape } from "../../schemas/model.ts"
import type { Columns } from "../../schemas/table.ts"
import type { Checkpoint } from "../../schemas/tables.ts"

/**
 * The matrices that the forward pass multiplies by, checked against the model's shape; of a layer that has no effective weight, its
 * two factors (`model/forward.ts`).
 */
export const forwardWeights = (checkpoint: Columns<typeof Checkpoint>, shape: ModelShape): Weights => {
  const rows = new Map(checkpoint.name.map((name, row) => [`${name} ${checkpoint.part[row]}`, row]))
  const foreign = (what: string) => new Error(`${what}: it belongs to another model`)
  const valuesOf = (name: string, part: string, wanted: ReadonlyArray<number>): Float32Array => {
    const row = rows.get(`${name} ${part}`)
    if (row === undefined) throw foreign(`the checkpoint holds no ${part} weights of ${name}`)
    const values = floats(checkpoint.data[row]!)
    if (values.length !== elements(wanted)) {
      throw foreign(`${name} of the checkpoint is ${checkpoint.shape[row]} and the model wants ${wanted.join("x")}`)
    }
    return values
  }
  return new Map(
    parameters(shape).flatMap(({ name, shape: of }): ReadonlyArray<readonly [string, Float32Array]> => {
      if (!rows.has(`${name} product`)) return [[name, valuesOf(name, "effective", of)]]
      const [a, b] = factorsOf(name)
      const [out, into] = of as [number, number]
      const row = rows.get(`${name} A`)
      const rank = row === undefined ? 0 : shapeOf(checkpoint.shape[row]!)[0]!
      return [[a, valuesOf(name, "A", [rank, into])], [b, valuesOf(name, "B", [out, rank])]]
    })
  )
}

/**
 * The effective weights of all layers.
 *
 * @throws where a layer has none
 */
export const effectiveWeights = (checkpoint: Columns<typeof Checkpoint>, shape: ModelShape): Weights => {
  const weights = forwardWeights(checkpoint, shape)
  const without = parameters(shape).find(({ name }) => !weights.has(name))
  if (without) {
    throw new Error(
      `${without.name} has no effective weight: something that is not linear stands between its factors, so that no single ` +
        "matrix does what it does and could be written in its place"
    )
  }
  return weights
}
