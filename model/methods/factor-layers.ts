/** Layers that are a pair of thin matrices and hold no weight: A (rank, in), B (out, rank). */
import type { ModelShape } from "../../schemas/model.ts"
import type { Graph } from "../../tensor/graph.ts"
import type { Node } from "../../tensor/node.ts"
import type { Adaptation, Inputs, Parts, Trainable } from "../adaptation.ts"
import { type Linear, type Parameter, parameters } from "../parameters.ts"
import type { TrainingState } from "../state.ts"
import { plusProduct } from "./adapter-product.ts"
import { nameA, nameB, pairOf, pairTensors, perLayer, plainParts, targeted } from "./pair.ts"

export interface FactorLayers {
  readonly isTarget: (parameter: Parameter) => parameter is Linear
  readonly tensors: Adaptation["tensors"]
  /** Whether a tensor is a targeted layer's weight, which the factors take the place of. */
  readonly replaced: (shape: ModelShape) => (name: string) => boolean
}

/** The targeted layers as factors, each followed by `more` tensors of a method's own; all else is trained as it is. */
export const factorLayers = (
  { rank, targets }: { readonly rank: number; readonly targets: ReadonlyArray<string> },
  more: (layer: Linear) => ReadonlyArray<Trainable> = () => []
): FactorLayers => {
  const isTarget = targeted(targets)
  return {
    isTarget,
    tensors: perLayer(targets, (layer) => [...pairTensors(layer, rank), ...more(layer)]),
    replaced: (shape) => {
      const names = new Set(parameters(shape).filter(isTarget).map(({ name }) => name))
      return (name) => names.has(name)
    }
  }
}

/** x Aᵀ Bᵀ, or x Wᵀ of a layer that is no pair: x (N, in) → (N, out). */
export const throughFactors = (
  { isTarget }: FactorLayers,
  graph: Graph,
  layer: Linear,
  x: Node,
  tensor: Inputs["tensor"]
): Node => {
  const { name } = layer
  if (!isTarget(layer)) return graph.matmul(x, tensor(name), { transposeB: true })
  const inner = graph.matmul(x, tensor(nameA(name)), { transposeB: true }) // (N, R)
  return graph.matmul(inner, tensor(nameB(name)), { transposeB: true })
}

/** B·A, or W where there is no pair. */
export const productParts = (state: TrainingState, name: string): Parts => {
  const pair = pairOf(state, name)
  if (!pair) return plainParts(state, name)
  const [a, b] = pair
  return { shape: [b.shape[0]!, a.shape[1]!], effective: plusProduct(undefined, a, b, 1), pair }
}
