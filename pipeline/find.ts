/** Finds results by what a reader has at hand: an instance, or the beginning of a key or of an output's digest. */
import type { State, Success } from "./journal/fold.ts"

export interface Found {
  readonly result: Success
  /** The output that was asked for, where it was one. */
  readonly output: string | undefined
}

/** Whether a text may be the beginning of a digest: 8 hex digits or more. */
export const isDigest = (what: string): boolean => /^[0-9a-f]{8,64}$/.test(what)

/** The result that an instance stands for, or else the last one that an instance of that name made in any study. */
export const byInstance = (id: string, state: State): Success | undefined => {
  const standing = state.standings.get(id)?.at(-1)
  return (standing === undefined ? undefined : state.results.get(standing.key)) ??
    [...state.results.values()].filter(({ instance }) => instance === id).sort((a, b) => b.seq - a.seq)[0]
}

/** Results whose key, or one of whose outputs by digest of its data or its bytes, begins so; newest first. */
export const byDigest = (prefix: string, state: State): ReadonlyArray<Found> =>
  [...state.results.values()].sort((a, b) => b.seq - a.seq).flatMap((result): ReadonlyArray<Found> => {
    if (result.key.startsWith(prefix)) return [{ result, output: undefined }]
    const output = Object.entries(result.outputs).find(([, { bytes, digest }]) =>
      digest.startsWith(prefix) || bytes.startsWith(prefix)
    )
    return output === undefined ? [] : [{ result, output: output[0] }]
  })
