/**
 * Packs documents into rows of equal length as the study's data were (arXiv 2509.12960, data; its loader's
 * preprocessing): each document is ended by the end-of-text token, documents are joined within batches, cut to rows of
 * sequenceLength + 1 ids, what is left of a batch is dropped, and the rows are put in random order.
 */
import { stream } from "../../tensor/random.ts"
import { Growing } from "./growing.ts"

export interface PackingSettings {
  /** Ids that a row predicts; the row holds one more. */
  readonly sequenceLength: number
  /** Documents joined before cutting. */
  readonly documentsPerBatch: number
  readonly endOfText: number
}

export interface Rows {
  /** Row of each id. */
  readonly row: Int32Array
  readonly token: Int32Array
}

export class Packer {
  readonly #settings: PackingSettings
  readonly #batch = new Growing()
  readonly #packed = new Growing()
  #documents = 0

  constructor(settings: PackingSettings) {
    this.#settings = settings
  }

  get rowLength(): number {
    return this.#settings.sequenceLength + 1
  }

  /** Adds the ids of a document. */
  document(ids: ArrayLike<number>): void {
    this.#batch.append(ids)
    this.#batch.repeat(this.#settings.endOfText, 1)
    this.#documents += 1
    if (this.#documents === this.#settings.documentsPerBatch) this.#cut()
  }

  /** Adds a row that is packed already. */
  row(ids: Int32Array): void {
    this.#packed.append(ids)
  }

  #cut(): void {
    const ids = this.#batch.values()
    this.#packed.append(ids.subarray(0, ids.length - ids.length % this.rowLength))
    this.#batch.clear()
    this.#documents = 0
  }

  /** Rows in the order they were made. */
  inOrder(): Rows {
    this.#cut()
    const token = this.#packed.values()
    const row = Int32Array.from({ length: token.length }, (_, i) => Math.floor(i / this.rowLength))
    return { row, token }
  }

  /** Rows in an order that the seed decides. */
  shuffled(seed: number): Rows {
    const { row, token } = this.inOrder()
    const order = stream(seed, "tokenize", "rows").permutation(token.length / this.rowLength)
    const out = new Int32Array(token.length)
    order.forEach((from, to) => {
      out.set(token.subarray(from * this.rowLength, (from + 1) * this.rowLength), to * this.rowLength)
    })
    return { row, token: out }
  }
}
