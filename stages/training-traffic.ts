/** How many bytes a training moves between a processor and its memory: for small models on a GPU, what takes the time. */
import { adaptation } from "../model/method.ts"
import type { Method, ModelShape } from "../schemas/model.ts"

/**
 * Bytes moved for each score of attention, T² of them for each head, where attention is not fused: in mixed precision the
 * products are in bf16 (2 bytes) and mask and softmax in float32 (4), and each operation reads its operands and writes its
 * result. Forward: scores written 2, read and masked 2 + 4, softmax 4 + 4, cast 4 + 2, times values 2. Backward: through the
 * values 2, cast 2 + 4, softmax 4 + 4 + 4, cast 4 + 2, to queries, keys and values 2 + 2 + 2.
 */
const bytesOfScore = 24 + 32
/**
 * Bytes for each logit, V of a token. Forward: written 2, cast 2 + 4, log-softmax 4 + 4, its target's read 0. Backward:
 * 4 + 4 + 4, cast 4 + 2, to the last layer and the table 2 + 2.
 */
const bytesOfLogit = 16 + 22
/** Bytes for each value of a layer's activations: written once and read twice, of 2 and 4 bytes. */
const bytesOfActivation = 9

/**
 * Bytes that a training on `tokens` tokens moves, roughly, in PyTorch as the study ran it (arXiv 2509.12960 and its code):
 * explicit additive mask, so that no fused kernel is taken and the masked half is computed; mixed precision in bf16. Weights
 * and their updates are left out: with two million tokens a step they do not count.
 */
export const trainingTraffic = (
  model: ModelShape,
  method: Method,
  sequenceLength: number,
  tokens: number
): number => {
  const { heads, hidden, layers, vocabulary, width } = model
  const adapted = adaptation(method).tensors(model).filter(({ name, optimizer }) => name.endsWith(".A") && !optimizer)
  // Each adapter's input is once more dropped out and read.
  const besideAdapters = adapted.reduce((sum, { shape }) => sum + shape[1]!, 0)
  return tokens * (
    bytesOfScore * layers * heads * sequenceLength +
    bytesOfLogit * vocabulary +
    bytesOfActivation * (layers * (12 * width + 10 * hidden) + besideAdapters)
  )
}
