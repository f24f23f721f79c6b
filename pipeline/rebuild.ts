/** Runs an instance again, beside the store, and compares what it makes with what the store has. */
import { Clock, Effect } from "effect"
import { randomUUID } from "node:crypto"
import type { Upstream } from "./decide.ts"
import { inWords } from "./determinism.ts"
import { type Different, differing } from "./differing.ts"
import { Executor, nobody } from "./executor/executor.ts"
import type { Instance } from "./graph.ts"
import type { Success } from "./journal/fold.ts"
import type { Acceptance, Determinism } from "./stage.ts"
import { Store } from "./store/store.ts"
import { taskOf } from "./task.ts"

export interface Attempt {
  readonly seconds: number
  /** Outputs of which the digest differs, with the columns that do. */
  readonly different: ReadonlyArray<Different>
}

export interface Rebuilt {
  readonly instance: string
  readonly determinism: Determinism
  /** What the stage promises, in words. */
  readonly promise: string
  readonly attempts: ReadonlyArray<Attempt>
  /** Whether the attempts are what the stage promises. */
  readonly kept: boolean
}

interface How {
  readonly threads: number
  readonly engine: string
  /** What the body is told of accepted changes. */
  readonly acceptances: ReadonlyArray<Acceptance>
}

/** Runs an instance into scratch, which is gone when the scope is closed. Records nothing. */
export const remake = Effect.fn("remake")(function*(instance: Instance, upstream: Upstream, how: How) {
  const store = yield* Store
  const executor = yield* Executor
  const name = `rebuild-${randomUUID()}`
  const folder = yield* Effect.acquireRelease(store.scratch(name), () => Effect.ignore(store.discard(name)))
  const task = taskOf(instance, upstream, { ...how, path: store.path, folder })
  const begun = yield* Clock.currentTimeMillis
  const { outputs } = yield* executor.run(task, nobody)
  const seconds = ((yield* Clock.currentTimeMillis) - begun) / 1000
  return { seconds, outputs, path: (output: string) => task.drafts[output]! }
})

/** Runs an instance `times` times into scratch and compares each with the result in the store. Records nothing. */
export const rebuild = Effect.fn("rebuild")(function*(
  instance: Instance,
  result: Success,
  upstream: Upstream,
  how: How & {
    readonly times: number
    /** Whether the result in the store was made on this machine. */
    readonly sameMachine: boolean
  }
) {
  const store = yield* Store
  const stored = { outputs: result.outputs, path: (output: string) => store.path(result.outputs[output]!.bytes) }
  const attempt = Effect.gen(function*() {
    const { seconds, ...made } = yield* remake(instance, upstream, how)
    return { seconds, different: yield* differing(instance.stage, stored, made, how.sameMachine) }
  })
  const attempts: Array<Attempt> = []
  for (let time = 0; time < how.times; time++) attempts.push(yield* Effect.scoped(attempt))
  return {
    instance: instance.id,
    determinism: instance.stage.determinism,
    promise: inWords(instance.stage),
    attempts,
    kept: attempts.every(({ different }) => different.every(({ promised }) => promised))
  } satisfies Rebuilt
})
