/** How much memory a training takes: an estimate made before it begins. */
import { adaptation } from "../model/method.ts"
import type { Method, ModelShape } from "../schemas/model.ts"
import { parameterCounts, stateSize } from "./arm.ts"

/** Node, its threads and onnxruntime, bytes. */
const idle = 261e6
/** What is in memory for each number that a layer keeps, with what the backward pass adds and what lies unused between. */
const kept = 1.35
/** The same for each input of an adapter, which lies there masked, and its mask as numbers; and without dropout. */
const besideAdapter = { masked: 1.16, plain: 0.6 } as const
/** The same for each logit of a batch, whose probability is kept. */
const perLogit = 0.81
/** The same for each number of the output table: its blocks, their gradients, and the sums of both tables' gradients. */
const perEntry = 7.9

/**
 * Bytes of a training on the onnx engine, about. The factors are fitted to the peaks of thirteen trainings, of widths 96 and 384,
 * vocabularies 4,096 and 50,304, rows of 256 to 1,024 tokens, with and without adapters and recomputing, which it meets within 13 %;
 * the one without dropout is a guess. Five of other widths, depths and vocabularies, not used for the fit, it meets within 13 % too.
 *
 * With N tokens in memory: weights, and once more what they were read from; gradients, and what the
 * optimizer keeps, of AdamW two moments; of a layer two norms, two sums, queries, keys, values, attention's result and the two halves
 * of the gate, where layers are joined also what comes of these; probabilities.
 */
export const trainingMemory = (
  model: ModelShape,
  method: Method,
  { recompute = false, rows, sequenceLength }: {
    /** Rows in memory at once. */
    readonly rows: number
    readonly sequenceLength: number
    readonly recompute?: boolean
  }
): number => {
  const { heads, hidden, kvHeads, layers, vocabulary, width } = model
  const { differentiated, total } = parameterCounts(model, method)
  const tokens = rows * sequenceLength
  // Of the other layers only their inputs are kept.
  const whole = recompute ? 1 : layers
  const { joined = false, tensors } = adaptation(method)
  const adapted = tensors(model).filter(({ name, optimizer }) => name.endsWith(".A") && !optimizer)
  const inputs = adapted.reduce((sum, { shape }) => sum + shape[1]!, 0) * whole / layers
  const masked = "dropout" in method && method.dropout > 0
  const gated = joined ? 4 : 2
  const activations = whole * ((6 + 2 * kvHeads / heads) * width + gated * hidden) + (recompute ? layers * width : 0)
  const ofOptimizer = stateSize(model, method) / 4 - total
  const floats = 2 * total + differentiated + ofOptimizer +
    tokens * (kept * activations + besideAdapter[masked ? "masked" : "plain"] * inputs + perLogit * vocabulary) +
    perEntry * vocabulary * width
  return idle + 4 * floats
}

/** What makes a training need less memory: its batch does not, since only tokensAtOnce of it are in memory at once. */
export const memoryRemedy = (method: Method): string =>
  `lower training.tokensAtOnce, ${
    adaptation(method).joined ? "" : "set training.recompute, "
  }or choose a smaller size, sequenceLength or vocabulary`
