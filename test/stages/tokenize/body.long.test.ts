import { describe, expect, it } from "vitest"
import type { Body } from "../../../pipeline/stage.ts"
import type { Columns } from "../../../schemas/table.ts"
import type { HeldOut, Packed } from "../../../schemas/tables.ts"
import { body } from "../../../stages/tokenize/body.ts"
import { domainFiles, gutenbergFiles } from "../../../stages/tokenize/sources.ts"
import type { tokenize } from "../../../stages/tokenize/stage.ts"

describe("the tokenize stage on the Gutenberg corpus", () => {
  it("gives about three million training tokens and seven held-out domains of dozens of texts", async () => {
    let packed: Columns<typeof Packed> | undefined
    let heldOut: Columns<typeof HeldOut> | undefined
    const io: Body<typeof tokenize> = {
      config: {
        corpus: { source: "gutenberg", heldOutFraction: 0.1 },
        tokenizer: { kind: "train", vocabulary: 2048 },
        sequenceLength: 128,
        documentsPerBatch: 350,
        shuffleSeed: 42
      },
      read: {},
      paths: {},
      digests: {},
      write: {
        packed: async (columns) => void (packed = columns),
        heldout: async (columns) => void (heldOut = columns),
        tokenizer: async () => {},
        documents: async () => {},
        words: async () => {}
      },
      files: { corpus: gutenbergFiles(), ...domainFiles() },
      progress: () => {},
      threads: 1,
      acceptances: [],
      engine: "reference",
      signal: new AbortController().signal
    }
    await body(io)
    expect(packed!.token.length % 129).toBe(0)
    expect(packed!.token.length).toBeGreaterThan(3e6)
    expect(packed!.token.every((id) => id >= 0 && id < 2048)).toBe(true)
    const texts = new Map<string, Set<number>>()
    heldOut!.domain.forEach((domain, i) => {
      texts.set(domain, (texts.get(domain) ?? new Set()).add(heldOut!.text[i]!))
    })
    expect([...texts.keys()].sort()).toEqual([
      "children",
      "drama",
      "encyclopedic",
      "fiction",
      "legal",
      "poetry",
      "scripture"
    ])
    for (const set of texts.values()) expect(set.size).toBeGreaterThanOrEqual(24)
  })
})
