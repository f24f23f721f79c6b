/** How a model's linear layers are trained: what a method must answer. README.md shows how to add one. */
import type { AdamW, ModelShape } from "../schemas/model.ts"
import type { Graph } from "../tensor/graph.ts"
import type { Node } from "../tensor/node.ts"
import type { Matrix } from "./methods/adapter-product.ts"
import type { Linear, Parameter } from "./parameters.ts"
import type { TrainingState } from "./state.ts"

/** A tensor of a model in training. */
export interface Trainable extends Parameter {
  /** Whether it gets a gradient, and is moved by it. */
  readonly trained: boolean
  /** Whether training moves it, where that is not whether it gets a gradient: one tensor's may move others. */
  readonly moved?: boolean
  /** Shape of AdamW's two moments of a trained tensor, where it is not the tensor's own; null where it has none. */
  readonly moments?: ReadonlyArray<number> | null
  /** Whether the optimizer alone keeps it, so that no forward pass sees it. */
  readonly optimizer?: boolean
}

/** Random zeros and ones that a training step is fed, one byte an element. */
export interface Mask {
  /** Name of the graph's input. */
  readonly name: string
  /** Elements of one row (token) of the masked tensor. */
  readonly width: number
  /** Fills the mask of some rows of `length` tokens each, for a step (from 1) and a micro-batch (from 0) of it. */
  readonly fill: (out: Uint8Array, step: number, microBatch: number, length: number) => void
}

/** Numbers that a training step is fed, the same for all of its rows. */
export interface Fed {
  /** Name of the graph's input. */
  readonly name: string
  readonly shape: ReadonlyArray<number>
  /** Fills them for a step (from 1). */
  readonly fill: (out: Float32Array, step: number) => void
}

/** Where a linear layer finds its tensors in the graph. */
export interface Inputs {
  readonly tensor: (name: string) => Node
  /** A mask of the given shape, as float32 zeros and ones. */
  readonly mask: (name: string, shape: ReadonlyArray<number>) => Node
  /** Numbers of the step. */
  readonly fed: (name: string) => Node
  /** What went into a layer before this one, by name, where layers are `joined`. */
  readonly entered: (layer: string) => Node
}

/** What a trained tensor's update is made of. */
export interface Update {
  /** The tensor's name. */
  readonly name: string
  readonly state: TrainingState
  /** Of the whole batch, by tensor. */
  readonly gradients: ReadonlyMap<string, Float32Array>
  /** The step that the update makes, from 1. */
  readonly step: number
  readonly learningRate: number
  readonly optimizer: AdamW
}

/** A linear layer's weight, taken apart. */
export interface WeightParts {
  /** [out, in] */
  readonly shape: ReadonlyArray<number>
  /** The matrix (out, in) by which a forward pass without dropout multiplies. */
  readonly effective: Float32Array | Float64Array
  /** What of it is not the pair's product. */
  readonly base?: Float32Array
  /** The pair whose product, times some scale, is the rest: A (rank, in), B (out, rank). */
  readonly pair?: readonly [a: Matrix, b: Matrix]
}

/** A layer y = B·silu(A x), which multiplies by no matrix: it has no effective weight. */
export interface BottleneckParts {
  /** [out, in] */
  readonly shape: ReadonlyArray<number>
  readonly effective?: undefined
  readonly base?: undefined
  /** A (rank, in), B (out, rank) */
  readonly pair: readonly [a: Matrix, b: Matrix]
}

/** What a layer is made of. */
export type Parts = WeightParts | BottleneckParts

export interface Adaptation {
  /** Every tensor of the trained model, in the order of the state. */
  readonly tensors: (shape: ModelShape) => ReadonlyArray<Trainable>
  readonly masks: (shape: ModelShape) => ReadonlyArray<Mask>
  readonly fed?: (shape: ModelShape) => ReadonlyArray<Fed>
  /**
   * Whether a layer looks at layers before it, at their tensors or at what went into them. Then all activations are kept: no layer can
   * be differentiated, or made anew, by itself.
   */
  readonly joined?: boolean
  /** A linear layer of a training step: x (N, in) → (N, out). */
  readonly linear: (graph: Graph, layer: Linear, x: Node, inputs: Inputs) => Node
  /**
   * Fits a state to the method, in place: tensors of the method that it lacks are made, frozen ones lose their moments.
   * Gives the event's name where tensors were made.
   */
  readonly attach: (state: TrainingState, shape: ModelShape) => string | undefined
  /** What happens after the updates of some steps, in place: merge, reset, switch, … Each says what becomes of the moments. */
  readonly events: Readonly<Record<string, (state: TrainingState, step: number) => void>>
  /** What a linear layer is made of, as a state has it; the plain weight where the state lacks the method's tensors. */
  readonly parts: (state: TrainingState, name: string) => Parts
  /** Updates a trained tensor, where AdamW does not: gives the sum of its squared gradient. */
  readonly update?: (update: Update) => number | undefined
  /** Floating-point operations of a training beside 6 for each trained scalar and token, and 4 for each frozen one. */
  readonly operations?: (shape: ModelShape, tokens: number, steps: number) => number
}

/** What happens after the update of a step, from 1. */
export interface Event {
  readonly step: number
  readonly event: string
}
