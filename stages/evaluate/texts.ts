/** Body of the texts stage. */
import type { Body } from "../../pipeline/stage.ts"
import { Growing } from "../tokenize/growing.ts"
import { spread, tokenizerOf } from "./selection.ts"
import type { texts } from "./stage.ts"
import { textsOf } from "./text-formats.ts"

export const body = async (io: Body<typeof texts>): Promise<void> => {
  const { textsPerDomain } = io.config
  const files = io.files["texts"] ?? []
  const tokenizer = tokenizerOf(await io.read.tokenizer())
  const domains = new Map<string, { source: string; domain: string; texts: Array<string> }>()
  for (const [index, file] of files.entries()) {
    io.signal.throwIfAborted()
    for await (const { domain, source, text } of textsOf(file, io.config)) {
      const key = JSON.stringify([source, domain])
      const known = domains.get(key) ?? { source, domain, texts: [] }
      domains.set(key, known)
      known.texts.push(text)
    }
    io.progress({ done: index + 1, total: files.length, unit: "files" })
  }
  if (domains.size === 0) throw new Error(`there is no text in evaluation.texts.${io.config.name}; check its paths`)

  const columns = {
    source: [] as Array<string>,
    domain: [] as Array<string>,
    text: new Growing(),
    token: new Growing()
  }
  let count = 0
  for (const { domain, source, texts } of domains.values()) {
    io.signal.throwIfAborted()
    for (const text of textsPerDomain === null ? texts : spread(texts, textsPerDomain)) {
      const ids = tokenizer.encode(text)
      for (let i = 0; i < ids.length; i++) {
        columns.source.push(source)
        columns.domain.push(domain)
      }
      columns.text.repeat(count++, ids.length)
      columns.token.append(ids)
    }
  }
  await io.write.texts({ ...columns, text: columns.text.values(), token: columns.token.values() })
}
