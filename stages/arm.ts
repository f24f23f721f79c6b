/** One arm of a study at one size: what trains when, at what rate, and how many parameters that is. */
import type { Event } from "../model/adaptation.ts"
import { adaptation, eventsOf, periodOf, rateFactor, settingsAt } from "../model/method.ts"
import { count, elements, parameters } from "../model/parameters.ts"
import { learningRates, resolve } from "../model/schedule.ts"
import { alphaAt, declarationOf, rankAt } from "../schemas/method.ts"
import type { Method, ModelShape } from "../schemas/model.ts"
import type { Arm, Training } from "../schemas/study.ts"

const fullRank: Method = { kind: "full-rank" }

/** Settings of an arm that are not its method's. */
const notOfMethod: ReadonlySet<string> = new Set([
  "equalMemory",
  "equalWork",
  "learningRate",
  "method",
  "schedule",
  "sweep"
])

/** What is resolved by where the arm is used: the width scales ranks, the seed draws. */
export interface Place {
  readonly width: number
  readonly seed: number
}

/** An arm's method, all of it. */
const methodOf = (arm: Arm, { seed, width }: Place): Method => {
  const { draws, when } = declarationOf(arm.method)
  const told = Object.fromEntries(
    Object.entries(arm).filter(([name]) => !notOfMethod.has(name) && when[name] !== "planned")
  )
  if ("rank" in arm) {
    const rank = rankAt(arm.rank, width)
    Object.assign(told, { rank }, "alpha" in arm && { alpha: alphaAt(arm.alpha, rank) })
  }
  // Neither order nor repetition of targets has an effect, so neither is in a key.
  if ("targets" in arm) Object.assign(told, { targets: [...new Set(arm.targets)].sort() })
  return { kind: arm.method, ...told, ...draws && { seed } } as Method
}

/** Steps trained full-rank before the arm's own method begins. */
export const warmStart = (arm: Arm): number => "warmStartSteps" in arm ? arm.warmStartSteps : 0

/** Method that makes the update ending at a step, from 1. */
export const methodAt = (arm: Arm, step: number, place: Place): Method =>
  step <= warmStart(arm) ? fullRank : settingsAt(methodOf(arm, place), arm, step)

/**
 * What of a method the updates first+1 … last can depend on: settings of an event only where there is one, and of the first state only
 * where it is made. So arms that differ in these alone share the segments before.
 */
export const methodOver = (arm: Arm, first: number, last: number, place: Place): Method => {
  const method = methodAt(arm, last, place)
  const { when } = declarationOf(method.kind)
  const happens = new Set(eventsIn(arm, first, last).map(({ event }) => event))
  if (first === warmStart(arm)) happens.add("attach")
  const told = Object.entries(method).filter(([name]) => when[name] === undefined || happens.has(when[name]))
  return Object.fromEntries(told) as Method
}

/** Learning rates and events of the updates first+1 … last. */
export const scheduleOf = (arm: Arm, training: Training, first: number, last: number) => {
  const period = periodOf(arm)
  const schedule = resolve(arm.schedule ?? training.schedule, arm, { steps: period?.every ?? training.steps })
  const time = (t: number) => period && t >= period.from ? (t - period.from) % period.every : t
  const factor = (t: number) => rateFactor(arm, t)
  return {
    learningRates: [
      ...learningRates(schedule, arm.learningRate ?? training.learningRate, first, last, { factor, time })
    ],
    events: eventsIn(arm, first, last)
  }
}

/** What the arm's method does after the updates first+1 … last. */
export const eventsIn = (arm: Arm, first: number, last: number): Array<Event> =>
  eventsOf(arm, first, last).filter(({ step }) => step > warmStart(arm))

/** Steps in first+1 … last after whose update the arm's adapters are merged. */
export const mergesOf = (arm: Arm, first: number, last: number): Array<number> =>
  eventsIn(arm, first, last).filter(({ event }) => event === "merge").map(({ step }) => step)

/**
 * Scalars a model holds, those that training moves, and those that get a gradient, while a method trains it; what the optimizer alone
 * keeps is none of them.
 */
export const parameterCounts = (
  model: ModelShape,
  method: Method
): { readonly total: number; readonly trained: number; readonly differentiated: number } => {
  const tensors = adaptation(method).tensors(model).filter(({ optimizer }) => !optimizer)
  return {
    total: count(tensors),
    trained: count(tensors.filter(({ moved, trained }) => moved ?? trained)),
    differentiated: count(tensors.filter(({ trained }) => trained))
  }
}

/** Factor of the product of a layer's pair in its effective weight; null where layers have no pair, or no such weight. */
export const scaleOf = (method: Method): number | null => {
  if ("alpha" in method) return method.alpha / method.rank / ("heads" in method ? method.heads : 1)
  const plain = method.kind === "loro" || method.kind === "sd-lora" || method.kind === "oplora" ||
    (method.kind === "cola" && method.activation === "identity")
  return plain ? 1 : null
}

/** Bytes of a training state: the method's tensors, and AdamW's two moments of what it moves, in float32. */
export const stateSize = (model: ModelShape, method: Method): number =>
  adaptation(method).tensors(model).reduce((bytes, { moments, shape, trained }) => {
    const kept = trained && moments !== null ? 2 * elements(moments ?? shape) : 0
    return bytes + 4 * (elements(shape) + kept)
  }, 0)

/**
 * Floating-point operations of training on `tokens` tokens: 6 for each parameter and token (Kaplan et al. 2020,
 * arXiv 2001.08361, section 2.1: a multiply-add is two, forward once and backward twice), of which the third that makes a
 * matrix's own gradient falls away where it is frozen; and 12·L·D·T a token for attention (Chowdhery et al. 2022,
 * arXiv 2204.02311, appendix B), of which causality leaves half. The embedding is looked up, not multiplied. Beside the tokens' work, that of
 * the method in each of `steps` steps.
 */
export const trainingFlops = (
  model: ModelShape,
  method: Method,
  sequenceLength: number,
  tokens: number,
  steps = 0
): number => {
  const { differentiated, total } = parameterCounts(model, method)
  const lookedUp = model.vocabulary * model.width
  const attention = model.layers * model.width * sequenceLength // scores and their use, half of each masked
  const beside = adaptation(method).operations?.(model, tokens, steps) ?? 0
  return tokens * (4 * (total - lookedUp) + 2 * (differentiated - lookedUp) + 6 * attention) + beside
}

/** Floating-point operations of scoring `tokens` tokens, roughly. */
export const scoringFlops = (model: ModelShape, sequenceLength: number, tokens: number): number =>
  tokens * 2 * (count(parameters(model)) - model.vocabulary * model.width + model.layers * model.width * sequenceLength)

/** What sets an arm apart, in words for a table of the report. */
export const inWords = (arm: Arm): string => {
  if (arm.method === "full-rank") return "all parameters trained"
  if (arm.method === "reslora" && arm.shortcut !== "block") {
    return `${settingsInWords(arm)}, effective weights merged by the sizes of weights`
  }
  if (arm.method !== "relora") return settingsInWords(arm)
  const { alpha, rank } = arm
  const factor = typeof alpha === "number" && typeof rank === "number"
    ? Number((alpha / rank).toPrecision(6))
    : "alpha/rank"
  return [
    `A ${arm.initA}`,
    arm.mergeScale === 1 ? "merge ×1" : `merge ×${factor}`,
    `re-initialisation ${arm.reinitEffective ? "effective" : "lost"}`,
    `reset every ${arm.resetEvery}`,
    ...(arm.warmStartSteps > 0 ? [`full-rank until ${arm.warmStartSteps}`] : []),
    ...(arm.productDtype === "bf16" ? ["B·A measured in bf16"] : [])
  ].join(", ")
}

/** The settings of an arm's method, by their names. */
const settingsInWords = (arm: Arm): string =>
  Object.entries(arm).filter(([name]) => !notOfMethod.has(name))
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join("+") : value}`).join(", ")
