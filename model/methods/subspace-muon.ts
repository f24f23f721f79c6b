/**
 * Muon whose memory is of low rank and whose steps are of full rank: a hybrid of this project.
 *
 *     R = project(G);  M ← μM + (1−μ)R
 *     u = lift((1−μ)R + μM) + o (G − lift(R));  O = NewtonSchulz(u / ‖u‖);  W ← W − η (√max(1, out/in) O + λ W)
 *
 * Why: gradients lean on few directions, but what full-rank training makes of them does not. In the default study (artifacts/paper/default,
 * tables dynamics and updates, nano) the proportional effective rank of gradients is 0.46, 0.72 and 0.79 in o_proj, v_proj and w_2, that
 * of the change of 80 steps of full-rank training 0.56, 0.84 and 0.94, and that of a ReLoRA cycle 0.14, 0.39 and 0.15, hardly less than
 * its rank allows. So what is remembered from step to step may be of low rank, and what is done in a step need not be. The subspace is
 * GaLore's (arXiv 2403.03507), the step Muon's: with o = 1−μ it is Muon, but that the momentum forgets what lies outside the subspace. At
 * a renewal the momentum is carried into the new basis; being a sum, it can be.
 * State beside W: P (r, short) and M (r, long), no second moments: r (short + long) numbers, where GaLore has r (short + 2 long) and AdamW
 * 2 short long. Fira (arXiv 2410.01623) also steps outside its subspace, by a step that keeps the gradient's spectrum.
 */
import type { Method } from "../../schemas/model.ts"
import type { Matrix } from "../../tensor/kernels/product.ts"
import type { Adaptation, Update } from "../adaptation.ts"
import { kept } from "../attach.ts"
import { parameters } from "../parameters.ts"
import { tensorOf } from "../state.ts"
import { adamw } from "../update.ts"
import { nameDue, nameP, projecting } from "./galore.ts"
import { operations as orthogonalising, orthogonalStep } from "./muon.ts"
import { targeted } from "./pair.ts"
import { basisOf, lift, project, projectedShape, rotate, squaresOf } from "./projected-gradient.ts"

export { parts } from "./full-rank.ts"
export { events } from "./galore.ts"

type SubspaceMuon = Extract<Method, { kind: "subspace-muon" }>

const nameMomentum = (layer: string) => `${layer}.momentum`

/** u, the step before it is orthogonalised; renews the subspace where that is due, and moves the momentum. */
export const remembered = (
  { gradients, name, state }: Pick<Update, "gradients" | "name" | "state">,
  { momentum, outside, rank }: Pick<SubspaceMuon, "momentum" | "outside" | "rank">
): Matrix => {
  const [rows, columns] = tensorOf(state, name).shape as [number, number]
  const gradient: Matrix = { rows, columns, values: gradients.get(name)! }
  const held = tensorOf(state, nameP(name)), due = tensorOf(state, nameDue(name))
  const buffer = tensorOf(state, nameMomentum(name))
  const [height, into] = projectedShape([rows, columns], rank)
  const inR = (values: Float32Array): Matrix => ({ rows: height, columns: into, values })
  const basis = (): Matrix => ({ rows: rank, columns: Math.min(rows, columns), values: held.values })
  if (due.values[0] !== 0) {
    const before = basis()
    held.values = basisOf(gradient, rank, name)
    buffer.values.set(rotate(inR(buffer.values), before, basis(), gradient).values)
    due.values = new Float32Array(1)
  }
  const R = project(gradient, basis()).values
  // lift is linear: what is taken of R and of the momentum is lifted together, less the part of R that o G holds already.
  const inside = R.map((value, at) => {
    buffer.values[at]! += (1 - momentum) * (value - buffer.values[at]!)
    return (1 - momentum - outside) * value + momentum * buffer.values[at]!
  })
  const lifted = lift(inR(inside), basis(), gradient).values
  return { rows, columns, values: lifted.map((value, at) => value + outside * gradient.values[at]!) }
}

export const adapt = (method: SubspaceMuon): Adaptation => {
  const { iterations, otherRate, rank, targets } = method
  const base = projecting(
    method.kind,
    method,
    (one) => {
      const { gradients, learningRate, name, optimizer, state } = one
      orthogonalStep(tensorOf(state, name), remembered(one, method), iterations, learningRate, optimizer)
      return squaresOf(gradients.get(name)!)
    },
    ({ name, shape }) => [kept(nameMomentum(name), projectedShape(shape, rank))],
    () => null
  )
  return {
    ...base,
    events: {
      /** The weights stay as they are; the next step's gradient gives the subspace, and the momentum follows. */
      refresh: (state) => {
        for (const [name, tensor] of state) if (name.endsWith(".refresh")) tensor.values = Float32Array.of(1)
      }
    },
    update: (one) => {
      const { gradients, learningRate, name, optimizer, state } = one
      return base.update!(one) ??
        adamw(tensorOf(state, name), gradients.get(name)!, otherRate * learningRate, optimizer)
    },
    // As of galore, and orthogonalised
    operations: (shape, tokens, steps) =>
      base.operations!(shape, tokens, steps) +
      orthogonalising(parameters(shape).filter(targeted(targets)), iterations, steps)
  }
}
