/** One event as one line of a journal file, with a checksum, and back. The form is described in schemas/event.ts. */
import { Event } from "../../schemas/event.ts"
import { ofBytes } from "../digest.ts"

const marker = ",\"sum\":\""
const sumOf = (text: string) => ofBytes(Buffer.from(text)).slice(0, 16)

/** The line of an event, newline included. */
export const encode = (event: Event): string => {
  const text = JSON.stringify(event).slice(0, -1)
  return `${text}${marker}${sumOf(text)}"}\n`
}

/** The event of a line, or undefined where the line is torn or damaged. */
export const decode = (line: string): Event | undefined => {
  const at = line.lastIndexOf(marker)
  if (at < 0 || !line.endsWith("\"}") || line.slice(at + marker.length, -2) !== sumOf(line.slice(0, at))) {
    return undefined
  }
  const parsed = Event.safeParse(JSON.parse(`${line.slice(0, at)}}`))
  return parsed.success ? parsed.data : undefined
}
