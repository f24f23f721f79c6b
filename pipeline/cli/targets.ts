/** Targets and numbers of the command line, resolved or refused. */
import { Effect, Option } from "effect"
import * as os from "node:os"
import type { Graph, Instance } from "../graph.ts"
import { closure, select, unknown } from "../target.ts"
import { exitCode, type Session, Told } from "./session.ts"

/** Instances that targets name, in the graph's order; an error where one names nothing. */
export const named = Effect.fn("named")(function*(graph: Graph, targets: ReadonlyArray<string>) {
  const found = new Set<Instance>()
  for (const target of targets) {
    const selected = select(graph, target)
    if (selected.length === 0) return yield* new Told({ text: unknown(graph, target).message, code: exitCode.usage })
    for (const instance of selected) found.add(instance)
  }
  return graph.instances.filter((instance) => found.has(instance))
})

/** Instances that the targets name, and these with all they need; the whole study where there are none. */
export const chosen = Effect.fn("chosen")(function*(session: Session, targets: ReadonlyArray<string>) {
  const { graph } = session.study
  if (targets.length === 0) return { named: graph.instances, all: graph.instances }
  const found = yield* named(graph, targets)
  return { named: found, all: closure(graph, found) }
})

/** The value of a flag that must be at least 1. */
export const positive = (name: string, value: Option.Option<number>, otherwise: number) =>
  Option.isSome(value) && value.value < 1
    ? Effect.fail(new Told({ text: `--${name} must be at least 1, got ${value.value}`, code: exitCode.usage }))
    : Effect.succeed(Option.getOrElse(value, () => otherwise))

/** What --jobs and --threads are where they are not given. */
export const defaults = () => {
  const cores = os.availableParallelism()
  return { jobs: Math.min(cores, 4), threads: cores }
}
