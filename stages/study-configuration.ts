/** Every setting of how a study trains, arm by arm, with nothing left to default: what its report lists. */
import { resolve } from "../model/schedule.ts"
import type { Study } from "../schemas/study.ts"
import { writtenAs } from "../schemas/sweep.ts"
import { type Plan, planOf } from "./budget.ts"

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

/** What an arm's budgets leave to be chosen, by its name: as chosen, at each size where these differ. */
const chosenOf = (name: string, study: Study): Readonly<Record<string, string>> => {
  const { equalMemory, equalWork } = study.arms[name]!
  const plans = Object.keys(study.sizes).map((size) => [size, planOf(study, size, name)] as const)
  const by = (value: (plan: Plan) => number) => {
    const values = plans.map(([size, plan]) => [size, value(plan)] as const)
    return new Set(values.map(([, value]) => value)).size === 1
      ? String(values[0]![1])
      : values.map(([size, value]) => `${value} (${size})`).join(", ")
  }
  return {
    ...equalMemory !== undefined && ("rank" in study.arms[name]!
      ? { rank: by(({ settings }) => "rank" in settings ? Number(settings.rank) : 0) }
      : { width: by(({ model }) => model.width), hidden: by(({ model }) => model.hidden) }),
    ...equalWork !== undefined && { steps: by(({ study: { training: { steps } } }) => steps) }
  }
}

const settingsOf = (name: string, study: Study): ReadonlyArray<readonly [string, string]> => {
  const { sequenceLength, training } = study
  const arm = study.arms[name]!
  const chosen = chosenOf(name, study)
  const { learningRate, schedule, ...ofMethod } = arm
  const { learningRate: peak, schedule: usual, ...ofTraining } = training
  const given = schedule ?? usual
  const resolved = resolve(given, arm, training)
  // A horizon that is left out is the end of the arm's own training.
  const ends = chosen["steps"] !== undefined && "horizon" in resolved && !("horizon" in given && given.horizon)
  return flat({
    ...ofMethod,
    learningRate: learningRate ?? peak,
    schedule: ends ? { ...resolved, horizon: chosen["steps"] } : resolved,
    ...Object.fromEntries(Object.entries(ofTraining).filter(([name]) => !ofComputing.has(name))),
    ...chosen,
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
  Object.keys(study.arms).flatMap((arm) => settingsOf(arm, study).map(([setting, value]) => ({ arm, setting, value })))

/** Where an arm's setting is written in the study file. */
export const originOf = (study: Study, { arm, setting }: Setting): string => {
  const [first = ""] = setting.split(".")
  if (first in study.arms[arm]!) return `arms.${writtenAs(arm, study.arms[arm]!)}.${setting}`
  if (first === "width" || first === "hidden") return `arms.${writtenAs(arm, study.arms[arm]!)}.equalMemory`
  return first in study.training ? `training.${setting}` : first
}
