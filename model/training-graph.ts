/** One training step as a tensor program: loss and gradients of a batch. */
import type { ModelShape } from "../schemas/model.ts"
import { gradients } from "../tensor/differentiate.ts"
import { Graph } from "../tensor/graph.ts"
import type { Node } from "../tensor/node.ts"
import type { Adaptation } from "./adaptation.ts"
import { crossEntropy, primitiveCrossEntropy } from "./cross-entropy.ts"
import { decoder } from "./decoder.ts"

/** Tokens whose logits are made at once. */
const tokenChunk = 512

export interface TrainingGraph {
  readonly graph: Graph
  /** `loss`, and `<name>.gradient` of each trained tensor. */
  readonly outputs: Readonly<Record<string, Node>>
}

export const gradientName = (name: string): string => `${name}.gradient`

/**
 * Inputs: `tokens` and `targets`, int32 (rows, length); every tensor of the method by its name; every mask, uint8.
 * The loss is the mean cross-entropy of all targets in nats.
 */
export const trainingGraph = (
  shape: ModelShape,
  adaptation: Adaptation,
  { length, primitive = false, rows }: { readonly rows: number; readonly length: number; readonly primitive?: boolean }
): TrainingGraph => {
  const graph = new Graph()
  const tokens = graph.input("tokens", [rows, length], "int32")
  const targets = graph.input("targets", [rows, length], "int32")
  const all = adaptation.tensors(shape)
  const inputs = new Map(all.map(({ name, shape: dimensions }) => [name, graph.input(name, dimensions)]))
  const tensor = (name: string) => inputs.get(name)!
  // A product with zeros and ones is faster here than a choice by condition.
  const mask = (name: string, dimensions: ReadonlyArray<number>) =>
    graph.cast(graph.input(name, dimensions, "uint8"), "float32")

  const hidden = decoder(graph, shape, tokens, {
    tensor,
    linear: (layer, x) => adaptation.linear(graph, layer, x, { tensor, mask }),
    primitive
  })
  const wanted = graph.reshape(targets, [rows * length])
  const table = tensor("de_embedding_proj")
  const loss = primitive
    ? primitiveCrossEntropy(graph, hidden, table, wanted)
    : crossEntropy(graph, hidden, table, wanted, { tokens: tokenChunk })

  const trained = all.filter((parameter) => parameter.trained).map(({ name }) => name)
  const found = gradients(graph, loss, trained.map(tensor))
  return { graph, outputs: { loss, ...Object.fromEntries(trained.map((name, i) => [gradientName(name), found[i]!])) } }
}
