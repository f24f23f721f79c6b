/** One event as one line of a journal file, with a checksum, and back. The form is described in schemas/event.ts. */
import { hash } from "node:crypto"
import { Event } from "../../schemas/event.ts"
import * as Structure from "./structure.ts"

const marker = ",\"sum\":\""
const sumOf = (text: string) => hash("sha256", text, "hex").slice(0, 16)

/** The line of an event, newline included. */
export const encode = (event: Event): string => {
  const text = JSON.stringify(event).slice(0, -1)
  return `${text}${marker}${sumOf(text)}"}\n`
}

const isEvent = Structure.of(Event)

/**
 * The event of a line, or undefined where the line is torn or damaged. The checksum says that the line is as its writer wrote it;
 * that the writer knew events as they are known here is seen by their structure. So formats need no second look.
 */
export const decode = (line: string): Event | undefined => {
  const at = line.lastIndexOf(marker)
  if (at < 0 || !line.endsWith("\"}") || line.slice(at + marker.length, -2) !== sumOf(line.slice(0, at))) {
    return undefined
  }
  const value: unknown = parse(`${line.slice(0, at)}}`)
  return isEvent(value) ? value as Event : undefined
}

/** What a text says in JSON, or undefined where it says nothing: a checksum may be right over what is not. */
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
