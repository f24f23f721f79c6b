/** How a model's linear layers are trained: what a method of adaptation must answer. */
import type { ModelShape } from "../schemas/model.ts"
import type { Graph } from "../tensor/graph.ts"
import type { Node } from "../tensor/node.ts"
import type { Linear, Parameter } from "./parameters.ts"
import type { TrainingState } from "./state.ts"

/** A tensor of a model in training. */
export interface Trainable extends Parameter {
  /** Whether it gets gradients, and AdamW's moments. */
  readonly trained: boolean
}

/** Random zeros and ones that a training step is fed, one byte an element. */
export interface Mask {
  /** Name of the graph's input. */
  readonly name: string
  /** Elements of one row (token) of the masked tensor. */
  readonly width: number
  /** Fills the mask of some rows for a step (from 1) and a micro-batch (from 0) of it. */
  readonly fill: (out: Uint8Array, step: number, microBatch: number) => void
}

/** Where a linear layer finds its tensors in the graph. */
export interface Inputs {
  readonly tensor: (name: string) => Node
  /** A mask of the given shape, as float32 zeros and ones. */
  readonly mask: (name: string, shape: ReadonlyArray<number>) => Node
}

export interface Adaptation {
  /** Every tensor of the trained model, in the order of the state. */
  readonly tensors: (shape: ModelShape) => ReadonlyArray<Trainable>
  readonly masks: (shape: ModelShape) => ReadonlyArray<Mask>
  /** A linear layer of a training step: x (N, in) → (N, out). */
  readonly linear: (graph: Graph, layer: Linear, x: Node, inputs: Inputs) => Node
  /**
   * Fits a state to the method, in place: tensors of the method that it lacks are made, frozen ones lose their moments.
   * Says whether tensors were made.
   */
  readonly attach: (state: TrainingState, shape: ModelShape) => boolean
  /** Folds adapters into the weights after the update of a step, in place. */
  readonly merge: (state: TrainingState, step: number) => void
}
