/** Domains of which nothing is trained on: each group of files is one domain, each file one document. */
import type { Document } from "./document.ts"
import { paragraphBreak } from "./paragraphs.ts"

/** Every string of a JSON value, in the order of the file. */
const stringsOf = (json: unknown): ReadonlyArray<string> => {
  if (typeof json === "string") return [json]
  return typeof json === "object" && json !== null ? Object.values(json).flatMap(stringsOf) : []
}

const collapse = (text: string): string => text.replace(/\s+/g, " ").trim()

/** Running text of a country of the World Factbook: shorter strings are figures and lists. */
const encyclopedic = (json: unknown): ReadonlyArray<string> => stringsOf(json).filter((text) => text.length > 120)

/** Paragraphs of a licence. */
const legal = (json: unknown): ReadonlyArray<string> => {
  const { licenseText } = json as { readonly licenseText?: string }
  return (licenseText ?? "").split(/\n\s*\n/)
}

const readers: Readonly<Record<string, (json: unknown) => ReadonlyArray<string>>> = { encyclopedic, legal }

/** Groups of files that are domains. */
export const domainGroups: ReadonlyArray<string> = Object.keys(readers)

/** Documents of a group; a paragraph that several files share is kept in the first only. */
export const domainDocuments = (
  domain: string,
  files: ReadonlyArray<{ readonly name: string; readonly text: string }>
): ReadonlyArray<Document> => {
  const seen = new Set<string>()
  return files.flatMap(({ name, text }) => {
    const paragraphs = readers[domain]!(JSON.parse(text)).map(collapse).filter((paragraph) => {
      const isNew = /\p{L}/u.test(paragraph) && !seen.has(paragraph)
      seen.add(paragraph)
      return isNew
    })
    if (paragraphs.length === 0) return []
    return [{ name: `${domain}/${name}`, heldOut: true, domain, text: paragraphs.join(paragraphBreak) }]
  })
}
