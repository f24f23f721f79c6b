/** Stable names of what exports speak of: from keys and digests alone, so that two exports name a thing alike (docs/provenance.md). */
import { createHash } from "node:crypto"
import type { Software } from "./provenance.ts"

/** Beginning of all names. */
export const space = ({ name }: Software): string => `urn:${name}:`

/** What a result's output is called: by key and output, since equal data may have been made twice. */
export const outputName = (key: string, output: string): string => `${key}/${output}`

/** Namespace of UUIDs of version 5: that of RFC 9562 for names that are URLs, URNs among them. */
const urls = Buffer.from("6ba7b8119dad11d180b400c04fd430c8", "hex")

/** The UUID of version 5 of a name. */
export const uuid = (name: string): string => {
  const hash = createHash("sha1").update(urls).update(name).digest()
  hash[6] = (hash[6]! & 0x0f) | 0x50
  hash[8] = (hash[8]! & 0x3f) | 0x80
  const hex = hash.toString("hex").slice(0, 32)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")
}
