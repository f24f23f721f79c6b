/**
 * What each arm is at each size: its rank or width where it is to take as much memory as another arm, and its number of steps where it
 * is to take as much work.
 *
 * Memory is what the method claims for its state at its largest (`stateSize`: weights, and what the optimizer keeps), without
 * activations and gradients. Work is the floating-point operations of the whole training (`trainingFlops`).
 */
import { cutsOf } from "../model/method.ts"
import { targeted } from "../model/methods/pair.ts"
import { parameters } from "../model/parameters.ts"
import { declarationOf } from "../schemas/method.ts"
import { ModelShape } from "../schemas/model.ts"
import { scheduleMistakes } from "../schemas/study-mistakes.ts"
import type { Arm, Study } from "../schemas/study.ts"
import { writtenAs } from "../schemas/sweep.ts"
import { methodAt, stateSize, trainingFlops, warmStart } from "./arm.ts"

/** The model of a size: its shape, and a row of the embedding for each id of the study's tokenizer. */
export const modelOf = ({ sizes, tokenizer }: Study, size: string): ModelShape =>
  ModelShape.parse({ ...sizes[size], vocabulary: tokenizer.vocabulary })

/** An arm at a size. */
export interface Plan {
  /** Its rank chosen. */
  readonly settings: Arm
  /** Its width chosen. */
  readonly model: ModelShape
  /** The study, as long as this arm trains. */
  readonly study: Study
}

/** A budget that an arm cannot keep to. */
export class Unmet extends Error {
  override readonly name = "Unmet"
  readonly path: ReadonlyArray<string>

  constructor(arm: string, setting: string, message: string) {
    super(message)
    this.path = ["arms", arm, setting]
  }
}

/** Stretches of an arm's training in which a step takes as much memory and work as another: the first and last update of each. */
const stretchesOf = ({ settings, study }: Plan): ReadonlyArray<readonly [first: number, last: number]> => {
  const { steps } = study.training
  const ends = [0, ...[warmStart(settings), ...cutsOf(settings)].filter((end) => end < steps), steps]
  const ascending = [...new Set(ends)].sort((a, b) => a - b)
  return ascending.slice(1).map((last, index) => [ascending[index]!, last])
}

/** Bytes of the largest state that an arm's training has. */
export const memoryOf = (plan: Plan): number =>
  stretchesOf(plan).reduce((most, [, last]) => {
    const { model, settings } = plan
    return Math.max(most, stateSize(model, methodAt(settings, last, { seed: 0, width: model.width })))
  }, 0)

/** Floating-point operations of an arm's training. */
export const workOf = (plan: Plan): number => {
  const { model, settings, study: { sequenceLength, training } } = plan
  const tokens = training.batchSize * sequenceLength
  return stretchesOf(plan).reduce((sum, [first, last]) => {
    const of = methodAt(settings, last, { seed: 0, width: model.width })
    return sum + trainingFlops(model, of, sequenceLength, (last - first) * tokens, last - first)
  }, 0)
}

/** The largest whole number from `least` on that holds; undefined where none does. What holds for a number holds for those below. */
export const largest = (least: number, holds: (n: number) => boolean): number | undefined => {
  if (!holds(least)) return undefined
  let [low, step] = [least, 1]
  while (holds(low + step)) [low, step] = [low + step, 2 * step]
  for (; step >= 1; step = Math.floor(step / 2)) if (holds(low + step)) low += step
  return low
}

/** The arm as written whose budget another is to have, at a size. */
const otherOf = (study: Study, size: string, written: string): Plan =>
  planOf(study, size, Object.keys(study.arms).find((name) => writtenAs(name, study.arms[name]!) === written)!)

/** Bytes that an arm may take at a size; undefined where it is told nothing. */
export const memoryBudget = (study: Study, size: string, { equalMemory }: Arm): number | undefined =>
  typeof equalMemory === "string" ? memoryOf(otherOf(study, size, equalMemory)) : equalMemory

/** Operations that an arm may take at a size; undefined where it is told nothing. */
export const workBudget = (study: Study, size: string, { equalWork }: Arm): number | undefined =>
  equalWork === undefined ? undefined : workOf(otherOf(study, size, equalWork))

/** The rank of the largest state within a budget. */
const ranked = (plan: Plan, arm: string, bytes: number): Plan => {
  const { model, settings } = plan
  const targets = "targets" in settings ? settings.targets : [""]
  const most = Math.min(
    ...parameters(model).filter(targeted(targets)).map(({ shape: [out, into] }) => Math.min(out, into))
  )
  const at = (rank: number): Plan => ({ ...plan, settings: { ...settings, rank } as Arm })
  const rank = largest(1, (rank) => rank <= most && memoryOf(at(rank)) <= bytes)
  if (rank !== undefined) return at(rank)
  throw new Unmet(
    arm,
    "equalMemory",
    `cannot be met: with rank 1 it takes ${
      memoryOf(at(1))
    } bytes, and ${bytes} are given; give more, or train fewer layers ` +
      `by it (targets)`
  )
}

/** The widest model, its heads as they are and its SwiGLU in proportion, within a budget; what is left over goes to the SwiGLU. */
const narrowed = (plan: Plan, arm: string, bytes: number): Plan => {
  const { heads, hidden, width } = plan.model
  const at = (wide: number, deep: number): Plan => ({ ...plan, model: { ...plan.model, width: wide, hidden: deep } })
  const inProportion = (wide: number) => Math.max(1, Math.floor(hidden * wide / width))
  const fits = (plan: Plan) => memoryOf(plan) <= bytes
  // Heads of an even width
  const pairs = largest(1, (pairs) => fits(at(2 * heads * pairs, inProportion(2 * heads * pairs))))
  if (pairs === undefined) {
    throw new Unmet(
      arm,
      "equalMemory",
      `cannot be met: at width ${2 * heads}, the least for ${heads} heads, it takes ${
        memoryOf(at(2 * heads, inProportion(2 * heads)))
      } bytes, and ${bytes} are given; give more, or a size with fewer heads or a smaller vocabulary`
    )
  }
  const wide = 2 * heads * pairs
  return at(wide, largest(inProportion(wide), (deep) => fits(at(wide, deep)))!)
}

/** As many steps as a budget allows. */
const lengthened = (plan: Plan, arm: string, operations: number): Plan => {
  const { settings, study } = plan
  const at = (steps: number): Plan => ({ ...plan, study: { ...study, training: { ...study.training, steps } } })
  // A training holds its warm start, its cuts, and a step of its own.
  const least = 1 + Math.max(warmStart(settings), ...cutsOf(settings))
  const steps = largest(least, (steps) => workOf(at(steps)) <= operations)
  if (steps !== undefined) return at(steps)
  throw new Unmet(
    arm,
    "equalWork",
    `cannot be met: ${least} steps, the fewest it can make, are more work than the training of ${settings.equalWork}; make its warm start shorter, or training.steps more`
  )
}

const made = (study: Study, size: string, name: string): Plan => {
  const settings = study.arms[name]!
  const written = writtenAs(name, settings)
  const plain: Plan = { settings, model: modelOf(study, size), study }
  const bytes = memoryBudget(study, size, settings)
  const fitted = bytes === undefined
    ? plain
    : "rank" in settings
    ? ranked(plain, written, bytes)
    : narrowed(plain, written, bytes)
  const operations = workBudget(study, size, settings)
  return operations === undefined ? fitted : lengthened(fitted, written, operations)
}

/** Plans that were made, by study: they are asked for again and again. */
const known = new WeakMap<Study, Map<string, Plan>>()

/**
 * An arm at a size, with what its budgets leave to be chosen.
 *
 * @throws {Unmet} where nothing keeps to them
 */
export const planOf = (study: Study, size: string, name: string): Plan => {
  const plans = known.get(study) ?? new Map<string, Plan>()
  known.set(study, plans)
  const at = JSON.stringify([size, name])
  const plan = plans.get(at) ?? made(study, size, name)
  plans.set(at, plan)
  return plan
}

/** Steps of the arm that makes most of them. */
export const mostSteps = (study: Study): number =>
  Object.entries(study.arms).filter(([, { equalWork }]) => equalWork !== undefined).reduce(
    (most, [name]) =>
      Object.keys(study.sizes).reduce(
        (most, size) => Math.max(most, planOf(study, size, name).study.training.steps),
        most
      ),
    study.training.steps
  )

/** Mistakes that show once budgets are resolved. */
export const budgetMistakes = (
  study: Study
): ReadonlyArray<{ readonly path: ReadonlyArray<string | number>; readonly message: string }> =>
  Object.entries(study.arms).filter(([, arm]) => arm.equalWork !== undefined || arm.equalMemory !== undefined)
    .flatMap(([name, arm]) => {
      const written = writtenAs(name, arm)
      return Object.keys(study.sizes).flatMap((size) => {
        try {
          const { settings, study: { training } } = planOf(study, size, name)
          const { steps } = training
          const at = (message: string) =>
            `${message} (size ${size}: ${"rank" in settings ? `rank ${settings.rank}, ` : ""}${steps} steps)`
          return [
            ...declarationOf(settings.method).rules(settings as never, steps).map(([setting, message]) => ({
              path: ["arms", written, setting],
              message: at(message)
            })),
            ...scheduleMistakes(
              settings.schedule ?? training.schedule,
              settings.schedule === undefined ? ["training", "schedule"] : ["arms", written, "schedule"],
              { arm: written, resetEvery: "resetEvery" in settings ? settings.resetEvery : undefined, steps }
            ).map(({ message, path }) => ({ path, message: at(message.replace("training.steps", "its steps")) }))
          ]
        } catch (cause) {
          if (cause instanceof Unmet) return [{ path: cause.path, message: `${cause.message} (size ${size})` }]
          throw cause
        }
      })
    })
