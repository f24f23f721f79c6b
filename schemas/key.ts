/** The key record of a stage instance: every leaf that may cause a rerun, by name. Its digest is the cache key. */
import * as z from "zod"

export const Leaf: z.ZodType<LeafValue> = z.lazy(() =>
  z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(Leaf)])
)
export type LeafValue = null | boolean | number | string | ReadonlyArray<LeafValue>

/**
 * Leaves by path. First segment of a path: `format`, `stage`, `code`, `package`, `output`, `config`, `input`, `files`
 * (names of a group's files, in order), `file`, `engine` (its name; below it
 * its own `code` and `package`), `salt`, `accepted` (changes that the inputs rest on and somebody accepted).
 */
export const KeyRecord = z.record(z.string(), Leaf)
export type KeyRecord = Readonly<Record<string, LeafValue>>
