/** Runs an instance again, beside the store, and compares what it makes with what the store has. */
import { Clock, Effect } from "effect"
import { randomUUID } from "node:crypto"
import { compare, type Difference } from "./compare.ts"
import type { Upstream } from "./decide.ts"
import { Executor } from "./executor/executor.ts"
import type { Instance } from "./graph.ts"
import type { Success } from "./journal/fold.ts"
import type { Acceptance } from "./stage.ts"
import { Store } from "./store/store.ts"
import * as TableFile from "./table-file.ts"
import { taskOf } from "./task.ts"

export interface Attempt {
  readonly seconds: number
  /** Outputs of which the digest differs, with the columns that do. */
  readonly different: ReadonlyArray<{ readonly output: string; readonly columns: ReadonlyArray<Difference> }>
}

export interface Rebuilt {
  readonly instance: string
  readonly determinism: "bit-exact" | "tolerance"
  readonly attempts: ReadonlyArray<Attempt>
  /** Whether the attempts are what the stage promises: the same bits, or values that may differ by rounding. */
  readonly kept: boolean
}

/** Of a stage that promises equal values up to rounding: whether a difference can be rounding. */
const mayBeRounding = ({ relative }: Difference) => relative !== undefined && Number.isFinite(relative)

/** Runs an instance `times` times into scratch, without an event, and compares each with the result in the store. */
export const rebuild = Effect.fn("rebuild")(function*(
  instance: Instance,
  result: Success,
  upstream: Upstream,
  how: {
    readonly times: number
    readonly threads: number
    readonly engine: string
    /** What the body is told of accepted changes. */
    readonly acceptances: ReadonlyArray<Acceptance>
  }
) {
  const store = yield* Store
  const executor = yield* Executor
  const attempts: Array<Attempt> = []
  for (let time = 0; time < how.times; time++) {
    const name = `rebuild-${randomUUID()}`
    const folder = yield* Effect.acquireRelease(store.scratch(name), () => Effect.ignore(store.discard(name)))
    const task = taskOf(instance, upstream, { ...how, path: store.path, folder })
    const begun = yield* Clock.currentTimeMillis
    const { outputs } = yield* executor.run(task, () => {})
    const seconds = ((yield* Clock.currentTimeMillis) - begun) / 1000
    const different: Array<Attempt["different"][number]> = []
    for (const [output, table] of Object.entries(instance.stage.outputs)) {
      const before = result.outputs[output]!
      if (outputs[output]!.digest === before.digest) continue
      const stored = yield* Effect.promise(() => TableFile.read(store.path(before.bytes), table))
      const rebuilt = yield* Effect.promise(() => TableFile.read(task.drafts[output]!, table))
      different.push({ output, columns: compare(table, stored, rebuilt) })
    }
    attempts.push({ seconds, different })
    yield* Effect.ignore(store.discard(name))
  }
  const { determinism } = instance.stage
  const kept = attempts.every(({ different }) =>
    different.every(({ columns }) => determinism === "tolerance" && columns.every(mayBeRounding))
  )
  return { instance: instance.id, determinism, attempts, kept } satisfies Rebuilt
}, Effect.scoped)
