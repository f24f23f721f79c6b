/** How much memory a training takes: an estimate made before it begins. */
import { adaptation } from "../model/method.ts"
import type { Method, ModelShape } from "../schemas/model.ts"
import { parameterCounts } from "./arm.ts"

/** Node and onnxruntime before anything is computed. */
const idle = 153e6
/** Tokens whose logits are in memory at once, and the logits' copies: they are made in blocks of the vocabulary. */
const logits = { tokens: 512, copies: 2 } as const
/** Attention's probabilities, their gradients and the engine's copies; the half beyond the diagonal is not made. */
const attentionCopies = 1.45

/**
 * Bytes of a training on the onnx engine, about: fitted to the peaks that twelve trainings had, of widths 96 and 384, vocabularies
 * 4,096 and 50,304, rows of 256 to 1,024 tokens, with and without adapters, which it meets within 17 %.
 *
 * With N tokens in memory: weights twice (here and in the engine); gradients, here and there, and AdamW's two moments of what is
 * trained; a layer's activations, 6.6·D + 5.5·F a token with what the backward pass adds; its attention, H·N·T/2; a chunk of logits.
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
  const { heads, hidden, layers, vocabulary, width } = model
  const { total, trained } = parameterCounts(model, method)
  const tokens = rows * sequenceLength
  // Of the other layers only their inputs are kept.
  const kept = recompute ? 1 : layers
  const adapted = adaptation(method).tensors(model).filter(({ name }) => name.endsWith(".A"))
  // Beside each adapter: its input as kept, and where there is dropout its mask and their product's gradient.
  const copies = "dropout" in method && method.dropout > 0 ? 0.95 : 0.5
  const besideAdapters = copies * adapted.reduce((sum, { shape }) => sum + shape[1]!, 0)
  const floats = 2 * total + 4 * trained +
    tokens * kept * (6.6 * width + 5.5 * hidden) +
    tokens * besideAdapters * kept / layers +
    (recompute ? tokens * layers * width : 0) +
    attentionCopies * kept * heads * tokens * sequenceLength / 2 +
    logits.copies * Math.min(tokens, logits.tokens) * vocabulary
  return idle + 4 * floats
}

/** What makes a training need less memory: its batch does not, since only tokensAtOnce of it are in memory at once. */
export const memoryRemedy =
  "lower training.tokensAtOnce, set training.recompute, or choose a smaller size, sequenceLength or vocabulary"
