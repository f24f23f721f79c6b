/** The parameters of a pico decoder: names, shapes, and the values they start from. */
import type { ModelShape } from "../schemas/model.ts"
import { stream } from "../tensor/random.ts"

/** A parameter's name and its shape; matrices are [out, in], as PyTorch stores a linear layer. */
export interface Parameter {
  readonly name: string
  readonly shape: ReadonlyArray<number>
  /** What kind of layer it belongs to, by which it is drawn. */
  readonly kind: "embedding" | "norm" | "linear"
}

/** A linear layer's weight. */
export interface Linear extends Parameter {
  readonly kind: "linear"
  readonly shape: readonly [outputs: number, inputs: number]
}

/** Tensors by name, in a fixed order. */
export type Weights = ReadonlyMap<string, Float32Array>

export const headWidth = ({ heads, width }: ModelShape): number => width / heads

/** Number of elements of a shape. */
export const elements = (shape: ReadonlyArray<number>): number => shape.reduce((product, size) => product * size, 1)

const linear = (name: string, out: number, into: number): Linear => ({ name, kind: "linear", shape: [out, into] })
const norm = (name: string, width: number): Parameter => ({ name, kind: "norm", shape: [width] })

/** Every parameter of the model, in the order in which states keep them. */
export const parameters = (shape: ModelShape): ReadonlyArray<Parameter> => {
  const { hidden, kvHeads, layers, vocabulary, width } = shape
  const kvWidth = kvHeads * headWidth(shape)
  const block = (prefix: string): ReadonlyArray<Parameter> => [
    norm(`${prefix}.attention_norm`, width),
    linear(`${prefix}.attention.q_proj`, width, width),
    linear(`${prefix}.attention.k_proj`, kvWidth, width),
    linear(`${prefix}.attention.v_proj`, kvWidth, width),
    linear(`${prefix}.attention.o_proj`, width, width),
    norm(`${prefix}.swiglu_norm`, width),
    linear(`${prefix}.swiglu.w_0`, hidden, width),
    linear(`${prefix}.swiglu.w_1`, hidden, width),
    linear(`${prefix}.swiglu.w_2`, width, hidden)
  ]
  return [
    { name: "embedding_proj", kind: "embedding", shape: [vocabulary, width] },
    ...Array.from({ length: layers }, (_, layer) => block(`layers.${layer}`)).flat(),
    norm("output_norm", width),
    linear("de_embedding_proj", vocabulary, width)
  ]
}

export const isLinear = (parameter: Parameter): parameter is Linear => parameter.kind === "linear"

/** Number of scalars in some parameters. */
export const count = (some: ReadonlyArray<Parameter>): number =>
  some.reduce((total, { shape }) => total + elements(shape), 0)

/** Bound of PyTorch's default law of a linear layer (kaiming_uniform with a = √5), U(−1/√in, 1/√in). */
export const linearBound = (into: number): number => 1 / Math.sqrt(into)

/** First values of one parameter by PyTorch's defaults: linear U(±1/√in), embedding N(0, 1), norm 1. */
const draw = ({ kind, name, shape }: Parameter, seed: number): Float32Array => {
  const values = new Float32Array(elements(shape))
  if (kind === "norm") return values.fill(1)
  const numbers = stream(seed, "initialise", name)
  if (kind === "embedding") return numbers.fillNormal(values)
  const bound = linearBound(shape[1]!)
  return numbers.fillUniform(values, -bound, bound)
}

/** First values of every parameter. Each has a stream of its own, so models that share a tensor share its values. */
export const initialise = (shape: ModelShape, seed: number): Map<string, Float32Array> =>
  new Map(parameters(shape).map((parameter) => [parameter.name, draw(parameter, seed)]))
