/** Every setting of how a study trains, arm by arm, with nothing left to default: what its report lists. */
import { resolve } from "../model/schedule.ts"
import type { Arm, Study } from "../schemas/study.ts"
import { writtenAs } from "../schemas/sweep.ts"

/** Settings of training that change how it is computed, not what: the report has no use for them. */
const ofComputing: ReadonlySet<string> = new Set(["passes", "recompute", "tokensAtOnce"])

const isPlain = (value: unknown): boolean => typeof value !== "object" || value === null || Array.isArray(value)

/** A list's order and repetitions have no effect, so they are not told. */
const printed = (value: unknown): string =>
  Array.isArray(value) ? [...new Set(value.map(String))].sort().join(", ") : String(value)

/** Names joined by points, and values as text. */
const flat = (settings: Readonly<Record<string, unknown>>, before = ""): ReadonlyArray<readonly [string, string]> =>
  Object.entries(settings).flatMap(([name, value]) =>
    value === undefined
      ? []
      : isPlain(value)
      ? [[`${before}${name}`, printed(value)] as const]
      : flat(value as Readonly<Record<string, unknown>>, `${before}${name}.`)
  )

const settingsOf = (arm: Arm, { sequenceLength, training }: Study): ReadonlyArray<readonly [string, string]> => {
  const { learningRate, schedule, ...ofMethod } = arm
  const { learningRate: peak, schedule: usual, ...ofTraining } = training
  return flat({
    ...ofMethod,
    learningRate: learningRate ?? peak,
    schedule: resolve(schedule ?? usual, arm, training),
    ...Object.fromEntries(Object.entries(ofTraining).filter(([name]) => !ofComputing.has(name))),
    sequenceLength
  })
}

export interface Setting {
  readonly arm: string
  readonly setting: string
  readonly value: string
}

/** The settings of each arm, in the study's order. */
export const configuration = (study: Study): Array<Setting> =>
  Object.entries(study.arms).flatMap(([arm, settings]) =>
    settingsOf(settings, study).map(([setting, value]) => ({ arm, setting, value }))
  )

/** Where an arm's setting is written in the study file. */
export const originOf = (study: Study, { arm, setting }: Setting): string => {
  const [first = ""] = setting.split(".")
  if (first in study.arms[arm]!) return `arms.${writtenAs(arm, study.arms[arm]!)}.${setting}`
  return first in study.training ? `training.${setting}` : first
}
