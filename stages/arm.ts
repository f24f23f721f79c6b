/** One arm of a study at one size: what trains when, at what rate, and how many parameters that is. */
import { adaptation } from "../model/method.ts"
import { count, parameters } from "../model/parameters.ts"
import { learningRates, mergeSteps, resolve } from "../model/schedule.ts"
import type { Method, ModelShape } from "../schemas/model.ts"
import type { Arm, Training } from "../schemas/study.ts"

type ReloraArm = Extract<Arm, { method: "relora" }>

const fullRank: Method = { kind: "full-rank" }

const reloraMethod = (arm: ReloraArm, seed: number): Method => ({
  kind: "relora",
  rank: arm.rank,
  alpha: arm.alpha,
  dropout: arm.dropout,
  // Neither order nor repetition of targets has an effect, so neither is in a key.
  targets: [...new Set(arm.targets)].sort(),
  initA: arm.initA,
  mergeScale: arm.mergeScale === 1 ? "1" : "alpha/rank",
  reinitEffective: arm.reinitEffective,
  optimizerPrune: arm.optimizerPrune,
  seed
})

/** Steps trained full-rank before the arm's own method begins. */
export const warmStart = (arm: Arm): number => arm.method === "relora" ? arm.warmStartSteps : 0

/** Method that makes the update ending at a step, from 1. */
export const methodAt = (arm: Arm, step: number, seed: number): Method =>
  arm.method === "full-rank" || step <= arm.warmStartSteps ? fullRank : reloraMethod(arm, seed)

/**
 * What of a method the updates first+1 … last can depend on: settings of a merge only where there is one, and of the first pair only
 * where it is attached. So arms that differ in these alone share the segments before.
 */
export const methodOver = (arm: Arm, first: number, last: number, seed: number): Method => {
  const method = methodAt(arm, last, seed)
  if (method.kind === "full-rank") return method
  const { initA, mergeScale, optimizerPrune, reinitEffective, ...always } = method
  return {
    ...always,
    ...(first === warmStart(arm) ? { initA } : {}),
    ...(mergesOf(arm, first, last).length > 0 ? { mergeScale, optimizerPrune, reinitEffective } : {})
  }
}

/** Learning rates and merges of the updates first+1 … last. */
export const scheduleOf = (arm: Arm, training: Training, first: number, last: number) => {
  const schedule = resolve(arm.schedule ?? training.schedule, arm, training)
  return {
    learningRates: [...learningRates(schedule, arm.learningRate ?? training.learningRate, first, last)],
    merges: mergesOf(arm, first, last)
  }
}

/** Steps in first+1 … last after whose update the arm's adapters are merged. */
export const mergesOf = (arm: Arm, first: number, last: number): Array<number> =>
  arm.method === "relora" ? [...mergeSteps(arm, first, last)] : []

/** Scalars a model holds and scalars that are trained, while a method trains it. */
export const parameterCounts = (
  model: ModelShape,
  method: Method
): { readonly total: number; readonly trained: number } => {
  const tensors = adaptation(method).tensors(model)
  return { total: count(tensors), trained: count(tensors.filter(({ trained }) => trained)) }
}

/** Bytes of a training state: weights, and AdamW's two moments of what is trained, in float32. */
export const stateSize = (model: ModelShape, method: Method): number => {
  const { total, trained } = parameterCounts(model, method)
  return 4 * (total + 2 * trained)
}

/**
 * Floating-point operations of training on `tokens` tokens: 6 for each parameter and token (Kaplan et al. 2020,
 * arXiv 2001.08361, section 2.1: a multiply-add is two, forward once and backward twice), of which the third that makes a
 * matrix's own gradient falls away where it is frozen; and 12·L·D·T a token for attention (Chowdhery et al. 2022,
 * arXiv 2204.02311, appendix B), of which causality leaves half. The embedding is looked up, not multiplied.
 */
export const trainingFlops = (model: ModelShape, method: Method, sequenceLength: number, tokens: number): number => {
  const { total, trained } = parameterCounts(model, method)
  const lookedUp = model.vocabulary * model.width
  const attention = model.layers * model.width * sequenceLength // scores and their use, half of each masked
  return tokens * (4 * (total - lookedUp) + 2 * (trained - lookedUp) + 6 * attention)
}

/** Floating-point operations of scoring `tokens` tokens, roughly. */
export const scoringFlops = (model: ModelShape, sequenceLength: number, tokens: number): number =>
  tokens * 2 * (count(parameters(model)) - model.vocabulary * model.width + model.layers * model.width * sequenceLength)

/** What sets an arm apart, in words for a table of the report. */
export const inWords = (arm: Arm): string => {
  if (arm.method === "full-rank") return "all parameters trained"
  const scale = arm.mergeScale === 1 ? "merge ×1" : `merge ×${Number((arm.alpha / arm.rank).toPrecision(6))}`
  return [
    `A ${arm.initA}`,
    scale,
    `re-initialisation ${arm.reinitEffective ? "effective" : "lost"}`,
    `reset every ${arm.resetEvery}`,
    ...(arm.warmStartSteps > 0 ? [`full-rank until ${arm.warmStartSteps}`] : []),
    ...(arm.productDtype === "bf16" ? ["B·A measured in bf16"] : [])
  ].join(", ")
}
