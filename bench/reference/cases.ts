/** Small trainings that are run here and by the reference, from the same weights, batches, masks and draws. */
import { adaptation } from "../../model/method.ts"
import { initialise, parameters } from "../../model/parameters.ts"
import { fromTensors, toTensors, type TrainingState } from "../../model/state.ts"
import { microBatchRows } from "../../model/trainer.ts"
import type { Body } from "../../pipeline/stage.ts"
import { ModelShape } from "../../schemas/model.ts"
import { Arm, Training } from "../../schemas/study.ts"
import type { Row } from "../../schemas/table.ts"
import { toRows } from "../../schemas/table.ts"
import { Metrics } from "../../schemas/tables.ts"
import { methodAt, scheduleOf } from "../../stages/arm.ts"
import { body as segment } from "../../stages/pretrain/segment.ts"
import type { pretrain } from "../../stages/pretrain/stage.ts"
import { stream } from "../../tensor/random.ts"

export interface Case {
  readonly name: string
  readonly model: ModelShape
  readonly sequenceLength: number
  readonly training: Training
  readonly rank: number
}

export const seed = 42
const steps = 200
const resetEvery = 50

const trainingOf = (settings: { readonly batchSize: number; readonly learningRate: number }) =>
  Training.parse({ ...settings, steps, schedule: { kind: "linear", warmupSteps: 40, horizon: 2000 } })

/** `little` trains in a second; `tiny` is the paper's smaller model with a vocabulary of 4,096. */
export const cases: ReadonlyArray<Case> = [
  {
    name: "little",
    model: ModelShape.parse({ width: 48, hidden: 192, layers: 2, heads: 12, kvHeads: 4, vocabulary: 300 }),
    // More than one run of queries in attention, and a shorter last one.
    sequenceLength: 80,
    training: trainingOf({ batchSize: 2, learningRate: 3e-3 }),
    rank: 8
  },
  {
    name: "tiny",
    model: ModelShape.parse({ width: 96, hidden: 384, layers: 12, heads: 12, kvHeads: 4, vocabulary: 4096 }),
    sequenceLength: 128,
    training: trainingOf({ batchSize: 2, learningRate: 1e-3 }),
    rank: 16
  }
]

const schedule = {
  kind: "jagged-cosine",
  warmupSteps: resetEvery,
  restartWarmupSteps: 5,
  minRatio: 0.1,
  horizon: 2000
} as const

/** The three ways of training that the study compares; merges after steps 51, 101 and 151. */
export const armsOf = ({ rank }: Case): Readonly<Record<string, Arm>> => {
  const relora = { method: "relora", rank, alpha: 2 * rank, dropout: 0.1, resetEvery, schedule } as const
  return {
    "full-rank": Arm.parse({ method: "full-rank" }),
    "relora-described": Arm.parse(relora),
    "relora-published": Arm.parse({ ...relora, initA: "zero", mergeScale: 1, reinitEffective: false })
  }
}

/** Rows of tokens, as many as all steps take. Two of three follow from the one before, so that there is something to learn. */
export const rowsOf = ({ model: { vocabulary }, sequenceLength, training }: Case): Int32Array => {
  const numbers = stream(seed, "reference")
  let token = 0
  return Int32Array.from({ length: training.steps * training.batchSize * (sequenceLength + 1) }, () => {
    token = numbers.below(3) === 0 ? numbers.below(vocabulary) : (7 * token + 3) % vocabulary
    return token
  })
}

/** The state from which every arm starts. */
export const initialState = ({ model }: Case): TrainingState => {
  const weights = initialise(model, seed)
  return new Map(parameters(model).map(({ name, shape }) => [name, { shape, values: weights.get(name)! }]))
}

export interface Trained {
  readonly state: TrainingState
  readonly metrics: ReadonlyArray<Row<typeof Metrics>>
}

/** Trains an arm by the body of the pretrain stage, from the beginning to a step. */
export const train = async (
  given: Case,
  arm: Arm,
  { engine = "onnx", last = given.training.steps, threads = 1 }: {
    readonly engine?: string
    readonly last?: number
    readonly threads?: number
  } = {}
): Promise<Trained> => {
  const { model, sequenceLength, training } = given
  const { batchSize, beta1, beta2, epsilon, weightDecay } = training
  const token = rowsOf(given)
  let state: TrainingState = new Map()
  let metrics: Trained["metrics"] = []
  const io: Body<typeof pretrain> = {
    config: {
      model,
      method: methodAt(arm, 1, { seed, width: model.width }),
      optimizer: { beta1, beta2, epsilon, weightDecay },
      batchSize,
      microBatch: microBatchRows(batchSize, sequenceLength),
      recompute: false,
      sequenceLength,
      firstStep: 0,
      ...scheduleOf(arm, training, 0, last)
    },
    read: {
      packed: async () => ({ row: token.map((_, at) => Math.floor(at / (sequenceLength + 1))), token }),
      previous: async () => toTensors(initialState(given))
    },
    write: {
      state: async (columns) => void (state = fromTensors(columns)),
      metrics: async (columns) => void (metrics = toRows(Metrics, columns)),
      events: async () => undefined
    },
    paths: {} as never,
    digests: {} as never,
    files: {},
    acceptances: [],
    progress: () => undefined,
    saved: async () => undefined,
    saveDue: () => false,
    save: async () => undefined,
    threads,
    engine,
    signal: new AbortController().signal
  }
  await segment(io)
  return { state, metrics }
}

/** Gradients of the first step, found in the state after it: AdamW's first moment is then (1 − β₁) times the gradient. */
export const firstGradients = async (given: Case, arm: Arm): Promise<ReadonlyMap<string, Float32Array>> => {
  const { state } = await train(given, arm, { last: 1 })
  const share = 1 - given.training.beta1
  return new Map(
    [...state].flatMap(([name, { moments }]) =>
      moments ? [[name, moments.expAvg.map((value) => value / share)] as const] : []
    )
  )
}

/** The method's adaptation, by which masks and draws are made. */
export const adaptationOf = ({ model }: Case, arm: Arm) => adaptation(methodAt(arm, 1, { seed, width: model.width }))
