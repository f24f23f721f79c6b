/** How much memory a training takes: an estimate made before it begins. */
import { adaptation } from "../model/method.ts"
import type { Method, ModelShape } from "../schemas/model.ts"
import { parameterCounts } from "./arm.ts"

/** Node and onnxruntime before anything is computed. */
const idle = 200e6
/** Tokens whose logits are in memory at once, and the logits' copies: probabilities, gradients and their products. */
const logits = { tokens: 512, copies: 8 } as const
/** Attention's probabilities, their gradients and the engine's copies; the half beyond the diagonal is not made. */
const attentionCopies = 3

/**
 * Bytes of a training on the onnx engine, about: fitted to the peaks that eight trainings had, of widths 48 to 384,
 * vocabularies 2,048 to 50,304 and rows of 128 to 2,048 tokens, which it meets within 15 %.
 *
 * With N tokens in memory: weights twice (here and in the engine), gradients and AdamW's two moments of what is trained;
 * a layer's activations, 12·D + 10·F a token with what the backward pass adds; its attention, H·N·T/2; a chunk of logits.
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
  const copies = method.kind === "relora" && method.dropout > 0 ? 2.5 : 1.25
  const besideAdapters = copies * adapted.reduce((sum, { shape }) => sum + shape[1]!, 0)
  const floats = 2 * total + 3 * trained +
    tokens * kept * (12 * width + 10 * hidden) +
    tokens * besideAdapters * kept / layers +
    (recompute ? tokens * layers * width : 0) +
    attentionCopies * kept * heads * tokens * sequenceLength / 2 +
    logits.copies * Math.min(tokens, logits.tokens) * vocabulary
  return idle + 4 * floats
}

/** What makes a training need less memory: its batch does not, since only tokensAtOnce of it are in memory at once. */
export const memoryRemedy =
  "lower training.tokensAtOnce, set training.recompute, or choose a smaller size, sequenceLength or vocabulary"
