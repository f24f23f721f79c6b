/** Reads a corpus document by document, in the order of its files. */
import { readFile } from "node:fs/promises"
import type { ExternalFile } from "../../pipeline/stage.ts"
import { isHeldOut } from "./document.ts"
import type { Document, TokenRow } from "./document.ts"
import { gutenbergDocuments } from "./gutenberg.ts"
import { linesOf, textOf } from "./lines.ts"
import { columnOf } from "./parquet-corpus.ts"

export type CorpusSettings =
  | { readonly source: "gutenberg"; readonly heldOutFraction: number }
  | {
    readonly source: "files"
    readonly format: "text" | "jsonl" | "parquet"
    readonly field: string
    readonly heldOutFraction: number
  }

type Values = AsyncIterable<readonly [name: string, value: string | Int32Array]>
type OnBytes = (bytes: number) => void

async function* texts(file: ExternalFile, onBytes: OnBytes): Values {
  yield [file.name, await textOf(file, onBytes)]
}

async function* jsonLines(file: ExternalFile, field: string, onBytes: OnBytes): Values {
  let line = 0
  for await (const text of linesOf(file, onBytes)) {
    line += 1
    if (text.trim() === "") continue
    const place = `${file.name}:${line}`
    yield [place, fieldOf(text, field, place)]
  }
}

const fieldOf = (line: string, field: string, place: string): string => {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch (cause) {
    throw new Error(`${place}: not JSON; a jsonl file holds one JSON object a line`, { cause })
  }
  const value = (json as Record<string, unknown> | null)?.[field]
  if (typeof value === "string") return value
  const names = typeof json === "object" && json !== null ? Object.keys(json).join(", ") : "none"
  throw new Error(`${place}: no text in field ${JSON.stringify(field)}; set corpus.field (fields here: ${names})`)
}

async function* parquetRows(file: ExternalFile, field: string, onBytes: OnBytes): Values {
  let row = 0
  for await (const value of columnOf(file, field, onBytes)) yield [`${file.name}:${row++}`, value]
}

async function* gutenberg(
  files: ReadonlyArray<ExternalFile>,
  heldOutFraction: number,
  onBytes: OnBytes
): AsyncGenerator<Document> {
  for (const file of files) {
    const content = await readFile(file.path)
    yield* gutenbergDocuments(file.name, content, heldOutFraction)
    onBytes(content.length)
  }
}

/** Documents without any character are left out. Domain of what is held out of files is "held-out". */
export async function* documentsOf(
  corpus: CorpusSettings,
  files: ReadonlyArray<ExternalFile>,
  onBytes: OnBytes
): AsyncGenerator<Document | TokenRow> {
  if (corpus.source === "gutenberg") return yield* gutenberg(files, corpus.heldOutFraction, onBytes)
  const { field, format, heldOutFraction } = corpus
  for (const file of files) {
    const values = format === "text" ?
      texts(file, onBytes)
      : format === "jsonl" ?
      jsonLines(file, field, onBytes)
      : parquetRows(file, field, onBytes)
    for await (const [name, value] of values) {
      if (value.length === 0) continue
      const entry = { name, heldOut: isHeldOut(name, heldOutFraction), domain: "held-out" }
      yield typeof value === "string" ? { ...entry, text: value } : { ...entry, ids: value }
    }
  }
}
