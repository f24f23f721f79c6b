/** Which published model stands beside a size of this study. */
import { models, type PublishedSize } from "./published.ts"

/**
 * A size with exactly the published number of parameters stands beside that model. Where no size has one, the
 * smallest size stands beside the smaller published model and the next beside the larger: an order, not an equality.
 */
export const counterparts = (
  sizes: ReadonlyArray<{ readonly size: string; readonly parameters: number }>
): ReadonlyMap<string, PublishedSize> => {
  const equal = sizes.flatMap(({ parameters, size }) => {
    const model = models.find((model) => model.parameters === parameters)
    return model === undefined ? [] : [[size, model.size] as const]
  })
  if (equal.length > 0) return new Map(equal)
  const ascending = sizes.toSorted((a, b) => a.parameters - b.parameters)
  return new Map(models.flatMap((model, index) => {
    const size = ascending[index]
    return size === undefined ? [] : [[size.size, model.size] as const]
  }))
}
