/** One way to use each operation on a tensor of any shape, for tests that walk all of them or chain some at random. */
import * as fc from "fast-check"
import type { Feeds } from "../../tensor/engine.ts"
import { Graph } from "../../tensor/graph.ts"
import type { Node, Operation } from "../../tensor/node.ts"
import { type Shape, size } from "../../tensor/shape.ts"

/** A graph under construction, the float32 inputs to differentiate by, and float64 feeds for all inputs. */
export class Trial {
  readonly graph = new Graph()
  readonly wrt: Node[] = []
  readonly feeds: Record<string, Feeds[string]> = {}
  /** A whole number from min to max, both included: whoever chooses decides what the trial is. */
  readonly integer: (min: number, max: number) => number

  constructor(integer: (min: number, max: number) => number) {
    this.integer = integer
  }

  /** A trial of fast-check's choosing. */
  static of(choose: fc.GeneratorValue): Trial {
    return new Trial((min, max) => choose(fc.integer, { min, max }))
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.integer(0, choices.length - 1)]!
  }

  chance(): boolean {
    return this.integer(0, 1) === 1
  }

  shape(options: { rank?: number; minRank?: number } = {}): Shape {
    const rank = options.rank ?? this.integer(options.minRank ?? 1, 3)
    return Array.from({ length: rank }, () => this.integer(1, 4))
  }

  /** A fed tensor of values spread evenly over -1 to 1. */
  tensor(shape: Shape): Node {
    const name = `x${this.wrt.length}`
    this.feeds[name] = this.numbers(size(shape))
    const node = this.graph.input(name, shape)
    this.wrt.push(node)
    return node
  }

  /** A tensor of one of the shapes that broadcast with the given one without growing it. */
  broadcastable(shape: Shape): Node {
    const kept = shape.slice(this.integer(0, shape.length))
    return this.tensor(kept.map((extent) => this.chance() ? extent : 1))
  }

  numbers(count: number): Float64Array {
    let state = this.integer(1, 2 ** 31 - 1)
    return Float64Array.from({ length: count }, () => {
      state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 | 0
      state ^= state >>> 13
      return (state >>> 0) / 2 ** 31 - 1
    })
  }

  constant(shape: Shape): Node {
    return this.graph.constant(Float32Array.from(this.numbers(size(shape))), shape)
  }

  mask(shape: Shape): Node {
    const name = `mask${Object.keys(this.feeds).length}`
    this.feeds[name] = Uint8Array.from(this.numbers(size(shape)), (value) => value < 0 ? 0 : 1)
    return this.graph.input(name, shape, this.pick(["bool", "uint8"] as const))
  }

  indices(shape: Shape, rows: number): Node {
    const name = `indices${Object.keys(this.feeds).length}`
    const values = Array.from({ length: size(shape) }, () => this.integer(0, rows - 1))
    const wide = this.chance()
    this.feeds[name] = wide ? BigInt64Array.from(values, BigInt) : Int32Array.from(values)
    return this.graph.input(name, shape, wide ? "int64" : "int32")
  }
}

/** x with at least two axes. */
const matrix = ({ graph }: Trial, x: Node): Node => x.shape.length >= 2 ? x : graph.reshape(x, [1, size(x.shape)])

/** x² + 1/2, which is safely positive. */
const positive = ({ graph }: Trial, x: Node): Node => graph.add(graph.mul(x, x), 0.5)

const someAxes = (trial: Trial, x: Node): number[] => x.shape.map((_, axis) => axis).filter(() => trial.chance())

const rotations = (trial: Trial, positions: number, half: number): [Node, Node] => {
  const angles = trial.numbers(positions * half).map((value) => value * 3)
  return [
    trial.graph.constant(Float32Array.from(angles, Math.cos), [positions, half]),
    trial.graph.constant(Float32Array.from(angles, Math.sin), [positions, half])
  ]
}

/** Applies an operation to x and to what else it needs. */
export type Step = (trial: Trial, x: Node) => Node

export const steps: { readonly [O in Operation]: Step } = {
  input: (trial, x) => trial.graph.mul(x, trial.tensor(x.shape)),
  constant: (trial, x) => trial.graph.mul(x, trial.constant(x.shape)),
  scalar: ({ graph }, x) => graph.mul(x, 0.7),
  matmul: (trial, x) => {
    const { graph } = trial
    const a = matrix(trial, x)
    const [transposeA, transposeB] = [trial.chance(), trial.chance()]
    const inner = a.shape.at(transposeA ? -2 : -1)!
    const columns = trial.integer(1, 4)
    const batch = a.shape.slice(0, -2).slice(trial.integer(0, a.shape.length - 2)).map((extent) =>
      trial.chance() ? extent : 1
    )
    const b = trial.tensor([...batch, ...(transposeB ? [columns, inner] : [inner, columns])])
    const options = { transposeA, transposeB, alpha: trial.pick([1, 0.3]) }
    return trial.chance() || transposeA !== transposeB
      ? graph.matmul(a, b, options)
      : graph.matmul(b, a, { transposeA: !transposeB, transposeB: !transposeA, alpha: 2 })
  },
  add: (trial, x) => trial.graph.add(x, trial.broadcastable(x.shape)),
  sub: (trial, x) => trial.graph.sub(trial.broadcastable(x.shape), x),
  mul: (trial, x) => trial.graph.mul(trial.broadcastable(x.shape), x),
  div: (trial, x) =>
    trial.chance()
      ? trial.graph.div(x, positive(trial, trial.broadcastable(x.shape)))
      : trial.graph.div(trial.broadcastable(x.shape), positive(trial, x)),
  equal: (trial, x) => {
    const { graph } = trial
    const other = graph.where(graph.cast(trial.mask(x.shape), "bool"), x, 7)
    return graph.mul(x, graph.cast(graph.equal(x, other), "float32"))
  },
  addN: (trial, x) => trial.graph.addN([x, trial.tensor(x.shape), x]),
  where: (trial, x) =>
    trial.graph.where(trial.graph.cast(trial.mask(x.shape), "bool"), x, trial.broadcastable(x.shape)),
  neg: ({ graph }, x) => graph.neg(x),
  exp: ({ graph }, x) => graph.exp(graph.sub(0, graph.mul(x, x))),
  log: (trial, x) => trial.graph.log(positive(trial, x)),
  sqrt: (trial, x) => trial.graph.sqrt(positive(trial, x)),
  sigmoid: ({ graph }, x) => graph.sigmoid(x),
  silu: ({ graph }, x) => graph.silu(x),
  cast: (trial, x) => trial.graph.mul(x, trial.graph.cast(trial.mask(x.shape), "float32")),
  reduceSum: (trial, x) => trial.graph.reduceSum(x, someAxes(trial, x), { keep: trial.chance() }),
  reduceMean: (trial, x) => trial.graph.reduceMean(x, someAxes(trial, x), { keep: trial.chance() }),
  reduceMax: (trial, x) => trial.graph.reduceMax(x, someAxes(trial, x), { keep: trial.chance() }),
  softmax: ({ graph }, x) => graph.softmax(graph.mul(x, 2)),
  expand: (trial, x) => {
    const added = trial.graph.reshape(x, x.shape.flatMap((extent) => [1, extent]))
    return trial.graph.expand(added, [2, ...added.shape.map((extent) => extent === 1 ? trial.integer(1, 2) : extent)])
  },
  reshape: ({ graph }, x) => graph.reshape(x, [size(x.shape), 1]),
  transpose: (trial, x) => {
    const axes = x.shape.map((_, axis) => axis)
    const shift = trial.integer(0, axes.length - 1)
    return trial.graph.transpose(x, [...axes.slice(shift), ...axes.slice(0, shift)])
  },
  slice: (trial, x) => {
    const axis = trial.integer(0, x.shape.length - 1)
    const start = trial.integer(0, x.shape[axis]! - 1)
    return trial.graph.slice(x, axis, start, trial.integer(start + 1, x.shape[axis]!))
  },
  pad: (trial, x) => trial.graph.pad(x, trial.integer(-x.shape.length, -1), trial.integer(0, 2), trial.integer(0, 2)),
  concat: (trial, x) => {
    const axis = trial.integer(0, x.shape.length - 1)
    return trial.graph.concat([x, trial.tensor(x.shape.with(axis, trial.integer(1, 3))), x], axis)
  },
  gather: (trial, x) => trial.graph.gather(x, trial.indices(trial.shape({ rank: trial.integer(1, 2) }), x.shape[0]!)),
  scatterAdd: (trial, x) => {
    const rows = trial.integer(1, 4)
    const [first, ...rest] = x.shape
    const shape = [rows, ...rest]
    const base = trial.chance() ? trial.tensor(shape) : undefined
    return trial.graph.scatterAdd(trial.indices([first!], rows), x, shape, base)
  },
  rmsNorm: (trial, x) => trial.graph.rmsNorm(x, trial.tensor(x.shape.slice(-1)), 0.1),
  rmsNormInverse: (trial, x) =>
    trial.graph.rmsNormInverse(trial.graph.rmsNorm(x, trial.constant(x.shape.slice(-1)), 0.1)),
  rope: (trial, x) => {
    const { graph } = trial
    const [heads, half] = [trial.integer(1, 3), 4]
    const positions = trial.integer(1, 4)
    const flat = graph.reshape(x, [1, size(x.shape)])
    const wide = graph.matmul(flat, trial.tensor([size(x.shape), 2 * positions * heads * half * 2]))
    const [cosine, sine] = rotations(trial, positions + trial.integer(0, 2), half)
    return graph.rope(graph.reshape(wide, [2, positions, heads * half * 2]), cosine, sine, {
      heads,
      interleaved: trial.chance(),
      inverse: trial.chance()
    })
  }
}

export const operations = Object.keys(steps) as Operation[]

/** A loss that weighs every element differently. */
export const weigh = (trial: Trial, x: Node): Node =>
  trial.graph.reduceSum(trial.graph.mul(x, trial.constant(x.shape)), x.shape.map((_, axis) => axis), { keep: false })
