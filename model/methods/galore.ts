/**
 * GaLore (Zhao et al., arXiv 2403.03507; code jiaweizzhao/GaLore): every tensor is trained; of the targeted matrices AdamW sees
 * the gradient in a subspace of rank r alone.
 *
 *     R = project(G);  W ← W − η (scale · lift(AdamW(R)) + λ W)
 *
 * The subspace is that of the gradient of the first step after each event `refresh`. Moments are kept as they are across it, or the
 * first one is carried over into the new basis; the second one is kept in either case.
 */
import type { Method } from "../../schemas/model.ts"
import type { Arm } from "../../schemas/study.ts"
import type { Matrix } from "../../tensor/kernels/product.ts"
import type { Adaptation, Event, Trainable, Update } from "../adaptation.ts"
import { fit, kept } from "../attach.ts"
import { elements, type Linear, parameters } from "../parameters.ts"
import { eventsEvery } from "../schedule.ts"
import { tensorOf } from "../state.ts"
import * as fullRank from "./full-rank.ts"
import { given, perLayer, targeted } from "./pair.ts"
import {
  basisOf,
  direction,
  lift,
  project,
  projectedMoments,
  projectedShape,
  rotate,
  squaresOf
} from "./projected-gradient.ts"

export { parts } from "./full-rank.ts"

type Settings = Pick<Extract<Method, { kind: "galore" }>, "rank" | "scale" | "targets" | "momentsAtRefresh">

export const nameP = (layer: string) => `${layer}.projection`
/** 1 where the next step renews the subspace; 2 where it carries the first moment over, too. */
export const nameDue = (layer: string) => `${layer}.refresh`

export const events = (
  { refreshEvery, warmStartSteps }: Pick<Extract<Arm, { method: "galore" }>, "refreshEvery" | "warmStartSteps">,
  first: number,
  last: number
): ReadonlyArray<Event> => eventsEvery("refresh", { every: refreshEvery, from: warmStartSteps }, first, last)

/** What of a step lies in the subspace. */
export interface Projected {
  readonly gradient: Matrix
  /** R and AdamW's step of it. */
  readonly inside: Matrix
  readonly moved: Matrix
  /** From R's shape to the gradient's. */
  readonly lifted: (projected: Matrix) => Matrix
}

/** The projected gradient of a matrix and AdamW's step, with a new subspace where one is due. */
export const projected = (
  { gradients, name, optimizer, state }: Update,
  { rank }: Pick<Settings, "rank">
): Projected => {
  const tensor = tensorOf(state, name)
  const [rows, columns] = tensor.shape as [number, number]
  const gradient: Matrix = { rows, columns, values: gradients.get(name)! }
  const short = Math.min(rows, columns)
  const held = tensorOf(state, nameP(name)), due = tensorOf(state, nameDue(name))
  const shape = projectedShape([rows, columns], rank)
  const moments = tensor.moments ??= projectedMoments(shape)
  const inR = (values: Float32Array): Matrix => ({ rows: shape[0], columns: shape[1], values })
  const basis = (): Matrix => ({ rows: rank, columns: short, values: held.values })
  if (due.values[0] !== 0) {
    const before = basis()
    held.values = basisOf(gradient, rank, name)
    if (due.values[0] === 2) moments.expAvg.set(rotate(inR(moments.expAvg), before, basis(), gradient).values)
    due.values = new Float32Array(1)
  }
  const inside = project(gradient, basis())
  return {
    gradient,
    inside,
    moved: inR(direction(inside.values, moments, optimizer)),
    lifted: (of) => lift(of, basis(), gradient)
  }
}

/** An adaptation that projects the gradients of its targets; `extra` are further tensors of its optimizer, zeros at first. */
export const projecting = (
  kind: string,
  method: Pick<Settings, "rank" | "targets" | "momentsAtRefresh">,
  update: (update: Update) => number,
  extra: (layer: Linear) => ReadonlyArray<Trainable> = () => [],
  momentsOf: (layer: Linear) => ReadonlyArray<number> | null = ({ shape }) => projectedShape(shape, method.rank)
): Adaptation => {
  const { rank, targets } = method
  const isTarget = targeted(targets)
  const tensors = perLayer(targets, (layer) => [
    { ...layer, trained: true, moments: momentsOf(layer) },
    kept(nameP(layer.name), [rank, Math.min(...layer.shape)]),
    kept(nameDue(layer.name), [1]),
    ...extra(layer)
  ])
  return {
    ...fullRank.adapt(),
    tensors,
    attach: (state, shape) => {
      const made = fit(state, tensors(shape), ({ name, optimizer, shape: of }) => {
        if (name.endsWith(".refresh")) return Float32Array.of(1)
        return optimizer ? new Float32Array(elements(of)) : undefined
      }, { kind })
      // Moments of full-rank steps before are of another shape.
      if (made) { for (const layer of state.keys()) if (state.has(nameP(layer))) delete state.get(layer)!.moments }
      return made ? "attach" : undefined
    },
    events: {
      /** The weights stay as they are, and so do the moments; the next step's gradient gives the subspace. */
      refresh: (state) => {
        const rotated = given(method.momentsAtRefresh, "momentsAtRefresh", "the subspace is renewed") === "rotate"
        for (const [name, tensor] of state) {
          if (name.endsWith(".refresh")) tensor.values = Float32Array.of(rotated ? 2 : 1)
        }
      }
    },
    update: (one) => one.state.has(nameP(one.name)) ? update(one) : undefined,
    // Projected, and lifted again; the decomposition of a renewal is left out.
    operations: (shape, _, steps) =>
      parameters(shape).filter(isTarget).reduce((sum, { shape: [out, into] }) => sum + 4 * steps * rank * out * into, 0)
  }
}

export const adapt = (method: Extract<Method, { kind: "galore" }>): Adaptation =>
  projecting(method.kind, method, (one) => {
    const { gradient, lifted, moved } = projected(one, method)
    const { learningRate, name, optimizer: { weightDecay }, state } = one
    const { values } = tensorOf(state, name)
    const step = lifted(moved).values
    for (let i = 0; i < values.length; i++) {
      values[i]! -= learningRate * (method.scale * step[i]! + weightDecay * values[i]!)
    }
    return squaresOf(gradient.values)
  })
