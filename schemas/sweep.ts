/** Arms that are tried at several learning rates. */
import type { Arm } from "./method.ts"

/** Name of an arm at one of its rates. */
const nameAt = (name: string, rate: number): string => `${name}.${rate}`

/** Arms with those that name a sweep in place once for each of its rates, named NAME.RATE. */
export const swept = (arms: Readonly<Record<string, Arm>>): Record<string, Arm> =>
  Object.fromEntries(
    Object.entries(arms).flatMap(([name, { sweep, ...arm }]): ReadonlyArray<readonly [string, Arm]> =>
      sweep === undefined
        ? [[name, arm]]
        : sweep.map((learningRate) => [nameAt(name, learningRate), { ...arm, learningRate }])
    )
  )

/** The arm that a study file writes, of which this one may be a rate. */
export const writtenAs = (name: string, { learningRate }: Arm): string => {
  const ending = learningRate === undefined ? undefined : nameAt("", learningRate)
  return ending !== undefined && name.endsWith(ending) && name !== ending ? name.slice(0, -ending.length) : name
}
