/** Body of the tokenize stage. */
import { createHash } from "node:crypto"
import { readFile, stat } from "node:fs/promises"
import type { Body, ExternalFile } from "../../pipeline/stage.ts"
import { fromRows } from "../../schemas/table.ts"
import type { Row } from "../../schemas/table.ts"
import { Documents, Files } from "../../schemas/tables.ts"
import { documentsOf } from "./corpus.ts"
import type { Document, TokenRow } from "./document.ts"
import { Growing } from "./growing.ts"
import { domainDocuments, domainGroups } from "./held-out-domains.ts"
import { Packer } from "./packing.ts"
import { passagesOf } from "./passages.ts"
import type { tokenize } from "./stage.ts"
import { Tokenizer } from "./tokenizer.ts"
import { countWords, train } from "./trainer.ts"
import type { WordCounts } from "./trainer.ts"
import { WordList } from "./words.ts"

type IO = Body<typeof tokenize>

const isRow = (entry: Document | TokenRow): entry is TokenRow => "ids" in entry

/** Passes over the corpus, reporting the bytes read so far, and lets the process breathe between documents. */
const reader = async (io: IO): Promise<() => AsyncGenerator<Document | TokenRow>> => {
  const files = io.files.corpus ?? []
  if (files.length === 0) throw new Error("the corpus has no files; check corpus.paths in the study file")
  const sizes = await Promise.all(files.map(async ({ path }) => (await stat(path)).size))
  const passes = io.config.tokenizer.kind === "train" ? 2 : 1
  const total = passes * sizes.reduce((sum, size) => sum + size, 0)
  let done = 0
  let documents = 0
  return async function*() {
    for await (const document of documentsOf(io.config.corpus, files, (bytes) => done += bytes)) {
      yield document
      documents += 1
      if (documents % 100 !== 0) continue
      io.signal.throwIfAborted()
      io.progress({ done: Math.min(done, total), total, unit: "bytes" })
      await new Promise(setImmediate)
    }
    io.progress({ done: Math.min(done, total), total, unit: "bytes" })
  }
}

const trained = async (
  size: number,
  documents: AsyncIterable<Document | TokenRow>
): Promise<{ readonly tokenizer: Tokenizer; readonly file: Uint8Array }> => {
  const counts: WordCounts = new Map()
  for await (const document of documents) {
    if (isRow(document)) {
      throw new Error(
        `${document.name} holds token ids, not text; name the tokenizer that made them with ` +
          "tokenizer: { kind: file, path: … }"
      )
    }
    if (!document.heldOut) countWords(document.text, counts)
  }
  const tokenizer = train(counts, size)
  if (tokenizer.vocabularySize < size) {
    throw new Error(
      `the training split gives a vocabulary of ${tokenizer.vocabularySize} ids and tokenizer.vocabulary asks for ` +
        `${size}; lower it or give more text`
    )
  }
  return { tokenizer, file: new TextEncoder().encode(tokenizer.toJson()) }
}

const loaded = async (
  files: ReadonlyArray<ExternalFile> | undefined,
  endOfText: string
): Promise<{ readonly tokenizer: Tokenizer; readonly file: Uint8Array }> => {
  const file = files?.[0]
  if (file === undefined) {
    throw new Error("tokenizer: { kind: file } needs a file; check tokenizer.path in the study file")
  }
  const content = await readFile(file.path)
  try {
    return { tokenizer: Tokenizer.fromJson(content.toString("utf8"), endOfText), file: new Uint8Array(content) }
  } catch (cause) {
    throw new Error(`${file.name}: ${(cause as Error).message}`, { cause })
  }
}

/** Documents of the wholly held-out domains, which are added where the corpus is text. */
async function* domains(io: IO): AsyncGenerator<Document> {
  for (const domain of domainGroups) {
    const files = await Promise.all(
      (io.files[domain] ?? []).map(async ({ name, path }) => ({ name, text: await readFile(path, "utf8") }))
    )
    yield* domainDocuments(domain, files)
  }
}

/** What the tokenizer makes of the documents, gathered for the tables. */
class Gathered {
  readonly documents: Array<Row<typeof Documents>> = []
  readonly words = new WordList()
  readonly packer: Packer
  readonly heldOutDomain: Array<string> = []
  readonly heldOutText = new Growing()
  readonly heldOutToken = new Growing()
  readonly #tokenizer: Tokenizer
  readonly #sequenceLength: number
  #texts = 0
  /** Whether rows came packed, and so in the order to train in. */
  packedElsewhere = false

  constructor(tokenizer: Tokenizer, config: IO["config"]) {
    this.#tokenizer = tokenizer
    this.#sequenceLength = config.sequenceLength
    this.packer = new Packer({ ...config, endOfText: tokenizer.endOfText })
  }

  document(document: Document): void {
    const ids = this.#tokenizer.encode(document.text)
    this.#list(document, document.text, ids.length)
    if (document.heldOut) {
      this.#holdOut(document.domain, passagesOf(document.text, this.#tokenizer, this.#sequenceLength))
    } else {
      this.packer.document(ids)
      this.words.add(document.text)
    }
  }

  row(row: TokenRow): void {
    this.packedElsewhere = true
    this.#check(row)
    const text = this.#tokenizer.decode(row.ids)
    this.#list(row, text, row.ids.length)
    // Whole, across ends of documents: so were the chunks on which the study measured (arXiv 2509.12960).
    if (row.heldOut) this.#holdOut(row.domain, [row.ids])
    else {
      this.packer.row(row.ids)
      this.words.add(this.#tokenizer.decode(row.ids.filter((id) => id !== this.#tokenizer.endOfText)))
    }
  }

  #check({ ids, name }: TokenRow): void {
    const { rowLength } = this.packer
    if (ids.length !== rowLength) {
      throw new Error(
        `${name} holds ${ids.length} token ids and a row of this study holds ${rowLength}; set sequenceLength to ` +
          `${ids.length - 1}, or give the text`
      )
    }
    const largest = ids.reduce((a, b) => Math.max(a, b))
    if (largest >= this.#tokenizer.vocabularySize) {
      throw new Error(
        `${name} holds token id ${largest} and the tokenizer has ids 0 to ${this.#tokenizer.vocabularySize - 1}; ` +
          "set tokenizer.path to the tokenizer that made the corpus"
      )
    }
  }

  #list({ domain, heldOut, name }: Document | TokenRow, text: string, tokens: number): void {
    this.documents.push({
      name,
      split: heldOut ? "held-out" : "train",
      domain: heldOut ? domain : "",
      characters: codePoints(text),
      tokens,
      digest: createHash("sha256").update(text).digest("hex")
    })
  }

  #holdOut(domain: string, passages: ReadonlyArray<Int32Array>): void {
    for (const passage of passages) {
      for (let i = 0; i < passage.length; i++) this.heldOutDomain.push(domain)
      this.heldOutText.repeat(this.#texts, passage.length)
      this.heldOutToken.append(passage)
      this.#texts += 1
    }
  }
}

const codePoints = (text: string): number => {
  let count = text.length
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) count -= 1
  return count
}

export const body = async (io: IO): Promise<void> => {
  const { sequenceLength, shuffleSeed, tokenizer: kind } = io.config
  const corpus = await reader(io)
  const { file, tokenizer } = kind.kind === "train"
    ? await trained(kind.vocabulary, corpus())
    : await loaded(io.files.tokenizer, kind.endOfText)

  const gathered = new Gathered(tokenizer, io.config)
  for await (const entry of corpus()) {
    if (isRow(entry)) gathered.row(entry)
    else gathered.document(entry)
  }
  // Beside rows that were packed elsewhere, passages of an encyclopedia and of licences would be of another kind and length.
  if (!gathered.packedElsewhere) { for await (const document of domains(io)) gathered.document(document) }

  const { packer } = gathered
  const packed = gathered.packedElsewhere ? packer.inOrder() : packer.shuffled(shuffleSeed)
  if (packed.token.length === 0) {
    throw new Error(
      `the training split does not fill one row of ${sequenceLength + 1} tokens; lower sequenceLength or ` +
        "corpus.heldOutFraction, or give more text"
    )
  }
  await io.write.packed(packed)
  await io.write.heldout({
    domain: gathered.heldOutDomain,
    text: gathered.heldOutText.values(),
    token: gathered.heldOutToken.values()
  })
  await io.write.tokenizer(fromRows(Files, [{ path: "tokenizer.json", content: file }]))
  await io.write.documents(fromRows(Documents, gathered.documents))
  await io.write.words(gathered.words.columns())
}
