/** Targets on the command line: a stage's name, an instance, or a glob over instances. */
import { Schema } from "effect"
import { nearest } from "./closest.ts"
import { type Graph, type Instance, references } from "./graph.ts"

export class UnknownTarget extends Schema.TaggedError<UnknownTarget>()("UnknownTarget", {
  target: Schema.String,
  suggestions: Schema.Array(Schema.String)
}) {
  override get message() {
    return `nothing is called ${this.target}; the study has ${this.suggestions.join(", ")}`
  }
}

/** Whether an id is of a stage, below a path, or matches a glob. */
export const patternOf = (glob: string) =>
  new RegExp(
    `^${
      glob.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("**", "\0").replaceAll("*", "[^/]*").replaceAll("\0", ".*")
        .replaceAll("?", "[^/]")
    }(/.*)?$`
  )

/** Instances that a target names: of a stage, below a path, or matching a glob (`*` within a segment, `**` across). */
export const select = (graph: Graph, target: string): ReadonlyArray<Instance> => {
  const pattern = patternOf(target)
  return graph.instances.filter(({ id }) => pattern.test(id))
}

/** The error of a target that names nothing: the closest instances, or else the stages. */
export const unknown = (graph: Graph, target: string): UnknownTarget => {
  const stages = [...new Set(graph.instances.map(({ stage }) => stage.name))]
  const near = nearest(target, graph.instances.map(({ id }) => id)).slice(0, 3)
  return new UnknownTarget({ target, suggestions: near.length > 0 ? near : stages })
}

/** Targets and all they need, in the graph's order; the whole graph where no target is named. */
export const closure = (graph: Graph, targets: ReadonlyArray<Instance>): ReadonlyArray<Instance> => {
  const needed = new Set<string>()
  const visit = (instance: Instance) => {
    const stack = [instance]
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (needed.has(next.id)) continue
      needed.add(next.id)
      for (const ref of references(next)) stack.push(graph.byId.get(ref.instance)!)
    }
  }
  for (const target of targets) visit(target)
  return graph.instances.filter(({ id }) => needed.has(id))
}
