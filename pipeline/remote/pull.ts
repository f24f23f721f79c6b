/** Takes objects and events from a remote. What is here is not taken again, so an interrupted pull goes on where it was. */
import { Effect } from "effect"
import { randomUUID } from "node:crypto"
import * as nodePath from "node:path"
import type { Event } from "../../schemas/event.ts"
import { Disk } from "../disk.ts"
import { Journal } from "../journal/journal.ts"
import * as Line from "../journal/line.ts"
import { Store } from "../store/store.ts"
import * as Objects from "./objects.ts"
import * as Parts from "./parts.ts"
import type { Remote } from "./remote.ts"
import * as Segments from "./segments.ts"
import { each, lines, type Progress, sizeOf, type Transfer } from "./transfer.ts"

interface Grown {
  readonly writer: string
  /** The journal file as it will be. */
  readonly bytes: Buffer
  /** How much of it was here. */
  readonly before: number
}

/** What a remote has of a writer's journal file beyond what is here; a text where it cannot be taken. */
const longer = Effect.fn("Pull.longer")(function*(
  remote: Remote,
  writer: string,
  segments: ReadonlyArray<Segments.Segment>,
  path: string
) {
  const here = (yield* (yield* Disk).read(path)) ?? Buffer.alloc(0)
  if (Segments.reach(segments) <= here.length) return undefined
  const another =
    `journal ${writer}: what ${remote.name} has of it is another journal than ${path}; it was not taken. ` +
    "Find out which of the two is right (pipeline log), and delete the other"
  if (Segments.contrary(segments, here).length > 0) return another
  let bytes = here
  for (let segment = Segments.next(segments, bytes.length); segment !== undefined;) {
    const part = yield* Objects.read(remote, segment.path)
    if (part.length !== segment.to - segment.from || Segments.sumOf(part) !== segment.sum) {
      return `${segment.path} is damaged at ${remote.name} and was not taken: delete it there, and push again from a store that has it`
    }
    // A torn last line here is the beginning of a whole one there.
    const overlap = bytes.length - segment.from
    if (!part.subarray(0, overlap).equals(bytes.subarray(segment.from))) return another
    bytes = Buffer.concat([bytes, part.subarray(overlap)])
    segment = Segments.next(segments, bytes.length)
  }
  return { writer, bytes, before: here.length } satisfies Grown
})

const eventsOf = ({ before, bytes }: Grown): ReadonlyArray<Event> =>
  bytes.subarray(bytes.lastIndexOf(0x0a, before) + 1).toString("utf8").split("\n").flatMap((line) => {
    const event = line === "" ? undefined : Line.decode(line)
    return event === undefined ? [] : [event]
  })

/** Pulls; without `objects`, events only: `run --remote` takes objects when it needs them. */
export const pull = Effect.fn("pull")(function*(
  remote: Remote,
  how: { readonly dryRun: boolean; readonly objects: boolean },
  told: (progress: Progress) => void = () => {}
) {
  const disk = yield* Disk
  const journal = yield* Journal
  const store = yield* Store
  const folder = nodePath.join(store.root, "journal")
  const pathOf = (writer: string) => nodePath.join(folder, `${writer}.ndjson`)

  const segments = Segments.byWriter((yield* remote.list("journal")).map(({ path }) => path))
  const found = yield* Effect.forEach(segments, ([writer, all]) => longer(remote, writer, all, pathOf(writer)))
  const problems = found.filter((one) => typeof one === "string")
  const grown = found.filter((one) => typeof one === "object")

  const there = how.objects ? yield* Objects.sizes(remote) : new Map<string, number>()
  const { events } = yield* journal.history
  const named = [...Objects.namedBy([...events, ...grown.flatMap(eventsOf)]).values()]
  const wanted = named.filter((output) => there.has(output.bytes) && !store.holds(output))

  if (!how.dryRun) {
    // Objects come before the events that name them.
    problems.push(
      ...yield* each(wanted, told, (output) =>
        Objects.fetch(remote, output).pipe(
          Effect.as(undefined),
          Effect.catchIf(
            (error) => error._tag === "RemoteFailed" && error.damaged,
            ({ message }) => Effect.succeed(message)
          )
        ))
    )
    yield* Parts.pull(remote)
    if (grown.length > 0) yield* disk.makeLastingFolder(store.root, folder)
    for (const { bytes, writer } of grown) {
      const draft = nodePath.join(store.root, "scratch", `journal-${randomUUID()}`)
      yield* disk.makeFolder(nodePath.dirname(draft))
      yield* disk.write(draft, bytes)
      // Another pull may have brought more of it meanwhile.
      if (((yield* disk.size(pathOf(writer))) ?? 0) < bytes.length) yield* disk.rename(draft, pathOf(writer))
      else yield* disk.remove(draft)
    }
    if (grown.length > 0) {
      yield* disk.syncFolder(folder)
      yield* Effect.ignore(journal.condense)
    }
  }
  return {
    objects: wanted.length,
    size: sizeOf(wanted),
    journals: grown.length,
    events: grown.reduce((sum, { before, bytes }) => sum + lines(bytes.subarray(before)), 0),
    there: named.filter(store.holds).length,
    problems
  } satisfies Transfer
})
