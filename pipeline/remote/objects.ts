/** Objects in a remote store: by their digest, as in a store. */
import { Effect } from "effect"
import { randomUUID } from "node:crypto"
import * as nodePath from "node:path"
import type { Event, Output } from "../../schemas/event.ts"
import * as Digest from "../digest.ts"
import { Disk, DiskFailed } from "../disk.ts"
import { Store } from "../store/store.ts"
import { type Remote, RemoteFailed } from "./remote.ts"

/** Where the object of these bytes is in a remote. */
export const pathOf = (bytes: string): string => `objects/${bytes.slice(0, 2)}/${bytes.slice(2)}.parquet`

/** Sizes of a remote's objects by digest. */
export const sizes = Effect.fn("Remote.sizes")(function*(remote: Remote) {
  const found = new Map<string, number>()
  for (const { path, size } of yield* remote.list("objects")) {
    const [, first, rest] = /^objects\/([0-9a-f]{2})\/([0-9a-f]{62})\.parquet$/.exec(path) ?? []
    if (first !== undefined && rest !== undefined) found.set(first + rest, size)
  }
  return found
})

/** Outputs that events name, each object once. */
export const namedBy = (events: Iterable<Event>): ReadonlyMap<string, Output> => {
  const found = new Map<string, Output>()
  for (const event of events) {
    if (event.type !== "StageSucceeded") continue
    for (const output of Object.values(event.outputs)) found.set(output.bytes, output)
  }
  return found
}

/** SHA-256 of a local file. */
export const hash = (path: string) =>
  Effect.try({
    try: () => Digest.ofFile(path),
    catch: (error) =>
      new DiskFailed({ operation: "read", path, code: (error as NodeJS.ErrnoException).code ?? String(error) })
  })

/** Does something with the folder of a draft, which is removed in any case. */
const drafting = <A, E, R>(use: (file: string) => Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const store = yield* Store
    const name = `remote-${randomUUID()}`
    return yield* Effect.acquireUseRelease(
      store.scratch(name),
      (folder) => use(nodePath.join(folder, "arriving")),
      () => Effect.ignore(store.discard(name))
    )
  })

/** Whether an object of a remote holds the bytes of its name: it is fetched and hashed. */
export const isWhole = (remote: Remote, bytes: string) =>
  drafting((file) => Effect.andThen(remote.get(pathOf(bytes), file), Effect.map(hash(file), (sum) => sum === bytes)))

/** Fetches an object into the store. What holds other bytes than its name says is not taken. */
export const fetch = (remote: Remote, output: Output) =>
  drafting((file) =>
    Effect.gen(function*() {
      const store = yield* Store
      yield* remote.get(pathOf(output.bytes), file)
      if ((yield* hash(file)) !== output.bytes) {
        const reason = `${pathOf(output.bytes)} is damaged there and was not taken: mend it with ` +
          "`pipeline push --check` from a store that has it, or delete it there and run without --remote to make it anew"
        return yield* new RemoteFailed({ remote: remote.name, reason, damaged: true })
      }
      yield* store.commit(file, output)
    })
  )

/** Bytes of a small thing of a remote. */
export const read = (remote: Remote, path: string) =>
  drafting((file) =>
    Effect.gen(function*() {
      yield* remote.get(path, file)
      return (yield* (yield* Disk).read(file)) ?? Buffer.alloc(0)
    })
  )
