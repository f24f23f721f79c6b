/** Published loss around the resets. */
import type { PublishedSize } from "./models.ts"

/** Training loss before each reset and in the first logged window of five steps after it. */
export const merges: Readonly<
  Record<PublishedSize, { readonly before: ReadonlyArray<number>; readonly after: ReadonlyArray<number> }>
> = {
  tiny: {
    before: [6.892, 5.697, 5.430, 5.278, 5.181, 5.121, 5.070, 5.031, 4.998],
    after: [6.881, 6.368, 5.759, 5.463, 5.286, 5.190, 5.108, 5.059, 5.021]
  },
  small: {
    before: [6.291, 5.107, 4.747, 4.520, 4.406, 4.339, 4.289, 4.245, 4.206],
    after: [6.293, 6.063, 5.327, 4.844, 4.589, 4.484, 4.383, 4.329, 4.289]
  }
}
/** Steps of the published resets. */
export const mergeSteps = [2001, 4001, 6001, 8001, 10001, 12001, 14001, 16001, 18001] as const
