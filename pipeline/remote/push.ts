/** Sends objects and events of a store to a remote. What is there is not sent again, so an interrupted push goes on where it was. */
import { Effect } from "effect"
import * as nodePath from "node:path"
import { Disk } from "../disk.ts"
import * as Line from "../journal/line.ts"
import { Store } from "../store/store.ts"
import * as Objects from "./objects.ts"
import * as Parts from "./parts.ts"
import type { Remote } from "./remote.ts"
import * as Segments from "./segments.ts"
import { each, lines, type Progress, sizeOf, type Transfer, wholeLines } from "./transfer.ts"

/** The journal files of a store, as far as they are whole lines. */
const journals = Effect.fn("Push.journals")(function*(root: string) {
  const disk = yield* Disk
  const folder = nodePath.join(root, "journal")
  const found: Array<{ readonly writer: string; readonly bytes: Buffer }> = []
  for (const file of yield* disk.list(folder)) {
    if (!file.endsWith(".ndjson")) continue
    const bytes = wholeLines((yield* disk.read(nodePath.join(folder, file))) ?? Buffer.alloc(0))
    found.push({ writer: file.slice(0, -".ndjson".length), bytes })
  }
  return found
})

/** Pushes. With `check`, objects that are there already are fetched and hashed, and sent again where they are damaged. */
export const push = Effect.fn("push")(function*(
  remote: Remote,
  how: { readonly dryRun: boolean; readonly check: boolean },
  told: (progress: Progress) => void = () => {}
) {
  const store = yield* Store
  // First the journal: what it says by now is what will be there, and its objects come before it.
  const files = yield* journals(store.root)
  const there = yield* Objects.sizes(remote)
  const segments = Segments.byWriter((yield* remote.list("journal")).map(({ path }) => path))

  const events = files.flatMap(({ bytes }) => bytes.toString("utf8").split("\n")).flatMap((line) => {
    const event = line.includes("\"StageSucceeded\"") ? Line.decode(line) : undefined
    return event === undefined ? [] : [event]
  })
  const held = [...Objects.namedBy(events).values()].filter(store.holds)
  const known = held.filter(({ bytes, size }) => there.get(bytes) === size)
  const damaged = new Set<string>()
  if (how.check) {
    yield* each(known, told, ({ bytes }) =>
      Effect.map(Objects.isWhole(remote, bytes), (whole) => {
        if (!whole) damaged.add(bytes)
        return undefined
      }))
  }
  const wanted = held.filter(({ bytes, size }) => there.get(bytes) !== size || damaged.has(bytes))

  const problems: Array<string> = []
  const grown = files.flatMap(({ bytes, writer }) => {
    const all = segments.get(writer) ?? []
    if (Segments.contrary(all, bytes).length > 0) {
      problems.push(
        `journal ${writer}: what ${remote.name} has of it is another journal; it was not sent. ` +
          `Find out which of the two is right (pipeline log), and delete the other`
      )
      return []
    }
    const from = Segments.reach(all)
    return from < bytes.length ? [{ writer, from, bytes: bytes.subarray(from) }] : []
  })
  if (!how.dryRun) {
    problems.push(
      ...yield* each(wanted, told, (output) =>
        Effect.gen(function*() {
          const file = store.path(output.bytes)
          if ((yield* Objects.hash(file)) !== output.bytes) {
            return `${file} is damaged and was not sent: pipeline verify puts it aside, and the next run makes it anew`
          }
          // An object of another size, or of other bytes, is there by mistake.
          yield* remote.put(Objects.pathOf(output.bytes), { file, size: output.size }, there.has(output.bytes))
          return undefined
        }))
    )
    yield* Parts.push(remote)
    for (const { bytes, from, writer } of grown) yield* remote.put(Segments.of(writer, from, bytes).path, bytes)
  }
  return {
    objects: wanted.length,
    size: sizeOf(wanted),
    journals: grown.length,
    events: grown.reduce((sum, { bytes }) => sum + lines(bytes), 0),
    there: known.length - damaged.size,
    problems
  } satisfies Transfer
})
