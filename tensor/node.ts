import type { Shape } from "./shape.ts"

/** Element types. Arithmetic is float32; the others are fed, cast, compared, or used as indices. */
export type Dtype = "float32" | "int64" | "int32" | "uint8" | "bool"

/** Bytes of a constant, of the array type that belongs to its dtype (`uint8` and `bool` share one). */
export type ConstantData = Float32Array | BigInt64Array | Int32Array | Uint8Array

type None = Readonly<Record<string, never>>
type Reduction = { readonly axes: readonly number[]; readonly keep: boolean }

/** Every operation of the intermediate representation, with what it needs beside its inputs. */
export interface Attributes {
  readonly input: { readonly name: string }
  readonly constant: { readonly data: ConstantData }
  readonly scalar: { readonly value: number }
  readonly matmul: { readonly transposeA: boolean; readonly transposeB: boolean; readonly alpha: number }
  readonly add: None
  readonly sub: None
  readonly mul: None
  readonly div: None
  readonly equal: None
  readonly neg: None
  readonly exp: None
  readonly log: None
  readonly sqrt: None
  readonly sigmoid: None
  readonly silu: None
  readonly reduceSum: Reduction
  readonly reduceMean: Reduction
  readonly reduceMax: Reduction
  readonly expand: None
  readonly reshape: None
  readonly transpose: { readonly permutation: readonly number[] }
  readonly slice: { readonly axis: number; readonly start: number; readonly end: number }
  readonly pad: { readonly axis: number; readonly before: number; readonly after: number }
  readonly concat: { readonly axis: number }
  readonly addN: None
  readonly gather: None
  readonly scatterAdd: None
  readonly softmax: None
  readonly where: None
  readonly cast: None
  readonly rmsNorm: { readonly epsilon: number }
  readonly rmsNormInverse: { readonly epsilon: number }
  readonly rope: { readonly heads: number; readonly interleaved: boolean; readonly inverse: boolean }
}

export type Operation = keyof Attributes

/** One operation applied to earlier nodes. Nodes are immutable and belong to the graph that made them. */
export interface NodeOf<O extends Operation> {
  /** position in the graph; inputs always have smaller ids */
  readonly id: number
  readonly op: O
  readonly inputs: readonly Node[]
  readonly shape: Shape
  readonly dtype: Dtype
  readonly attributes: Attributes[O]
  /** path of labels under which the node was made, for profiles and errors; may be empty */
  readonly scope: string
}

export type Node = { [O in Operation]: NodeOf<O> }[Operation]
