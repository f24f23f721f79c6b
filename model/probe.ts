/** Activations and gradients of some linear layers on a fixed batch, with the weights as they are and without dropout. */
import type { ModelShape } from "../schemas/model.ts"
import { gradients } from "../tensor/differentiate.ts"
import { engine } from "../tensor/engines.ts"
import { Graph } from "../tensor/graph.ts"
import type { Node } from "../tensor/node.ts"
import { crossEntropy } from "./cross-entropy.ts"
import { decoder } from "./decoder.ts"
import { factorsOf, linearOf, tensorsOf } from "./forward.ts"
import type { Weights } from "./parameters.ts"

/** Tokens of one run of the program, at most, and those whose logits are made at once. */
const tokensAtOnce = 2048, tokenChunk = 512

export interface Probe {
  /** Mean cross-entropy of the batch, nats per token. */
  readonly loss: number
  /** By layer, (windows, outputs): what the layer gives at the last position of each window. */
  readonly activations: ReadonlyMap<string, Float32Array>
  /** By tensor: gradient of the loss with respect to a layer's weight (outputs, inputs), or to its factors where it has none. */
  readonly gradients: ReadonlyMap<string, Float32Array>
}

export interface ProbeOptions {
  readonly engine: string
  readonly threads: number
  readonly signal?: AbortSignal
}

/** Tensors of a layer that it is differentiated by. */
const tensorsOfLayer = (weights: Weights, layer: string): ReadonlyArray<string> =>
  weights.has(layer) ? [layer] : factorsOf(layer)

const program = (
  shape: ModelShape,
  weights: Weights,
  watched: ReadonlyArray<string>,
  rows: number,
  length: number
) => {
  const graph = new Graph()
  const tokens = graph.input("tokens", [rows, length], "int32")
  const targets = graph.input("targets", [rows, length], "int32")
  const inputs = new Map(tensorsOf(shape, weights).map((of) => [of.name, graph.input(of.name, of.shape)]))
  const tensor = (name: string) => inputs.get(name)!
  const run = linearOf(graph, weights, tensor)
  const last = new Map<string, Node>()
  const hidden = decoder(graph, shape, tokens, {
    tensor,
    linear: (layer, x) => {
      const { name, shape: [outputs] } = layer
      const y = run(layer, x) // (N, out)
      if (watched.includes(name)) {
        const byRow = graph.reshape(y, [rows, length, outputs])
        last.set(name, graph.reshape(graph.slice(byRow, 1, length - 1, length), [rows, outputs]))
      }
      return y
    }
  })
  const wanted = graph.reshape(targets, [rows * length])
  const loss = crossEntropy(graph, hidden, tensor("de_embedding_proj"), wanted, { tokens: tokenChunk })
  const by = watched.flatMap((name) => tensorsOfLayer(weights, name))
  const found = gradients(graph, loss, by.map(tensor))
  const outputs = {
    loss,
    ...Object.fromEntries(watched.map((name) => [`${name}.activation`, last.get(name)!])),
    ...Object.fromEntries(by.map((name, at) => [`${name}.gradient`, found[at]!]))
  }
  return { graph, outputs }
}

/** Windows of one run: as many as `tokensAtOnce` allows. */
const rowsOf = (windows: number, length: number): number =>
  Math.max(1, Math.min(windows, Math.floor(tokensAtOnce / length)))

/** Of `windows` windows, how many `probe` takes: a whole number of runs. */
export const wholeRuns = (windows: number, length: number): number => {
  const rows = rowsOf(windows, length)
  return Math.floor(windows / rows) * rows
}

/** Reads windows of length + 1 tokens each, a whole number of runs of them. */
export const probe = async (
  shape: ModelShape,
  weights: Weights,
  watched: ReadonlyArray<string>,
  windows: ReadonlyArray<Int32Array>,
  { engine: name, signal, threads }: ProbeOptions
): Promise<Probe> => {
  const length = windows[0]!.length - 1
  const rows = rowsOf(windows.length, length)
  const runs = windows.length / rows
  if (!Number.isInteger(runs)) throw new Error(`${windows.length} windows are no whole number of runs of ${rows}`)
  const { graph, outputs } = program(shape, weights, watched, rows, length)
  const executable = await (await engine(name)).compile(graph, outputs, { threads })
  const sums = new Map(
    watched.flatMap((layer) => tensorsOfLayer(weights, layer))
      .map((name) => [name, new Float64Array(weights.get(name)!.length)])
  )
  const activations = new Map<string, Float32Array>()
  let loss = 0
  try {
    for (let run = 0; run < runs; run++) {
      signal?.throwIfAborted()
      const tokens = new Int32Array(rows * length), targets = new Int32Array(rows * length)
      for (let row = 0; row < rows; row++) {
        const window = windows[run * rows + row]!
        tokens.set(window.subarray(0, length), row * length)
        targets.set(window.subarray(1), row * length)
      }
      const found = await executable.run({ ...Object.fromEntries(weights), tokens, targets })
      loss += found["loss"]![0]! / runs
      for (const layer of watched) {
        const activation = found[`${layer}.activation`]!
        const all = activations.get(layer) ?? new Float32Array(runs * activation.length)
        all.set(activation, run * activation.length)
        activations.set(layer, all)
      }
      for (const [name, sum] of sums) {
        const gradient = found[`${name}.gradient`]!
        for (let i = 0; i < sum.length; i++) sum[i]! += gradient[i]! / runs
      }
    }
  } finally {
    await executable.dispose()
  }
  return { loss, activations, gradients: new Map([...sums].map(([name, sum]) => [name, Float32Array.from(sum)])) }
}
