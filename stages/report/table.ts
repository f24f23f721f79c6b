/** A table of the report before it is printed: one structure for Markdown, CSV, LaTeX, HTML and the long form. */

/** null is "nothing to show here"; NaN and infinities are measurements and are printed as such. */
export type Value = string | number | null

export interface Column {
  /** Machine name: the header in CSV, the column in the long form. */
  readonly name: string
  readonly title: string
  readonly unit?: string
  /** What the query must give for it; any cell may be null. */
  readonly kind: "text" | "integer" | "number"
  /** Digits after the point; absent for text. */
  readonly digits?: number
  readonly notation?: "fixed" | "scientific"
  readonly align: "left" | "right"
  /** Heading above several columns. */
  readonly group?: string
}

export interface ReportTable {
  readonly name: string
  readonly title: string
  /** What a row is and how its numbers were made. */
  readonly caption: string
  /** What must be read before the numbers, at the table's head. */
  readonly note?: string
  readonly columns: ReadonlyArray<Column>
  readonly rows: ReadonlyArray<Readonly<Record<string, Value>>>
}

/** Column of words. */
export const text = (name: string, title: string): Column => ({ name, title, kind: "text", align: "left" })

/** Column of numbers with `digits` after the point. */
export const fixed = (name: string, title: string, digits: number, unit?: string): Column => ({
  name,
  title,
  kind: "number",
  digits,
  align: "right",
  ...(unit === undefined ? {} : { unit })
})

/** Column of whole numbers, thousands separated. */
export const integer = (name: string, title: string, unit?: string): Column => ({
  ...fixed(name, title, 0, unit),
  kind: "integer"
})

/** Column of numbers with a mantissa of `digits` after the point and a power of ten. */
export const scientific = (name: string, title: string, digits: number, unit?: string): Column => ({
  ...fixed(name, title, digits, unit),
  notation: "scientific"
})

/** Puts columns under one heading. */
export const grouped = (group: string, columns: ReadonlyArray<Column>): ReadonlyArray<Column> =>
  columns.map((column) => ({ ...column, group }))

export const ours = "this study"
export const theirs = "published"

/** Title with its unit, e.g. "loss (nats/token)". */
export const heading = (column: Column): string =>
  column.unit === undefined ? column.title : `${column.title} (${column.unit})`

/** How a number is written in each format; the digits are the same in all. */
export interface Notation {
  readonly nan: string
  readonly infinity: string
  readonly minus: string
  readonly thousands: string
  readonly power: (mantissa: string, exponent: number) => string
}

const separate = (digits: string, separator: string): string => {
  const [whole = "", fraction] = digits.split(".")
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, separator)
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

const printNumber = (value: number, column: Column, notation: Notation): string => {
  if (Number.isNaN(value)) return notation.nan
  if (!Number.isFinite(value)) return `${value < 0 ? notation.minus : ""}${notation.infinity}`
  const magnitude = Math.abs(value)
  const digits = column.digits ?? 0
  if (column.notation === "scientific") {
    if (value === 0) return "0"
    const [mantissa = "", exponent = "0"] = magnitude.toExponential(digits).split("e")
    return `${value < 0 ? notation.minus : ""}${notation.power(mantissa, Number(exponent))}`
  }
  const printed = magnitude.toFixed(digits)
  // −0.000 would claim a sign that the printed digits do not carry
  const negative = value < 0 && /[1-9]/.test(printed)
  return `${negative ? notation.minus : ""}${separate(printed, notation.thousands)}`
}

/** Prints one cell, unescaped. */
export const print = (value: Value | undefined, column: Column, notation: Notation): string =>
  value === null || value === undefined ?
    ""
    : typeof value === "string" ?
    value
    : printNumber(value, column, notation)

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹"
/** A whole number as a raised exponent. */
export const superscript = (exponent: number): string =>
  (exponent < 0 ? "⁻" : "") + Array.from(String(Math.abs(exponent)), (digit) => superscripts[Number(digit)]).join("")

/** For people: typographic minus, thin space between thousands, powers of ten raised. */
export const plain: Notation = {
  nan: "–",
  infinity: "∞",
  minus: "−",
  thousands: ",",
  power: (mantissa, exponent) => `${mantissa}·10${superscript(exponent)}`
}
