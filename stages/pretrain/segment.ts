import type { Adaptation } from "../../model/adaptation.ts"
import { checkState } from "../../model/divergence.ts"
import { jumpOf } from "../../model/jump.ts"
import { adaptation } from "../../model/method.ts"
import { fromTensors, toTensors } from "../../model/state.ts"
import { type Trainer, trainer } from "../../model/trainer.ts"
import type { Body } from "../../pipeline/stage.ts"
import { fromRows, type Row, toRows } from "../../schemas/table.ts"
import { Events, Metrics } from "../../schemas/tables.ts"
import type { pretrain } from "./stage.ts"

/** Milliseconds between two reports of progress. */
const reportEvery = 300

/** Rows of one optimizer step, in order and going round at the end; steps count from 1. */
const batchOf = (packed: Int32Array, rowLength: number, batchSize: number, step: number): Int32Array => {
  const rows = packed.length / rowLength
  const batch = new Int32Array(batchSize * rowLength)
  for (let i = 0; i < batchSize; i++) {
    const row = ((step - 1) * batchSize + i) % rows
    batch.set(packed.subarray(row * rowLength, (row + 1) * rowLength), i * rowLength)
  }
  return batch
}

/** Ids beyond the embedding, which an engine may read as another row's, or as none. */
const checkTokens = (tokens: Int32Array, vocabulary: number): void => {
  const foreign = tokens.find((token) => token < 0 || token >= vocabulary)
  if (foreign !== undefined) {
    throw new Error(
      `the packed text holds token id ${foreign}, and the model's embedding has rows 0 to ${vocabulary - 1}: ` +
        "raise tokenizer.vocabulary to the ids of the tokenizer that made the text"
    )
  }
}

/**
 * Trains from one checkpoint to the next. A state saved on the way is as good as the one that was read: nothing else passes from step
 * to step.
 */
export const train = (adapted: Adaptation) => async (io: Body<typeof pretrain>): Promise<void> => {
  const { batchSize, firstStep, learningRates, model, sequenceLength } = io.config
  const { microBatch, optimizer, recompute } = io.config
  const { token } = await io.read.packed()
  const rowLength = sequenceLength + 1
  if (token.length === 0 || token.length % rowLength !== 0) {
    throw new Error(
      `the packed table holds ${token.length} tokens, which are no whole rows of ${rowLength} (sequenceLength + 1): ` +
        "the corpus is too small for one row, or it was packed for another sequenceLength"
    )
  }
  checkTokens(token, model.vocabulary)
  const run = async (training: Trainer) => {
    const saved = await io.saved()
    const state = fromTensors(saved?.state ?? await io.read.previous(), training.place)
    const metrics: Array<Row<typeof Metrics>> = saved === undefined ? [] : toRows(Metrics, saved.metrics)
    const events: Array<Row<typeof Events>> = saved === undefined ? [] : toRows(Events, saved.events)
    const tell = (step: number, event: string, jump: number) => events.push({ step, event, jump })
    // A saved state has the method's tensors.
    const { jump, result: attached } = jumpOf(state, model, adapted.parts, () => adapted.attach(state, model))
    if (attached !== undefined) tell(firstStep, attached, jump)
    const after = new Map(io.config.events.map(({ event, step }) => [step, event]))
    const begun = metrics.length

    let saving: Promise<void> | undefined
    // The clock serves the display alone.
    let reported = { at: performance.now(), done: begun }
    try {
      for (const [index, learningRate] of learningRates.entries()) {
        if (index < begun) continue
        io.signal.throwIfAborted()
        const step = firstStep + index + 1
        const batch = batchOf(token, rowLength, batchSize, step)
        const { gradientNorm, loss } = await training.step(state, batch, step, learningRate, saving)
        const event = after.get(step)
        if (event !== undefined) {
          const { jump } = jumpOf(state, model, adapted.parts, () => adapted.events[event]!(state, step))
          tell(step, event, jump)
        }
        metrics.push({
          step,
          loss,
          learning_rate: learningRate,
          gradient_norm: gradientNorm,
          tokens: step * batchSize * sequenceLength,
          event: event ?? (index === 0 ? attached ?? "" : "")
        })
        const now = performance.now()
        const done = index + 1
        if (now - reported.at >= reportEvery || done === learningRates.length) {
          const tokens = (done - reported.done) * batchSize * sequenceLength
          const rate = Math.round(tokens / Math.max(1e-3, (now - reported.at) / 1000))
          io.progress({ done, total: learningRates.length, unit: "steps", figures: { loss, "tokens/s": rate } })
          reported = { at: now, done }
        }
        // A state is written while the next step's gradient is computed; one at a time, and the last before an end.
        if (done < learningRates.length && io.saveDue() && (saving === undefined || io.signal.aborted)) {
          await saving
          checkState(state, step, learningRate)
          saving = io.save(
            { state: toTensors(state), metrics: fromRows(Metrics, metrics), events: fromRows(Events, events) },
            { done, total: learningRates.length, unit: "steps" }
          ).finally(() => saving = undefined)
        }
      }
    } finally {
      await saving
    }
    return { events, metrics, state }
  }

  const training = await trainer({
    shape: model,
    adaptation: adapted,
    optimizer,
    batchSize,
    microBatch,
    recompute,
    sequenceLength,
    engine: io.engine,
    threads: io.threads
  })
  const { events, metrics, state } = await run(training).finally(() => training.dispose())
  checkState(state, firstStep + learningRates.length, learningRates.at(-1)!)
  await io.write.state(toTensors(state))
  await io.write.metrics(fromRows(Metrics, metrics))
  await io.write.events(fromRows(Events, events))
}

/** By the method that the settings name. */
export const body = (io: Body<typeof pretrain>): Promise<void> => train(adaptation(io.config.method))(io)
