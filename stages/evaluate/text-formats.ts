/** Texts of files from outside the corpus, by format. */
import type { ExternalFile } from "../../pipeline/stage.ts"
import { textOf } from "../tokenize/lines.ts"
import { jsonLinesOf, optionalText, requiredText } from "./json-lines.ts"

export interface TextSettings {
  /** Source of the texts, where the format has none of its own; also their domain, where they have none. */
  readonly name: string
  readonly format: "paloma" | "wikitext" | "text" | "jsonl"
  readonly field: string
  readonly domainField: string | null
}

export interface SourcedText {
  readonly source: string
  readonly domain: string
  readonly text: string
}

/**
 * Articles of a raw WikiText file: each begins with a line ` = Title = `; deeper headings have more signs. Line ends are
 * line feeds, as in the data set's own form; what comes before the first title is dropped where it is blank.
 */
export const articlesOf = (content: string): ReadonlyArray<string> =>
  content.replaceAll("\r\n", "\n").split(/^(?= = [^=].*[^=] = *$)/m).filter((article) => article.trim() !== "")

async function* linesOfJson(file: ExternalFile, { field, domainField }: TextSettings, source: string) {
  for await (const line of jsonLinesOf(file)) {
    const domain = domainField === null ? undefined : optionalText(line, domainField)
    yield { source, domain: domain ?? source, text: requiredText(line, field) }
  }
}

/** Texts of one file, empty ones left out. */
export async function* textsOf(file: ExternalFile, settings: TextSettings): AsyncGenerator<SourcedText> {
  const { format, name } = settings
  switch (format) {
    case "paloma":
    case "jsonl": {
      // Paloma's files are named source/split/file (its data card); a source without domains is its own.
      const source = format === "paloma" ? file.name.split("/")[0]! : name
      for await (const text of linesOfJson(file, settings, source)) if (text.text !== "") yield text
      return
    }
    case "wikitext":
      for (const text of articlesOf(await textOf(file, () => undefined))) yield { source: name, domain: name, text }
      return
    case "text": {
      const text = await textOf(file, () => undefined)
      if (text !== "") yield { source: name, domain: name, text }
    }
  }
}
