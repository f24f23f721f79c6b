import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Packer } from "../../../stages/tokenize/packing.ts"

const settings = { sequenceLength: 4, documentsPerBatch: 2, endOfText: 0 }

describe("packing", () => {
  it("ends each document, joins a batch, cuts it and drops what is left", () => {
    const packer = new Packer(settings)
    packer.document([1, 2, 3, 4, 5, 6])
    packer.document([7, 8, 9])
    packer.document([10, 11, 12, 13, 14])
    const { row, token } = packer.inOrder()
    expect([...token]).toEqual([1, 2, 3, 4, 5, 6, 0, 7, 8, 9, 10, 11, 12, 13, 14])
    expect([...row]).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2])
  })

  it("shuffles whole rows by the seed alone", () => {
    const rowsOf = (seed: number): ReadonlyArray<string> => {
      const packer = new Packer(settings)
      for (let i = 0; i < 40; i++) packer.document([i + 1, i + 1, i + 1, i + 1])
      const { row, token } = packer.shuffled(seed)
      const rows = Array.from({ length: token.length / 5 }, (_, i) => token.slice(5 * i, 5 * i + 5).join(" "))
      expect([...row]).toEqual(Array.from(token, (_, i) => Math.floor(i / 5)))
      return rows
    }
    expect(rowsOf(42)).toEqual(rowsOf(42))
    expect(rowsOf(42)).not.toEqual(rowsOf(43))
    expect([...rowsOf(42)].sort()).toEqual([...rowsOf(43)].sort())
    expect(rowsOf(42)).toContain("7 7 7 7 0")
  })

  it("loses less than a row of each batch", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 30 }), { maxLength: 20 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 5 }),
        (documents, sequenceLength, documentsPerBatch) => {
          const packer = new Packer({ sequenceLength, documentsPerBatch, endOfText: 0 })
          for (const document of documents) packer.document(document)
          const expected: Array<number> = []
          for (let i = 0; i < documents.length; i += documentsPerBatch) {
            const batch = documents.slice(i, i + documentsPerBatch).flatMap((document) => [...document, 0])
            expected.push(...batch.slice(0, batch.length - batch.length % (sequenceLength + 1)))
          }
          expect([...packer.inOrder().token]).toEqual(expected)
        }
      ),
      { seed: 1 }
    )
  })
})
