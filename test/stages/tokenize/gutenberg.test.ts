import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { isHeldOut } from "../../../stages/tokenize/document.ts"
import { gutenbergDocuments } from "../../../stages/tokenize/gutenberg.ts"
import { domainDocuments } from "../../../stages/tokenize/held-out-domains.ts"
import { domainFiles, gutenbergFiles } from "../../../stages/tokenize/sources.ts"

const files = gutenbergFiles()
const all = files.map(({ name, path }) => gutenbergDocuments(name, readFileSync(path), 0.1))
const byName = new Map(all.flat().map((document) => [document.name, document]))
const text = (name: string): string => byName.get(name)!.text
const countOf = (book: string): number => [...byName.keys()].filter((name) => name.startsWith(`${book}/`)).length

describe("the Gutenberg corpus", () => {
  it("has 18 books, cut into the parts they have", () => {
    expect(files).toHaveLength(18)
    const expected: Record<string, number> = {
      "austen-emma": 55,
      "austen-persuasion": 24,
      "austen-sense": 50,
      "bible-kjv": 1189,
      "burgess-busterbrown": 23,
      "carroll-alice": 12,
      "chesterton-ball": 20,
      "chesterton-brown": 12,
      "chesterton-thursday": 16,
      "melville-moby_dick": 139,
      "milton-paradise": 12
    }
    for (const [book, parts] of Object.entries(expected)) expect(countOf(book), book).toBe(parts)
  })

  it("names documents apart", () => {
    expect(byName.size).toBe(all.flat().length)
  })

  it("joins hard-wrapped lines and keeps paragraphs", () => {
    expect(text("austen-emma/001")).toMatch(
      /^VOLUME I\n\nCHAPTER I\n\nEmma Woodhouse, handsome, clever, and rich, with a comfortable home and happy/
    )
    expect(text("austen-emma/001").split("\n\n").length).toBeGreaterThan(40)
  })

  it("keeps the lines of verse, but for those wrapped by the width of the page", () => {
    expect(text("milton-paradise/001")).toContain("and the fruit\nOf that forbidden tree whose mortal taste\n")
    expect(text("whitman-leaves/002")).toContain("for the Muse, I say the Form complete is worthier far,\n")
  })

  it("takes the marks of verses out of the Bible, wherever they stand", () => {
    expect(text("bible-kjv/01/001")).toContain(
      "Genesis\n\nIn the beginning God created the heaven and the earth.\n\nAnd"
    )
    expect(text("bible-kjv/66/022")).toMatch(/Amen\.$/)
    for (const [name, { text }] of byName) if (name.startsWith("bible-kjv/")) expect(text, name).not.toMatch(/\d+:\d+/)
  })

  it("numbers the Bible's chapters as it does itself", () => {
    const chapters = [...byName.keys()].filter((name) => name.startsWith("bible-kjv/19/"))
    expect(chapters).toHaveLength(150)
    expect(text("bible-kjv/19/023")).toMatch(/^The LORD is my shepherd/)
    expect(new Set([...byName.keys()].flatMap((name) => /^bible-kjv\/(\d+)/.exec(name)?.[1] ?? [])).size).toBe(66)
  })

  it("reads Latin-1, CRLF, and leaves titles, licences and ornaments out", () => {
    for (const word of ["Cæsar", "Brunetière"]) {
      expect([...byName.values()].some(({ text }) => text.includes(word)), word).toBe(true)
    }
    for (const [name, { text }] of byName) {
      expect(text, name).not.toMatch(
        /Project Gutenberg|\r|_|[\u0000-\u0009\u000b-\u001f]|\* {3,}\*|\[Illustration| {2}/
      )
      expect(text, name).not.toMatch(/^\[[^\]]* (?:by|1[0-9]{3})[ \]]/)
    }
  })

  it("holds whole books out, and a tenth or so of the rest", () => {
    const documents = [...byName.values()]
    for (const book of ["austen-persuasion", "carroll-alice"]) {
      expect(documents.filter(({ name }) => name.startsWith(book)).every(({ heldOut }) => heldOut)).toBe(true)
    }
    const rest = documents.filter(({ name }) => !/^(?:austen-persuasion|carroll-alice)/.test(name))
    const share = rest.filter(({ heldOut }) => heldOut).length / rest.length
    expect(share).toBeGreaterThan(0.08)
    expect(share).toBeLessThan(0.12)
    expect(new Set(documents.filter(({ heldOut }) => heldOut).map(({ domain }) => domain))).toEqual(
      new Set(["fiction", "children", "poetry", "drama", "scripture"])
    )
  })

  it("refuses a file that is no book of the collection", () => {
    expect(() => gutenbergDocuments("mine.txt", new Uint8Array(), 0)).toThrow("mine.txt: not a book")
  })
})

describe("holding out by name", () => {
  it("only adds documents as the share grows", () => {
    const names = Array.from({ length: 1000 }, (_, i) => `document ${i}`)
    expect(names.some((name) => isHeldOut(name, 0))).toBe(false)
    expect(names.every((name) => isHeldOut(name, 1))).toBe(true)
    for (const name of names.filter((name) => isHeldOut(name, 0.1))) expect(isHeldOut(name, 0.2)).toBe(true)
  })
})

describe("the wholly held-out domains", () => {
  it("have documents of running text, each paragraph once", () => {
    for (const [domain, files] of Object.entries(domainFiles())) {
      expect(files.length).toBeGreaterThan(20)
      expect(files.length).toBeLessThan(40)
      const documents = domainDocuments(
        domain,
        files.map(({ name, path }) => ({ name, text: readFileSync(path, "utf8") }))
      )
      expect(documents.length).toBeGreaterThan(20)
      const paragraphs = documents.flatMap(({ text }) => text.split("\n\n"))
      expect(new Set(paragraphs).size).toBe(paragraphs.length)
      expect(documents.every((document) => document.heldOut && document.domain === domain)).toBe(true)
    }
  })
})
