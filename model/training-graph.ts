/** One training step as a tensor program: loss and gradients of a batch. */
import type { ModelShape } from "../schemas/model.ts"
import { gradients } from "../tensor/differentiate.ts"
import { Graph } from "../tensor/graph.ts"
import type { Node } from "../tensor/node.ts"
import type { Adaptation, Inputs } from "./adaptation.ts"
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
  { length, primitive = false, recompute = false, rows }: {
    readonly rows: number
    readonly length: number
    /** Whether layers keep no activations for the backward pass, but make them anew. */
    readonly recompute?: boolean
    /** Without hand-written gradients. */
    readonly primitive?: boolean
  }
): TrainingGraph => {
  const graph = new Graph()
  const tokens = graph.input("tokens", [rows, length], "int32")
  const targets = graph.input("targets", [rows, length], "int32")
  const all = adaptation.tensors(shape)
  const inputs = new Map(
    all.filter(({ optimizer }) => !optimizer).map(({ name, shape: of }) => [name, graph.input(name, of)])
  )
  const numbers = new Map(adaptation.fed?.(shape).map(({ name, shape: of }) => [name, graph.input(name, of)]))
  const tensor = (name: string) => inputs.get(name)!
  // A product with zeros and ones is faster here than a choice by condition.
  const masks = new Map<string, Node>()
  const mask = (name: string, dimensions: ReadonlyArray<number>) => {
    const input = masks.get(name) ?? graph.input(name, dimensions, "uint8")
    masks.set(name, input)
    return graph.cast(input, "float32")
  }

  const { joined = false } = adaptation
  if (joined && recompute) throw new Error("recompute: layers that look at one another cannot be made anew one by one")
  const entered = new Map<string, Node>()
  const given: Inputs = {
    tensor,
    mask,
    fed: (name) => numbers.get(name)!,
    entered: (name) => entered.get(name)!
  }
  const hidden = decoder(graph, shape, tokens, {
    tensor,
    linear: (layer, x) => {
      entered.set(layer.name, x)
      return adaptation.linear(graph, layer, x, given)
    },
    primitive,
    recompute,
    ...!joined && {
      trained: (prefix) =>
        all.filter(({ name, trained }) => trained && name.startsWith(prefix)).map(({ name }) => tensor(name))
    }
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
