import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { gzipSync } from "node:zlib"
import { afterAll, describe, expect, it } from "vitest"
import type * as z from "zod"
import { fromRows } from "../../../schemas/table.ts"
import { Files } from "../../../schemas/tables.ts"
import { texts as stage } from "../../../stages/evaluate/stage.ts"
import { articlesOf } from "../../../stages/evaluate/text-formats.ts"
import { body } from "../../../stages/evaluate/texts.ts"
import { train } from "../../../stages/tokenize/trainer.ts"
import { runBody } from "../run-body.ts"

const folder = mkdtempSync(join(tmpdir(), "texts-"))
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, content: string | Uint8Array) => {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  return { name, path }
}
const jsonl = (lines: ReadonlyArray<object>) => lines.map((line) => JSON.stringify(line)).join("\n")

const tokenizer = train(new Map(), 257)
const run = async (settings: Partial<z.input<typeof stage.config>>, files: ReadonlyArray<ReturnType<typeof file>>) => {
  const config = {
    name: "mine",
    format: "text",
    field: "text",
    domainField: null,
    textsPerDomain: null,
    ...settings
  } as const
  const { outputs } = await runBody(stage, (io) => body({ ...io, files: { texts: files } }), config, {
    tokenizer: fromRows(Files, [{ path: "tokenizer.json", content: new TextEncoder().encode(tokenizer.toJson()) }])
  })
  const { domain, source, text, token } = outputs.texts
  const found: Array<[string, string, string]> = []
  for (let at = 0; at < token.length; at++) {
    const character = tokenizer.decode([token[at]!])
    if (at > 0 && text[at] === text[at - 1]) found.at(-1)![2] += character
    else found.push([source[at]!, domain[at]!, character])
  }
  return found
}

describe("texts from outside the corpus", () => {
  it("are read from Paloma's layout: source, split, gzipped lines with a subdomain or none", async () => {
    const files = [
      file(
        "c4_100_domains/val/a.jsonl.gz",
        gzipSync(jsonl([
          { text: "one", id: "1", subdomain: "x" },
          { text: "two", id: "2", subdomain: "y" },
          { text: "", id: "3", subdomain: "y" }
        ]))
      ),
      file("c4_100_domains/val/b.jsonl.gz", gzipSync(jsonl([{ text: "three", id: "4", subdomain: "x" }]))),
      file("ptb/val/a.jsonl", jsonl([{ text: "four", id: "5", source: "elsewhere" }]))
    ]
    expect(await run({ format: "paloma", domainField: "subdomain" }, files)).toEqual([
      ["c4_100_domains", "x", "one"],
      ["c4_100_domains", "x", "three"],
      ["c4_100_domains", "y", "two"],
      ["ptb", "ptb", "four"]
    ])
    expect(await run({ format: "paloma", domainField: "subdomain", textsPerDomain: 1 }, files)).toHaveLength(3)
  })

  it("are WikiText's articles, plain files and lines with fields of their own", async () => {
    const wiki = " \r\n = Title = \r\n \r\n Text . \r\n \r\n = = Section = = \r\n More . \r\n = Other = \r\n End . \r\n"
    expect(articlesOf(wiki)).toEqual([
      " = Title = \n \n Text . \n \n = = Section = = \n More . \n",
      " = Other = \n End . \n"
    ])
    expect(await run({ format: "wikitext" }, [file("wiki.raw", wiki)])).toHaveLength(2)
    expect(await run({}, [file("a.txt", "whole\n\nfile"), file("empty.txt", "")])).toEqual([
      ["mine", "mine", "whole\n\nfile"]
    ])
    const lines = file("l.jsonl", jsonl([{ body: "a", kind: "k" }, { body: "b" }]))
    expect(await run({ format: "jsonl", field: "body", domainField: "kind" }, [lines])).toEqual([
      ["mine", "k", "a"],
      ["mine", "mine", "b"]
    ])
  })

  it("name the line and the field that are wrong", async () => {
    const lines = file("wrong.jsonl", jsonl([{ text: "a" }, { text: 3 }]))
    await expect(run({ format: "jsonl" }, [lines])).rejects.toThrow(
      "wrong.jsonl:2 has 3 and not text in the field text"
    )
    await expect(run({ format: "jsonl" }, [file("x.jsonl", "{")])).rejects.toThrow("x.jsonl:1 is not JSON")
    await expect(run({}, [])).rejects.toThrow("no text in evaluation.texts.mine")
  })
})
