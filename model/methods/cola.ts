/**
 * CoLA (Liu et al., arXiv 2502.10940; code alvin-zyl/CoLA): each targeted layer is two factors with an activation between them,
 * and no matrix is held.
 *
 *     y = B·silu(A x),  A (R, in), B (out, R), entries N(0, σ²), σ = (in + out)^(−1/4) R^(−1/4)
 *
 * so that entries of B·A have deviation (in + out)^(−1/2). Such a layer has no effective weight; with the identity for an
 * activation it is B·A.
 */
import type { Method, Shown } from "../../schemas/model.ts"
import { stream } from "../../tensor/random.ts"
import type { Adaptation, Parts } from "../adaptation.ts"
import { fit } from "../attach.ts"
import { bottleneck } from "../forward.ts"
import { elements, parameters } from "../parameters.ts"
import type { TrainingState } from "../state.ts"
import { factorLayers, productParts, throughFactors } from "./factor-layers.ts"
import { nameA, nameB, pairOf } from "./pair.ts"

export const parts = (
  { activation }: Pick<Extract<Shown, { kind: "cola" }>, "activation">,
  state: TrainingState,
  name: string
): Parts => {
  const pair = pairOf(state, name)
  if (activation === "identity" || !pair) return productParts(state, name)
  return { shape: [pair[1].shape[0]!, pair[0].shape[1]!], pair }
}

export const adapt = (method: Extract<Method, { kind: "cola" }>): Adaptation => {
  const { activation, rank, seed } = method
  const layers = factorLayers(method)
  const { isTarget, replaced, tensors } = layers
  return {
    tensors,
    masks: () => [],
    linear: (graph, layer, x, { tensor }) => {
      const { name } = layer
      return activation === "silu" && isTarget(layer)
        ? bottleneck(graph, x, tensor(nameA(name)), tensor(nameB(name)))
        : throughFactors(layers, graph, layer, x, tensor)
    },
    attach: (state, shape) => {
      const sides = new Map(parameters(shape).map((parameter) => [parameter.name, parameter.shape]))
      const made = fit(state, tensors(shape), ({ name, shape: of }) => {
        if (!/\.[AB]$/.test(name)) return undefined
        const [out, into] = sides.get(name.slice(0, -2)) as [number, number]
        const deviation = ((out + into) * rank) ** -0.25
        return stream(seed, "factor", name).fillNormal(new Float32Array(elements(of))).map((value) => deviation * value)
      }, { kind: method.kind, dropped: replaced(shape) })
      return made ? "attach" : undefined
    },
    events: {},
    parts: (state, name) => parts(method, state, name)
  }
}
