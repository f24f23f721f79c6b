/**
 * What a stage's code is: the digest of its body bundled with all it imports and minified, so that comments, formatting
 * and local names do not count, and name and version of each external package that the bundle imports.
 *
 * Fingerprints are made when the project is built (scripts/build.mjs) and read here; the launcher rebuilds when a
 * source file has changed since.
 */
import { readFileSync } from "node:fs"
import * as z from "zod"

export const Fingerprint = z.object({
  /** SHA-256 of the minified bundle, hex. */
  code: z.string(),
  /** External packages by name, sorted. */
  packages: z.record(z.string(), z.string())
})
export type Fingerprint = z.output<typeof Fingerprint>

export const Fingerprints = z.object({
  /** By the stage's source file, as its declaration names it. */
  stages: z.record(z.string(), Fingerprint),
  /** By the engine's name: engines are no part of the code of the stages that use them. */
  engines: z.record(z.string(), Fingerprint)
})
export type Fingerprints = z.output<typeof Fingerprints>

/** Reads the fingerprints that the build wrote. */
export const read = (path: string): Fingerprints => Fingerprints.parse(JSON.parse(readFileSync(path, "utf8")))

/** Fingerprint of a stage's source. */
export const of = (fingerprints: Fingerprints, source: string): Fingerprint => {
  const found = fingerprints.stages[source]
  if (found === undefined) throw new Error(`no fingerprint of ${source}: run npm run build`)
  return found
}

/** Fingerprint of a tensor engine by its identity, which begins with its name: onnx:cuda, tensorflow 2.18. */
export const ofEngine = (fingerprints: Fingerprints, engine: string): Fingerprint => {
  const found = fingerprints.engines[engine] ?? fingerprints.engines[engine.split(/[: ]/, 1)[0]!]
  if (found === undefined) throw new Error(`no fingerprint of the engine ${engine}: run npm run build`)
  return found
}
