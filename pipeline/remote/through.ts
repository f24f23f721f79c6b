/** Runs that read through to a remote: what it has counts as there, and is fetched when a stage takes it. */
import { Effect, Layer } from "effect"
import type { Output } from "../../schemas/event.ts"
import type { Disk, DiskFailed } from "../disk.ts"
import { Executor, StageBroke } from "../executor/executor.ts"
import { Store } from "../store/store.ts"
import * as Objects from "./objects.ts"
import type { Remote, RemoteFailed } from "./remote.ts"

export interface Through {
  /** Whether an object is here or there, with its recorded size. */
  readonly holds: (output: Output) => boolean
  /** Brings objects here, unless they are; those that are nowhere are passed over. */
  readonly obtain: (bytes: Iterable<string>) => Effect.Effect<void, RemoteFailed | DiskFailed, Store | Disk>
  /** How many objects were fetched so far, and their bytes. */
  readonly fetched: { objects: number; size: number }
}

/** Looks at what a remote has, once. */
export const open = Effect.fn("Through.open")(function*(remote: Remote) {
  const store = yield* Store
  const there = yield* Objects.sizes(remote)
  const fetched = { objects: 0, size: 0 }
  const isThere = ({ bytes, size }: Pick<Output, "bytes" | "size">) => there.get(bytes) === size
  const obtain: Through["obtain"] = (all) =>
    Effect.forEach(
      [...new Set(all)],
      (bytes) =>
        Effect.suspend(() => {
          const size = there.get(bytes)
          const output = { table: "", digest: bytes, bytes, rows: 0, size: size ?? 0 }
          if (size === undefined || store.holds(output)) return Effect.void
          return Effect.tap(Objects.fetch(remote, output), () =>
            Effect.sync(() => {
              fetched.objects += 1
              fetched.size += size
            }))
        }),
      { concurrency: 4, discard: true }
    )
  return { holds: (output) => store.holds(output) || isThere(output), obtain, fetched } satisfies Through
})

/** An executor that brings the inputs of a task here before it runs. */
export const executor = (through: Through) =>
  Layer.effect(
    Executor,
    Effect.gen(function*() {
      const inner = yield* Executor
      const services = yield* Effect.context<Store | Disk>()
      return Executor.of({
        run: (task, attendant) =>
          through.obtain(Object.values(task.digests)).pipe(
            Effect.mapError(({ message }) => new StageBroke({ instance: task.instance, reason: message, detail: "" })),
            Effect.provideContext(services),
            Effect.andThen(inner.run(task, attendant))
          )
      })
    })
  )
