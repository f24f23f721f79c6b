/**
 * Journal files in a remote store. A journal file is only ever appended to, by one writer; its bytes from one whole line to another
 * are a segment, named by where they are and what they are:
 *
 *     journal/WRITER/FROM-TO-SUM.ndjson   FROM and TO in bytes, 12 digits each; SUM the first 16 hex digits of SHA-256 of the bytes
 *
 * A push adds one segment for what has grown. So nothing is ever overwritten: of two that push the same file at once, both add what
 * is right, and what overlaps is equal. A file is read by going on from segment to segment as far as they reach.
 */
import * as Digest from "../digest.ts"

export interface Segment {
  readonly path: string
  readonly writer: string
  readonly from: number
  readonly to: number
  readonly sum: string
}

const digits = 12

export const sumOf = (bytes: Uint8Array): string => Digest.ofBytes(bytes).slice(0, 16)

/** The segment of a writer's bytes that begins at `from`. */
export const of = (writer: string, from: number, bytes: Uint8Array): Segment => {
  const to = from + bytes.length
  const sum = sumOf(bytes)
  const place = [from, to].map((offset) => String(offset).padStart(digits, "0")).join("-")
  return { path: `journal/${writer}/${place}-${sum}.ndjson`, writer, from, to, sum }
}

/** The segment that a path names, or undefined where it names none. */
export const parse = (path: string): Segment | undefined => {
  const found = /^journal\/([^/]+)\/(\d{12})-(\d{12})-([0-9a-f]{16})\.ndjson$/.exec(path)
  if (found === null) return undefined
  const [, writer, from, to, sum] = found
  return { path, writer: writer!, from: Number(from), to: Number(to), sum: sum! }
}

/** Segments by writer. */
export const byWriter = (paths: Iterable<string>): ReadonlyMap<string, ReadonlyArray<Segment>> => {
  const found = new Map<string, Array<Segment>>()
  for (const path of paths) {
    const segment = parse(path)
    if (segment === undefined) continue
    const all = found.get(segment.writer) ?? []
    all.push(segment)
    found.set(segment.writer, all)
  }
  return found
}

/** The segment that reaches furthest beyond an offset, of those that leave no gap. */
export const next = (segments: ReadonlyArray<Segment>, offset: number): Segment | undefined => {
  const fitting = segments.filter(({ from, to }) => from <= offset && to > offset)
  return fitting.reduce<Segment | undefined>(
    (best, segment) => best && best.to >= segment.to ? best : segment,
    undefined
  )
}

/** How far segments reach from the beginning without a gap. */
export const reach = (segments: ReadonlyArray<Segment>): number => {
  let end = 0
  for (let segment = next(segments, end); segment !== undefined; segment = next(segments, end)) end = segment.to
  return end
}

/** Segments within the bytes of a file that do not hold what the file holds there: it is another file of that name. */
export const contrary = (segments: ReadonlyArray<Segment>, bytes: Uint8Array): ReadonlyArray<Segment> =>
  segments.filter(({ from, sum, to }) => to <= bytes.length && sumOf(bytes.subarray(from, to)) !== sum)
