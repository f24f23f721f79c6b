/** What the reference is given and what it gave: see train.py for the names. */
import { noMoments } from "../../model/adamw.ts"
import type { ExchangedTensor } from "../../model/safetensors.ts"
import { microBatchRows } from "../../model/trainer.ts"
import type { Arm } from "../../schemas/study.ts"
import { mergesOf } from "../../stages/arm.ts"
import { adaptationOf, type Case, initialState, rowsOf } from "./cases.ts"

type Tensors = Map<string, ExchangedTensor>

/** Zeros and ones as bits, lowest first. */
const packed = (flags: Uint8Array): Uint8Array => {
  const bits = new Uint8Array(Math.ceil(flags.length / 8))
  for (const [at, flag] of flags.entries()) bits[at >> 3]! |= flag << (at & 7)
  return bits
}

const dropoutMasks = (given: Case, arm: Arm): Tensors => {
  const { model, sequenceLength, training: { batchSize, steps } } = given
  if (microBatchRows(batchSize, sequenceLength) !== batchSize) {
    throw new Error("masks are exchanged for whole batches: take fewer rows or shorter ones")
  }
  const tensors: Tensors = new Map()
  for (const { fill, name, width } of adaptationOf(given, arm).masks(model)) {
    const flags = new Uint8Array(batchSize * sequenceLength * width)
    const bytes = Math.ceil(flags.length / 8)
    const data = new Uint8Array(steps * bytes)
    for (let step = 1; step <= steps; step++) {
      fill(flags, step, 0, sequenceLength)
      data.set(packed(flags), (step - 1) * bytes)
    }
    tensors.set(`dropout/${name.replace(/\.dropout$/, "")}`, { shape: [steps, bytes], data })
  }
  return tensors
}

/** What a reset draws, seen on a state whose moments are all one: fresh pairs, and the moments that are left. */
const resetDraws = (given: Case, arm: Arm): Tensors => {
  const adapted = adaptationOf(given, arm)
  const tensors: Tensors = new Map()
  const attached = initialState(given)
  adapted.attach(attached, given.model)
  const fresh = (step: number, name: string, shape: ReadonlyArray<number>, data: Float32Array) =>
    tensors.set(`fresh/${step}/${name.replace(/\.A$/, "")}`, { shape, data })
  const pairs = adapted.tensors(given.model).filter(({ name }) => /\.[AB]$/.test(name))
  for (const { name, shape } of pairs) if (name.endsWith(".A")) fresh(0, name, shape, attached.get(name)!.values)
  for (const step of mergesOf(arm, 0, given.training.steps)) {
    const state = structuredClone(attached)
    for (const { name } of pairs) {
      const tensor = state.get(name)!
      tensor.moments = noMoments(tensor.values.length)
      tensor.moments.expAvg.fill(1)
      tensor.moments.expAvgSq.fill(1)
    }
    adapted.events["merge"]!(state, step)
    for (const { name, shape } of pairs) {
      const { moments, shown, values } = state.get(name)!
      if (name.endsWith(".A")) fresh(step, name, shape, shown ?? values)
      for (const [moment, kept] of [["exp_avg", moments!.expAvg], ["exp_avg_sq", moments!.expAvgSq]] as const) {
        tensors.set(`kept/${step}/${name}/${moment}`, { shape, data: Uint8Array.from(kept) })
      }
    }
  }
  return tensors
}

/** All that is drawn for one arm of a case. */
export const givenTensors = (given: Case, arm: Arm): Tensors => {
  const { sequenceLength, training: { batchSize, steps } } = given
  return new Map([
    ...Array.from(
      initialState(given),
      ([name, { shape, values }]) => [`initial/${name}`, { shape, data: values }] as const
    ),
    ["batches", { shape: [steps, batchSize, sequenceLength + 1], data: rowsOf(given) }],
    ...(arm.method === "relora" ? [...dropoutMasks(given, arm), ...resetDraws(given, arm)] : [])
  ])
}

/** The settings that the reference computes the rest from: schedules and merges are its own. */
export const settingsOf = ({ model, training }: Case, arm: Arm) => {
  const { beta1, beta2, epsilon, learningRate, steps, weightDecay } = training
  return {
    model,
    steps,
    learningRate,
    optimizer: { beta1, beta2, epsilon, weightDecay },
    arm: { ...arm, schedule: arm.schedule ?? training.schedule }
  }
}
