/** Optimizer steps: a batch and a learning rate in, a changed training state out. */
import type { AdamW, ModelShape } from "../schemas/model.ts"
import type { Engine, Feeds } from "../tensor/engine.ts"
import { engine } from "../tensor/engines.ts"
import { type Factors, factors, type Moments } from "./adamw.ts"
import type { Adaptation } from "./adaptation.ts"
import { collect } from "./collect.ts"
import { checkGradient, checkLoss } from "./divergence.ts"
import { elements } from "./parameters.ts"
import { tensorOf, type TensorState, type TrainingState } from "./state.ts"
import { gradientName, trainingGraph } from "./training-graph.ts"
import { adamw } from "./update.ts"
import { type Part, type Workspace, workspace } from "./workspace.ts"

export interface TrainerOptions {
  readonly shape: ModelShape
  readonly adaptation: Adaptation
  readonly optimizer: AdamW
  /** Rows in one optimizer step, and tokens that a row predicts. */
  readonly batchSize: number
  /** Rows in memory at once, a divisor of batchSize; default: `microBatchRows`. */
  readonly microBatch?: number
  /** Whether activations are made anew in the backward pass instead of being kept for it; default: false. */
  readonly recompute?: boolean
  readonly sequenceLength: number
  /** Engine, or its name: onnx, reference. */
  readonly engine: string | Engine
  readonly threads: number
}

export interface StepResult {
  /** Mean cross-entropy before the update, nats per token. */
  readonly loss: number
  /** Euclidean norm of all gradients. */
  readonly gradientNorm: number
}

export interface Trainer {
  /**
   * One update of the state, in place. `rows` holds batchSize rows of sequenceLength + 1 tokens; steps count from 1. Until
   * `held` has come about, the state is only read: it may be written to a file while its next gradient is computed.
   *
   * @throws {Diverged} when loss or gradients are no numbers, or gradients explode; the state is then spoilt
   */
  readonly step: (
    state: TrainingState,
    rows: Int32Array,
    step: number,
    learningRate: number,
    held?: Promise<unknown>
  ) => Promise<StepResult>
  /**
   * Where a part of a tensor is best kept: an array, zeros at first, that a state may hold so that `step` need not move it there.
   * Nothing where it does not matter.
   */
  readonly place: (name: string, part: Exclude<Part, "gradient">) => Float32Array | undefined
  readonly dispose: () => Promise<void>
}

/** Most tokens of one run of the program, unless a study says otherwise; its memory grows with them. */
export const defaultTokensAtOnce = 2048

/** Rows in memory at once: the largest divisor of the batch that keeps to so many tokens, or one row. */
export const microBatchRows = (
  batchSize: number,
  sequenceLength: number,
  tokensAtOnce: number = defaultTokensAtOnce
): number => {
  let rows = Math.max(1, Math.min(batchSize, Math.floor(tokensAtOnce / sequenceLength)))
  while (batchSize % rows !== 0) rows--
  return rows
}

/** Compiles the training step of a model. */
export const trainer = async (options: TrainerOptions): Promise<Trainer> => {
  const { adaptation, batchSize, optimizer, sequenceLength: length, shape, threads } = options
  const rows = options.microBatch ?? microBatchRows(batchSize, length)
  const microBatches = batchSize / rows
  if (!Number.isInteger(microBatches)) {
    throw new Error(`microBatch ${rows} must divide batchSize ${batchSize}, so that every run has equally many rows`)
  }
  const { graph, outputs } = trainingGraph(shape, adaptation, {
    rows,
    length,
    recompute: options.recompute ?? false
  })
  const chosen = typeof options.engine === "string" ? await engine(options.engine) : options.engine
  // Where threads can share arrays, the engine computes in a thread of its own, and this one draws the next masks meanwhile.
  const shares = await chosen.readsShared?.() ?? false
  const program = await chosen.compile(graph, outputs, { threads, apart: shares })
  const buffer = (bytes: number) => shares ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes)
  const numbers = (length: number) => new Float32Array(buffer(4 * length))

  const all = adaptation.tensors(shape)
  const trained = all.filter((parameter) => parameter.trained)
  const seen = all.filter(({ optimizer }) => !optimizer).map(({ name }) => name)
  const lengths = new Map(trained.map((of) => [of.name, elements(of.shape)]))
  /** Those with AdamW's moments as they are. */
  const plain = new Set(trained.filter(({ moments }) => moments === undefined).map(({ name }) => name))
  // Without arrays that threads can share, this thread updates, and copies what it updates.
  const room: Workspace | undefined = shares
    ? workspace(new Map([...lengths].filter(([name]) => plain.has(name))), { threads })
    : undefined
  const arrays = (where: (name: string) => Float32Array | undefined) =>
    new Map([...lengths].map(([name, length]) => [name, where(name) ?? numbers(length)]))
  const total = arrays((name) => room?.array(name, "gradient"))
  // With one micro-batch its gradient is the batch's.
  const found = microBatches === 1 ? total : arrays(() => undefined)
  const into = {
    loss: numbers(1),
    ...Object.fromEntries([...found].map(([name, gradient]) => [gradientName(name), gradient]))
  }
  const fed = adaptation.fed?.(shape).map((one) => ({ ...one, data: numbers(elements(one.shape)) })) ?? []
  const tokens = new Int32Array(buffer(4 * rows * length))
  const targets = new Int32Array(buffer(4 * rows * length))

  /** Masks of one micro-batch of one step, and of which. */
  interface Drawn {
    readonly data: ReadonlyMap<string, Uint8Array>
    of: string
  }
  const masks = adaptation.masks(shape)
  const drawn = (): Drawn => ({
    data: new Map(masks.map(({ name, width }) => [name, new Uint8Array(buffer(rows * length * width))])),
    of: ""
  })
  let [now, next] = [drawn(), drawn()]
  const draw = (into: Drawn, step: number, microBatch: number): void => {
    const of = `${step} ${microBatch}`
    if (into.of === of) return
    for (const { fill, name } of masks) fill(into.data.get(name)!, step, microBatch, length)
    into.of = of
  }

  /** Loss of one micro-batch; its gradients are left in `found`. */
  const run = async (state: TrainingState, batch: Int32Array, step: number, microBatch: number): Promise<number> => {
    for (let row = 0; row < rows; row++) {
      const start = (microBatch * rows + row) * (length + 1)
      tokens.set(batch.subarray(start, start + length), row * length)
      targets.set(batch.subarray(start + 1, start + 1 + length), row * length)
    }
    const feeds: Record<string, Feeds[string]> = { tokens, targets }
    for (const name of seen) {
      const tensor = tensorOf(state, name)
      settle(name, tensor)
      feeds[name] = tensor.shown ?? tensor.values
    }
    for (const { data, name } of fed) feeds[name] = data
    if (`${step} ${microBatch}` === next.of) [now, next] = [next, now]
    draw(now, step, microBatch)
    const running = program.run({ ...feeds, ...Object.fromEntries(now.data) }, into)
    // A program that fails is told of below.
    running.catch(() => {})
    if (shares && masks.length > 0) {
      // Drawing takes this thread; the message to the engine's is to be on its way first.
      await new Promise((resolve) => setImmediate(resolve))
      if (microBatch + 1 < microBatches) draw(next, step, microBatch + 1)
      else draw(next, step + 1, 0)
    }
    await running
    return into.loss[0]!
  }

  const accumulate = (): void => {
    for (const [name, gradient] of found) {
      const sum = total.get(name)!
      for (let i = 0; i < sum.length; i++) sum[i]! += gradient[i]! / microBatches
    }
  }

  /** Arrays of values that AdamW does not change in the room: of frozen tensors, mostly. */
  const others = new Map<string, Float32Array>()
  const counts = new Map(all.map((tensor) => [tensor.name, elements(tensor.shape)]))
  const valuesOf = (name: string): Float32Array | undefined => {
    if (!shares) return undefined
    const inRoom = room?.array(name, "values")
    if (inRoom) return inRoom
    const count = counts.get(name)
    if (count === undefined) return undefined
    const known = others.get(name) ?? numbers(count)
    others.set(name, known)
    return known
  }

  /** Whose tensors lie in arrays that threads share. */
  const owners = new Map<string, TensorState>()
  /** Moves a tensor to such arrays; says whether AdamW finds it, moments and all, in the room. */
  const settle = (name: string, tensor: TensorState): boolean => {
    const values = valuesOf(name)
    const expAvg = room?.array(name, "expAvg")
    const expAvgSq = room?.array(name, "expAvgSq")
    if (!values) return false
    const owner = owners.get(name)
    if (owner && owner !== tensor) {
      // Another state is trained from now on; the earlier one keeps what it had.
      if (owner.values === values) owner.values = values.slice()
      if (expAvg && expAvgSq && owner.moments?.expAvg === expAvg) {
        owner.moments = { expAvg: expAvg.slice(), expAvgSq: expAvgSq.slice(), step: owner.moments.step }
      }
    }
    owners.set(name, tensor)
    if (tensor.values !== values) {
      values.set(tensor.values)
      tensor.values = values
    }
    if (!expAvg || !expAvgSq) return false
    const { moments } = tensor
    if (moments && moments.expAvg !== expAvg) {
      expAvg.set(moments.expAvg)
      expAvgSq.set(moments.expAvgSq)
      tensor.moments = { expAvg, expAvgSq, step: moments.step }
    }
    return true
  }

  /** AdamW's moments of a tensor in the room, zeros where it has none yet. */
  const momentsOf = (name: string, tensor: TensorState): Moments => {
    if (tensor.moments) return tensor.moments
    const [expAvg, expAvgSq] = [room!.array(name, "expAvg")!, room!.array(name, "expAvgSq")!]
    for (const none of [expAvg, expAvgSq]) none.fill(0)
    return tensor.moments = { expAvg, expAvgSq, step: 0 }
  }

  /** Updates every trained tensor; gives the squared norm of all gradients. */
  const updateAll = async (state: TrainingState, step: number, learningRate: number): Promise<number> => {
    const squares = new Map<string, number>()
    let settled: Array<readonly [string, Factors]> = []
    const finish = async () => {
      for (const [i, sum] of (await room?.update(settled) ?? []).entries()) squares.set(settled[i]![0], sum)
      settled = []
    }
    for (const [name, gradient] of total) {
      const tensor = tensorOf(state, name)
      // A method's own update may look at tensors before it.
      if (adaptation.update) await finish()
      const own = adaptation.update?.({ name, state, gradients: total, step, learningRate, optimizer })
      if (own !== undefined) squares.set(name, own)
      else if (settle(name, tensor)) {
        const moments = momentsOf(name, tensor)
        moments.step += 1
        settled.push([name, factors(moments.step, learningRate, optimizer)])
      } else squares.set(name, adamw(tensor, gradient, learningRate, optimizer))
      delete tensor.shown
    }
    await finish()
    return [...total.keys()].reduce((sum, name) => sum + squares.get(name)!, 0)
  }

  let begun = false
  return {
    place: (name, part) => part === "values" ? valuesOf(name) : room?.array(name, part),
    step: async (state, batch, step, learningRate, held) => {
      if (batch.length !== batchSize * (length + 1)) {
        throw new Error(`step ${step}: the batch holds ${batch.length} tokens, not ${batchSize} rows of ${length + 1}`)
      }
      if (!begun) collect()
      begun = true
      if (microBatches > 1) { for (const sum of total.values()) sum.fill(0) }
      for (const { data, fill } of fed) fill(data, step)
      let loss = 0
      for (let microBatch = 0; microBatch < microBatches; microBatch++) {
        loss += await run(state, batch, step, microBatch) / microBatches
        if (microBatches > 1) accumulate()
      }
      checkLoss(loss, step, learningRate)
      await held
      const gradientNorm = Math.sqrt(await updateAll(state, step, learningRate))
      checkGradient(gradientNorm, step, learningRate)
      return { loss, gradientNorm }
    },
    dispose: async () => {
      await Promise.all([program.dispose(), room?.dispose()])
    }
  }
}
