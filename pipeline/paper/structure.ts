/**
 * What is left of a file where its numbers may differ: the elements of a page or figure, the words of a text, the shape of JSON, the
 * size of a picture.
 */

/** Names of the elements of HTML or SVG, in order. */
const elements = (text: string): string =>
  [...text.replace(/<(script|style)\b[^>]*>[^]*?<\/\1>/g, "<$1>").matchAll(/<(\/?[a-zA-Z][\w-]*)/g)]
    .map(([, name]) => name).join("\n")

/** Numbers as any format of a table prints them: −1,234.5, 1.2·10⁷, $1.50\times10^{7}$, 41{,}943, NaN. */
const number =
  /[−-]?(?:\d+(?:(?:,|\{,\})\d{3})*(?:\.\d+)?(?:[eE][+-]?\d+|·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|\\times10\^\{-?\d+\})?|NaN|inf\b|∞|\\infty)/g

/** Words of a text, without numbers and what is put around them. */
const words = (text: string): string => text.replaceAll("$", "").replace(number, "#").replace(/[–-]{1,2}(?=\s)/g, "#")

/** Names and lengths of a JSON value, not its contents. */
const shape = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(shape)
    : value !== null && typeof value === "object"
    ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shape(item)]))
    : typeof value

/** Width and height of a PNG, which stand in its first chunk. */
const picture = (content: Uint8Array): string => Buffer.from(content.subarray(0, 24)).toString("hex")

/** Two files of one ending have the same structure where this is the same of both. */
export const structure = (path: string, content: Uint8Array): string => {
  const text = () => Buffer.from(content).toString()
  switch (path.slice(path.lastIndexOf(".") + 1)) {
    case "html":
    case "svg":
      return elements(text())
    case "json":
      return JSON.stringify(shape(JSON.parse(text())))
    case "png":
      return picture(content)
    default:
      return words(text())
  }
}
