/** Which of the instances that could start should start first: for `run` and for what `plan` says of it. */
import { type Instance, references } from "./graph.ts"

/** For each instance, the work on the longest way from its start to the end of the graph: long chains go first. */
const urgency = (instances: ReadonlyArray<Instance>): ReadonlyMap<string, number> => {
  const work = new Map<string, number>()
  const after = new Map<string, number>()
  for (const instance of instances.toReversed()) {
    const total = instance.flops + 1 + (after.get(instance.id) ?? 0)
    work.set(instance.id, total)
    for (const { instance: id } of references(instance)) after.set(id, Math.max(after.get(id) ?? 0, total))
  }
  return work
}

/** Compares two instances of a graph: the more urgent first, then the one that comes earlier in the graph. */
export const byUrgency = (instances: ReadonlyArray<Instance>): (a: Instance, b: Instance) => number => {
  const urgent = urgency(instances)
  const position = new Map(instances.map((instance, index) => [instance.id, index]))
  return (a, b) => urgent.get(b.id)! - urgent.get(a.id)! || position.get(a.id)! - position.get(b.id)!
}
