/** Where a result comes from: the results it was made from, back to files and code. */
import type { LeafValue } from "../schemas/key.ts"
import type { Success } from "./journal/fold.ts"

/** An input of a result, and what made it. */
export interface Source {
  /** E.g. input.previous, or input.spectra[3:size=nano,arm=relora]. */
  readonly leaf: string
  readonly digest: string
  readonly maker: Success | undefined
  /** The maker's output of that digest. */
  readonly output: string | undefined
}

export interface Node {
  readonly result: Success
  /** Digest of the stage's code. */
  readonly code: LeafValue | undefined
  /** External files by name, with their digests. */
  readonly files: ReadonlyArray<{ readonly name: string; readonly digest: LeafValue }>
  readonly sources: ReadonlyArray<{
    readonly source: Source
    /** Undefined where the maker is not known, or stands elsewhere in the tree. */
    readonly node: Node | undefined
  }>
}

/** Results by the logical digest of each of their outputs, oldest first. */
export type Makers = ReadonlyMap<string, ReadonlyArray<{ readonly result: Success; readonly output: string }>>

export const makersOf = (results: Iterable<Success>): Makers => {
  const makers = new Map<string, Array<{ result: Success; output: string }>>()
  for (const result of [...results].sort((a, b) => a.seq - b.seq)) {
    for (const [output, { digest }] of Object.entries(result.outputs)) {
      makers.set(digest, [...(makers.get(digest) ?? []), { result, output }])
    }
  }
  return makers
}

/** What a result was made from: of several makers of equal data, the last before it, or else the first. */
export const sourcesOf = (result: Pick<Success, "record" | "seq">, makers: Makers): ReadonlyArray<Source> =>
  Object.entries(result.record).filter(([leaf]) => leaf.startsWith("input.")).map(([leaf, value]) => {
    const digest = String(value)
    const all = makers.get(digest) ?? []
    const maker = all.findLast(({ result: { seq } }) => seq < result.seq) ?? all[0]
    return { leaf, digest, maker: maker?.result, output: maker?.output }
  })

/** Trees of the makers of several results, each maker once: the first time it is met, going down input by input. */
export const lineages = (results: ReadonlyArray<Success>, makers: Makers): ReadonlyArray<Node> => {
  const seen = new Set<string>()
  const visit = (result: Success): Node => {
    seen.add(result.key)
    return {
      result,
      code: result.record.code,
      files: Object.entries(result.record).filter(([leaf]) => leaf.startsWith("file."))
        .map(([leaf, digest]) => ({ name: leaf.slice("file.".length), digest })),
      sources: sourcesOf(result, makers).map((source) => ({
        source,
        node: source.maker === undefined || seen.has(source.maker.key) ? undefined : visit(source.maker)
      }))
    }
  }
  return results.map(visit)
}

/** The tree of a result's makers. */
export const lineage = (result: Success, makers: Makers): Node => lineages([result], makers)[0]!
