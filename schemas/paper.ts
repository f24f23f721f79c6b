/**
 * What a committed paper stands for (artifacts/paper/STUDY/manifest.json): the study, the key record of the instance that made the
 * files, and the digest of each file.
 */
import * as z from "zod"
import { KeyRecord } from "./key.ts"

const digest = z.string().regex(/^[0-9a-f]{64}$/)

export const PaperManifest = z.strictObject({
  /** Version of this form. */
  paper: z.literal(1),
  study: z.string(),
  /** Resolved settings of the study, by path. */
  settings: KeyRecord,
  /** Instance that made the files. */
  instance: z.string(),
  /** Its key: the digest of `record`. */
  key: digest,
  /** Its key record: digest of its code, packages, settings and inputs. */
  record: KeyRecord,
  /** Files by path, with forward slashes: SHA-256 of the bytes, and how many. */
  files: z.record(z.string(), z.strictObject({ sha256: digest, size: z.int() }))
})
export type PaperManifest = z.output<typeof PaperManifest>
