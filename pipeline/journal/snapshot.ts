/**
 * A snapshot of a journal: the events that still matter (relevant.ts), so that a start does not read all that ever happened.
 *
 *     <root>/snapshot.ndjson   a header, then one event a line, in causal order
 *
 * It is derived, and may be deleted at any time. The header says how much of each journal file is covered, and by what to know that
 * this is still as it was. A file of which size, times and inode are the same is taken for unchanged; the covered part of any other
 * is hashed. Where anything differs, the snapshot is not used, and the journal is read whole.
 */
import { Effect } from "effect"
import { randomUUID } from "node:crypto"
import * as nodePath from "node:path"
import * as z from "zod"
import { Event } from "../../schemas/event.ts"
import * as Digest from "../digest.ts"
import { Disk, DiskFailed } from "../disk.ts"
import { stampOf } from "../external.ts"
import { relevant } from "./relevant.ts"

/** Version of the form, and of what `relevant` leaves out. */
const format = 1

/** Types of events that this program knows: a snapshot of one that knew others lacks some, or holds what here is unknown. */
export const types = Event._zod.def.right._zod.def.options.flatMap((option) => [...option.shape.type.values]).sort()

const Covered = z.object({
  /** Name of the journal file. */
  file: z.string(),
  /** Bytes and lines from its beginning that are covered: whole lines. */
  bytes: z.int(),
  lines: z.int(),
  /** What was passed over in them. */
  notes: z.array(z.string()),
  stamp: z.string(),
  /** SHA-256 of the covered bytes. */
  sum: z.string()
})
export type Covered = z.output<typeof Covered>

const Header = z.object({
  snapshot: z.literal(format),
  types: z.array(z.string()),
  files: z.array(Covered),
  /** The last event covered, in causal order: what comes before it must not be news. */
  last: z.object({ seq: z.int(), writer: z.string() }),
  /** SHA-256 of all lines after this one. */
  sum: z.string()
})

export interface Snapshot {
  readonly files: ReadonlyArray<Covered>
  readonly last: { readonly seq: number; readonly writer: string }
  readonly events: ReadonlyArray<Event>
}

const fileOf = (root: string) => nodePath.join(root, "snapshot.ndjson")

const parse = (content: Buffer): Snapshot | undefined => {
  const end = content.indexOf(0x0a)
  if (end < 0) return undefined
  try {
    const header = Header.parse(JSON.parse(content.toString("utf8", 0, end)))
    const body = content.subarray(end + 1)
    if (header.types.join() !== types.join() || Digest.ofBytes(body) !== header.sum) return undefined
    const events: Array<Event> = []
    for (let at = 0; at < body.length;) {
      const next = body.indexOf(0x0a, at)
      events.push(JSON.parse(body.toString("utf8", at, next)) as Event)
      at = next + 1
    }
    return { files: header.files, last: header.last, events }
  } catch {
    return undefined
  }
}

const isCovered = (folder: string, { bytes, file, stamp, sum }: Covered): boolean => {
  const path = nodePath.join(folder, file)
  try {
    return stampOf(path) === stamp || Digest.ofFile(path, bytes) === sum
  } catch {
    return false
  }
}

/** The snapshot of a store, if there is one and it holds what the journal says. */
export const read = Effect.fn("Snapshot.read")(function*(root: string, journal: string) {
  const disk = yield* Disk
  const content = yield* disk.read(fileOf(root))
  const snapshot = content === undefined ? undefined : parse(content)
  return snapshot?.files.every((covered) => isCovered(journal, covered)) === true ? snapshot : undefined
})

/** How much of a journal file has been read. */
export interface Extent {
  readonly bytes: number
  readonly lines: number
  readonly notes: ReadonlyArray<string>
}

/** What is said of the files that were read; `known` spares hashing those that are as they were. */
const cover = (journal: string, readings: ReadonlyMap<string, Extent>, known: ReadonlyMap<string, Covered>) =>
  [...readings].map(([file, { bytes, lines, notes }]): Covered => {
    const path = nodePath.join(journal, file)
    const stamp = stampOf(path) ?? ""
    const before = known.get(file)
    const same = before?.stamp === stamp && before.bytes === bytes
    return { file, bytes, lines, notes: [...notes], stamp, sum: same ? before.sum : Digest.ofFile(path, bytes) }
  })

/**
 * Writes the snapshot of a history, read from its journal up to `readings`. Another process may write one too: each is whole, and the
 * last one stays.
 */
export const write = Effect.fn("Snapshot.write")(function*(
  root: string,
  journal: string,
  history: ReadonlyArray<Event>,
  readings: ReadonlyMap<string, Extent>,
  before: Snapshot | undefined
) {
  const disk = yield* Disk
  const last = history.at(-1)
  if (last === undefined) return
  const body = Buffer.concat(relevant(history).map((event) => Buffer.from(`${JSON.stringify(event)}\n`)))
  const files = yield* Effect.try({
    try: () => cover(journal, readings, new Map(before?.files.map((covered) => [covered.file, covered]))),
    catch: (error) =>
      new DiskFailed({ operation: "read", path: journal, code: (error as NodeJS.ErrnoException).code ?? String(error) })
  })
  const header: z.output<typeof Header> = {
    snapshot: format,
    types,
    files,
    last: { seq: last.seq, writer: last.writer },
    sum: Digest.ofBytes(body)
  }
  // What a killed process leaves of it lies among the drafts, where `gc` finds it.
  const draft = nodePath.join(root, "scratch", `snapshot-${randomUUID()}`)
  yield* disk.makeFolder(nodePath.dirname(draft))
  yield* disk.write(draft, Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), body]))
  yield* disk.rename(draft, fileOf(root))
})
