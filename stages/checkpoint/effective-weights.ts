/** The weights of a checkpoint by which a forward pass multiplies. */
import { elements, parameters, type Weights } from "../../model/parameters.ts"
import { floats } from "../../model/state.ts"
import type { ModelShape } from "../../schemas/model.ts"
import type { Columns } from "../../schemas/table.ts"
import type { Checkpoint } from "../../schemas/tables.ts"

/** The matrices that the forward pass multiplies by, checked against the model's shape. */
export const effectiveWeights = (checkpoint: Columns<typeof Checkpoint>, shape: ModelShape): Weights => {
  const rows = new Map<string, number>()
  checkpoint.part.forEach((part, row) => {
    if (part === "effective") rows.set(checkpoint.name[row]!, row)
  })
  return new Map(
    parameters(shape).map(({ name, shape: dimensions }) => {
      const row = rows.get(name)
      if (row === undefined) {
        throw new Error(`the checkpoint holds no effective weights of ${name}: it belongs to another model`)
      }
      const values = floats(checkpoint.data[row]!)
      if (values.length !== elements(dimensions)) {
        throw new Error(
          `${name} of the checkpoint is ${checkpoint.shape[row]} and the model wants ${
            dimensions.join("x")
          }: it belongs ` +
            "to another model"
        )
      }
      return [name, values]
    })
  )
}
