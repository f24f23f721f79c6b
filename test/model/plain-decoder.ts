/** The decoder once more, in plain loops over float64 numbers: what the graph of tensors must agree with. */
import { headWidth, type Weights } from "../../model/parameters.ts"
import type { ModelShape } from "../../schemas/model.ts"

type Vector = ReadonlyArray<number>

const sum = (values: Vector): number => values.reduce((total, value) => total + value, 0)

/** W x of a matrix (out, in), row-major. */
const times = (weight: ArrayLike<number>, x: Vector): Vector =>
  Array.from(
    { length: weight.length / x.length },
    (_, o) => sum(x.map((value, i) => weight[o * x.length + i]! * value))
  )

const plus = (a: Vector, b: Vector): Vector => a.map((value, i) => value + b[i]!)

/** x / √(mean x² + ε), times the weight. */
const rmsNorm = (weight: ArrayLike<number>, x: Vector, epsilon: number): Vector => {
  const scale = 1 / Math.sqrt(sum(x.map((value) => value * value)) / x.length + epsilon)
  return x.map((value, i) => value * scale * weight[i]!)
}

/** Turns elements 2i and 2i+1 of a head by position · theta^(−2i/K). */
const rotate = (head: Vector, position: number, theta: number): Vector =>
  head.map((value, at) => {
    const first = at - at % 2
    const angle = position * theta ** (-first / head.length)
    return at === first
      ? value * Math.cos(angle) - head[at + 1]! * Math.sin(angle)
      : head[first]! * Math.sin(angle) + value * Math.cos(angle)
  })

const silu = (x: number): number => x / (1 + Math.exp(-x))

/** log p(token i | tokens before i), i = 1 … n − 1. */
export const plainLogProbabilities = (shape: ModelShape, weights: Weights, tokens: Int32Array): Vector => {
  const { heads, kvHeads, layers, normEpsilon, ropeTheta, width } = shape
  const K = headWidth(shape)
  const of = (name: string) => weights.get(name)!
  const head = (x: Vector, h: number): Vector => x.slice(h * K, (h + 1) * K)

  let xs: ReadonlyArray<Vector> = Array.from(
    tokens.subarray(0, -1),
    (token) => Array.from(of("embedding_proj").subarray(token * width, (token + 1) * width))
  )
  for (let layer = 0; layer < layers; layer++) {
    const attention = `layers.${layer}.attention`
    const normed = xs.map((x) => rmsNorm(of(`${attention}_norm`), x, normEpsilon))
    const project = (part: string) => normed.map((x) => times(of(`${attention}.${part}`), x))
    const [q, k, v] = [project("q_proj"), project("k_proj"), project("v_proj")]
    xs = xs.map((x, t) => {
      const mixed = Array.from({ length: heads }, (_, h) => {
        const shared = Math.floor(h / (heads / kvHeads))
        const query = rotate(head(q[t]!, h), t, ropeTheta)
        const scores = Array.from({ length: t + 1 }, (_, s) => {
          const key = rotate(head(k[s]!, shared), s, ropeTheta)
          return Math.exp(sum(query.map((value, i) => value * key[i]!)) / Math.sqrt(K))
        })
        return Array.from(
          { length: K },
          (_, i) => sum(scores.map((score, s) => score * head(v[s]!, shared)[i]!)) / sum(scores)
        )
      })
      return plus(x, times(of(`${attention}.o_proj`), mixed.flat()))
    })
    const swiglu = `layers.${layer}.swiglu`
    xs = xs.map((x) => {
      const input = rmsNorm(of(`${swiglu}_norm`), x, normEpsilon)
      const linear = times(of(`${swiglu}.w_1`), input)
      const gated = times(of(`${swiglu}.w_0`), input).map((value, i) => silu(value) * linear[i]!)
      return plus(x, times(of(`${swiglu}.w_2`), gated))
    })
  }
  return xs.map((x, t) => {
    const logits = times(of("de_embedding_proj"), rmsNorm(of("output_norm"), x, normEpsilon))
    return logits[tokens[t + 1]!]! - Math.log(sum(logits.map(Math.exp)))
  })
}
