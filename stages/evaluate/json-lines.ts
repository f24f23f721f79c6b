/** Reads files of one JSON object a line. */
import type { ExternalFile } from "../../pipeline/stage.ts"
import { linesOf } from "../tokenize/lines.ts"

/** A line's object, and where it stands, e.g. c4_en/val/a.jsonl.gz:12. */
export interface JsonLine {
  readonly place: string
  readonly value: Readonly<Record<string, unknown>>
}

/** One line's object. */
export const jsonLine = (line: string, place: string): JsonLine => {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw new Error(`${place} is not JSON: ${(cause as Error).message}`, { cause })
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`${place} holds no JSON object`)
  }
  return { place, value: value as JsonLine["value"] }
}

/** Lines of a file, blank ones left out. */
export async function* jsonLinesOf(file: ExternalFile): AsyncGenerator<JsonLine> {
  let line = 0
  for await (const text of linesOf(file, () => undefined)) {
    line += 1
    if (text.trim() !== "") yield jsonLine(text, `${file.name}:${line}`)
  }
}

/** Text of a field, undefined where the line lacks it. */
export const optionalText = ({ place, value }: JsonLine, field: string): string | undefined => {
  const found = value[field]
  if (found === undefined || found === null || typeof found === "string") return found ?? undefined
  throw new Error(`${place} has ${JSON.stringify(found)?.slice(0, 40)} and not text in the field ${field}`)
}

/** Text of a field that must be there. */
export const requiredText = (line: JsonLine, field: string): string => {
  const found = optionalText(line, field)
  if (found !== undefined) return found
  const names = Object.keys(line.value).join(", ")
  throw new Error(`${line.place} has no text in the field ${field} (fields here: ${names})`)
}
