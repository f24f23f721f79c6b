/** Reverse-mode differentiation as a function from graph to graph: the gradient is more nodes of the same graph. */
import { describe, type Graph } from "./graph.ts"
import type { Node } from "./node.ts"
import { pullback } from "./pullback.ts"
import { sameShape, show, size } from "./shape.ts"

/**
 * Gradients of a loss of one element with respect to nodes, each of its node's shape.
 * Only nodes between `wrt` and the loss are visited, so a tensor that is not in `wrt` costs nothing.
 */
export const gradients = (graph: Graph, loss: Node, wrt: readonly Node[]): Node[] => {
  if (size(loss.shape) !== 1) throw new Error(`gradients: the loss must have one element, not ${describe(loss)}`)
  return cotangents(graph, loss, graph.reshape(graph.scalar(1), loss.shape), wrt)
}

/**
 * A value once more, for making others anew in the backward pass: it is tied to a cotangent by a zero, so that no engine takes
 * what is made of it for what the forward pass made, or makes it early.
 */
export const anew = (graph: Graph, x: Node, cotangent: Node): Node => {
  const flat = graph.reshape(cotangent, [size(cotangent.shape)])
  return graph.add(x, graph.reshape(graph.mul(graph.slice(flat, 0, 0, 1), 0), x.shape.map(() => 1)))
}

/**
 * A part of a graph whose values are made anew for the backward pass instead of being kept for it: of all that `build`
 * makes, only the result stays in memory. Its nodes come twice. `weights` are what else the result is differentiated by.
 */
export const recomputed = (graph: Graph, x: Node, weights: readonly Node[], build: (x: Node) => Node): Node =>
  graph.custom([x, ...weights], () => ({
    output: build(x),
    pullback: (cotangent, wanted) => {
      const again = anew(graph, x, cotangent)
      const wrt = [again, ...weights].filter((_, i) => wanted[i])
      const found = cotangents(graph, build(again), cotangent, wrt, again.id)
      return wanted.map((isWanted) => isWanted ? found.shift() : undefined)
    }
  }))

/**
 * Cotangents of nodes, given that of a node which depends on each of them. Only nodes made after the one numbered `after`
 * are gone through; earlier ones are leaves.
 */
export const cotangents = (graph: Graph, loss: Node, seed: Node, wrt: readonly Node[], after = -1): Node[] => {
  const onPath = dependents(graph, wrt, after)
  const wanted = new Set(wrt)
  const unreached = wrt.find((node) => node.id > loss.id)
  if (unreached) throw new Error(`gradients: ${describe(unreached)} was made after the loss`)
  const contributions = new Map<Node, Node[]>([[loss, [seed]]])
  const total = (node: Node): Node | undefined => {
    const terms = contributions.get(node)
    if (!terms) return undefined
    const sum = terms.length === 2 ? graph.add(terms[0]!, terms[1]!) : graph.addN(terms)
    contributions.set(node, [sum])
    return sum
  }

  for (let id = loss.id; id > after; id--) {
    const node = graph.nodes[id]!
    if (!onPath.has(node)) continue
    const inputs = dependencies(graph, node)
    if (!inputs.some((input) => onPath.has(input))) continue
    graph.scope(node.scope === "" ? "gradient" : `gradient/${node.scope}`, () => {
      const cotangent = total(node)
      if (!cotangent) return
      const composite = graph.composites.get(id)
      const cotangents = composite
        ? composite.pullback(cotangent, inputs.map((input) => onPath.has(input)))
        : pullback(graph, node, cotangent, node.inputs.map((input) => onPath.has(input)))
      if (cotangents.length !== inputs.length) {
        throw new Error(
          `gradients: the pullback of ${
            describe(node)
          } gives ${cotangents.length} cotangents for ${inputs.length} inputs`
        )
      }
      inputs.forEach((input, position) => {
        const contribution = cotangents[position]
        if (!contribution || !onPath.has(input)) return
        if (!sameShape(contribution.shape, input.shape)) {
          throw new Error(
            `gradients: the pullback of ${describe(node)} gives ${show(contribution.shape)} for ${describe(input)}`
          )
        }
        const terms = contributions.get(input)
        if (terms) terms.push(contribution)
        else contributions.set(input, [contribution])
      })
    })
    if (!wanted.has(node)) contributions.delete(node)
  }
  return wrt.map((node) => {
    const gradient = graph.scope("gradient", () => total(node))
    if (!gradient) throw new Error(`gradients: the loss does not depend on ${describe(node)}`)
    return gradient
  })
}

/** Whose cotangents a node's cotangent reaches: its inputs, or those that a composite declares. */
const dependencies = (graph: Graph, node: Node): readonly Node[] => graph.composites.get(node.id)?.inputs ?? node.inputs

/** `roots`, and the nodes after a number whose values change with some of them. */
const dependents = (graph: Graph, roots: readonly Node[], after: number): Set<Node> => {
  const result = new Set(roots)
  for (const node of graph.nodes.slice(after + 1)) {
    if (node.dtype === "float32" && dependencies(graph, node).some((input) => result.has(input))) result.add(node)
  }
  return result
}
