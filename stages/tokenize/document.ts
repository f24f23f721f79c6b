/** What a corpus is made of: documents, each with a name by whose hash it is trained on or held out. */
import { createHash } from "node:crypto"

interface Entry {
  readonly name: string
  readonly heldOut: boolean
  /** Domain under which it is measured when held out. */
  readonly domain: string
}

/** A cleaned text. */
export interface Document extends Entry {
  readonly text: string
}

/** A row that was tokenized and packed elsewhere. */
export interface TokenRow extends Entry {
  readonly ids: Int32Array
}

/**
 * Whether a document is held out: the first 48 bits of its name's SHA-256, as a fraction of 2⁴⁸, are below the share.
 * It depends on nothing else, so that adding documents moves none between the splits.
 */
export const isHeldOut = (name: string, fraction: number): boolean =>
  createHash("sha256").update(name).digest().readUIntBE(0, 6) / 2 ** 48 < fraction
