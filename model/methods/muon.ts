/**
 * Muon (Jordan et al., 2024; code KellerJordan/Muon): momentum of each targeted matrix, made nearly orthogonal.
 *
 *     M ← μM + (1−μ)G;  u = (1−μ)G + μM;  O = NewtonSchulz(u / ‖u‖);  W ← W − η (√max(1, out/in) O + λ W)
 *
 * The iteration takes singular values of [0.01, 1] into a band about 1, not to 1. Everything else is trained by AdamW at a rate of
 * its own. The iteration runs in float32, where the published code has bf16.
 */
import type { AdamW, Method } from "../../schemas/model.ts"
import { type Matrix, product } from "../../tensor/kernels/product.ts"
import type { Adaptation } from "../adaptation.ts"
import { fit, kept } from "../attach.ts"
import { type Linear, parameters } from "../parameters.ts"
import { tensorOf, type TensorState } from "../state.ts"
import { adamw } from "../update.ts"
import * as fullRank from "./full-rank.ts"
import { perLayer, targeted } from "./pair.ts"
import { squaresOf } from "./projected-gradient.ts"

export { parts } from "./full-rank.ts"

const nameMomentum = (layer: string) => `${layer}.momentum`

const [a, b, c] = [3.4445, -4.775, 2.0315]

/** X ← aX + (b·XXᵀ + c·(XXᵀ)²)X, some times, from a matrix of norm 1. */
export const newtonSchulz = ({ columns, rows, values }: Matrix, iterations: number): Float32Array => {
  const norm = Math.sqrt(squaresOf(values)) + 1e-7
  const tall = rows > columns
  let X: Matrix = { rows, columns, values: values.map((value) => value / norm) }
  for (let i = 0; i < iterations; i++) {
    // The Gram matrix on the shorter side
    const gram = product(X, X, tall ? { transposeLeft: true } : { transposeRight: true })
    const squared = product(gram, gram)
    const polynomial = { ...gram, values: gram.values.map((value, at) => b * value + c * squared.values[at]!) }
    const moved = tall ? product(X, polynomial) : product(polynomial, X)
    X = { rows, columns, values: X.values.map((value, at) => a * value + moved.values[at]!) }
  }
  return X.values
}

/** W ← W − η(√max(1, out/in)·NewtonSchulz(u) + λW) */
export const orthogonalStep = (
  { values }: TensorState,
  u: Matrix,
  iterations: number,
  learningRate: number,
  { weightDecay }: AdamW
): void => {
  const step = newtonSchulz(u, iterations)
  const size = Math.sqrt(Math.max(1, u.rows / u.columns))
  for (let i = 0; i < values.length; i++) values[i]! -= learningRate * (size * step[i]! + weightDecay * values[i]!)
}

/** Operations of the iterations of some layers: three products each, of the shorter side twice with the longer, and once of itself. */
export const operations = (layers: ReadonlyArray<Linear>, iterations: number, steps: number): number =>
  layers.reduce((sum, { shape: [rows, columns] }) => {
    const [short, long] = [Math.min(rows, columns), Math.max(rows, columns)]
    return sum + steps * iterations * (4 * short * short * long + 2 * short ** 3)
  }, 0)

export const adapt = (method: Extract<Method, { kind: "muon" }>): Adaptation => {
  const { iterations, momentum, otherRate, targets } = method
  const isTarget = targeted(targets)
  const tensors = perLayer(targets, (layer) => [
    { ...layer, trained: true, moments: null },
    kept(nameMomentum(layer.name), layer.shape)
  ])
  return {
    ...fullRank.adapt(),
    tensors,
    attach: (state, shape) => {
      const made = fit(
        state,
        tensors(shape),
        ({ name, shape: [rows, columns] }) =>
          name.endsWith(".momentum") ? new Float32Array(rows! * columns!) : undefined,
        method
      )
      return made ? "attach" : undefined
    },
    update: ({ gradients, learningRate, name, optimizer, state }) => {
      const tensor = tensorOf(state, name), gradient = gradients.get(name)!
      const buffer = state.get(nameMomentum(name))
      if (!buffer) return adamw(tensor, gradient, otherRate * learningRate, optimizer)
      const [rows, columns] = tensor.shape as [number, number]
      const u = new Float32Array(gradient.length)
      for (let i = 0; i < u.length; i++) {
        buffer.values[i]! += (1 - momentum) * (gradient[i]! - buffer.values[i]!)
        u[i] = (1 - momentum) * gradient[i]! + momentum * buffer.values[i]!
      }
      orthogonalStep(tensor, { rows, columns, values: u }, iterations, learningRate, optimizer)
      return squaresOf(gradient)
    },
    operations: (shape, _, steps) => operations(parameters(shape).filter(isTarget), iterations, steps)
  }
}
