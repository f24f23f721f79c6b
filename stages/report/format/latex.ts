/** A table in LaTeX, with booktabs; longtable where it would not fit a page. */
import { type Column, heading, type Notation, print, type ReportTable, type Value } from "../table.ts"

const symbols: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  "&": "\\&",
  "%": "\\%",
  $: "\\$",
  "#": "\\#",
  _: "\\_",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "–": "--",
  "−": "$-$",
  "·": "$\\cdot$",
  "×": "$\\times$",
  "±": "$\\pm$",
  "∞": "$\\infty$",
  "≤": "$\\leq$",
  "→": "$\\rightarrow$",
  "…": "\\ldots{}",
  "Σ": "$\\Sigma$",
  "σ": "$\\sigma$",
  "Δ": "$\\Delta$",
  "₂": "$_2$",
  "⁻": "$^{-}$",
  ...Object.fromEntries(Array.from("⁰¹²³⁴⁵⁶⁷⁸⁹", (raised, digit) => [raised, `$^{${digit}}$`]))
}

/** Escapes text for use outside mathematics. */
export const escape = (text: string): string =>
  Array.from(text.replace(/\s+/g, " "), (character) => symbols[character] ?? character).join("")

const notation: Notation = {
  nan: "--",
  infinity: "$\\infty$",
  minus: "$-$",
  thousands: "{,}",
  power: (mantissa, exponent) => `$${mantissa}\\times10^{${exponent}}$`
}

const cell = (value: Value | undefined, column: Column): string =>
  typeof value === "string" ? escape(value) : print(value, column, notation)

const line = (cells: ReadonlyArray<string>): string => `${cells.join(" & ")} \\\\`

/** Headings above several columns, with a rule under each; nothing where no column is grouped. */
const groupLines = (columns: ReadonlyArray<Column>): ReadonlyArray<string> => {
  if (columns.every((column) => column.group === undefined)) return []
  const spans: Array<{ readonly group: string | undefined; readonly first: number; last: number }> = []
  for (const [index, column] of columns.entries()) {
    const span = spans.at(-1)
    if (span !== undefined && span.group === column.group) span.last = index
    else spans.push({ group: column.group, first: index, last: index })
  }
  const rules = spans.filter((span) => span.group !== undefined)
    .map((span) => `\\cmidrule(lr){${span.first + 1}-${span.last + 1}}`)
  const headings = spans.map((span) =>
    `\\multicolumn{${span.last - span.first + 1}}{c}{${span.group === undefined ? "" : escape(span.group)}}`
  )
  return [line(headings), rules.join(" ")]
}

/** Rows that fit a page beside a caption. */
const pageRows = 40

/** Characters from which the words of a cell are broken into lines. */
const prose = 40

/** Shrinks what is wider than the text to its width. */
const fitted = "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%"

const packages = "booktabs,longtable,graphicx"

/** A document of all tables, which compiles as it is in their folder; a paper of one's own may \\input any of them. */
export const collection = (tables: ReadonlyArray<ReportTable>): string =>
  [
    "\\documentclass[a4paper]{article}",
    "\\usepackage[T1]{fontenc}",
    "\\usepackage[landscape,margin=12mm]{geometry}",
    `\\usepackage{${packages}}`,
    "\\begin{document}",
    // Each on a page of its own: LaTeX holds back only so many tables at once.
    ...tables.map(({ name }) => `\\input{${name}.tex}\\clearpage`),
    "\\end{document}",
    ""
  ].join("\n")

export const latex = (table: ReportTable): string => {
  const isProse = ({ name }: Column) => table.rows.some((row) => String(row[name] ?? "").length > prose)
  const specification = table.columns.map((column) => column.align === "right" ? "r" : isProse(column) ? "p{6cm}" : "l")
    .join("")
  const head = [
    "\\toprule",
    ...groupLines(table.columns),
    line(table.columns.map((column) => escape(heading(column)))),
    "\\midrule"
  ]
  const rows = table.rows.map((row) => line(table.columns.map((column) => cell(row[column.name], column))))
  const caption = `\\caption{\\textbf{${escape(table.title)}.} ${
    escape([table.note, table.caption].filter((part) => part !== undefined).join(" "))
  }}`
  const label = `\\label{tab:${table.name}}`
  const lines = table.rows.length > pageRows
    ? [
      "{\\scriptsize\\setlength{\\tabcolsep}{3pt}",
      `\\begin{longtable}{${specification}}`,
      `${caption}${label} \\\\`,
      ...head,
      "\\endfirsthead",
      ...head,
      "\\endhead",
      ...rows,
      "\\bottomrule",
      "\\end{longtable}}"
    ]
    : [
      "\\begin{table}",
      "\\centering",
      caption,
      label,
      fitted,
      `\\begin{tabular}{${specification}}`,
      ...head,
      ...rows,
      "\\bottomrule",
      "\\end{tabular}}",
      "\\end{table}"
    ]
  return `% needs \\usepackage{${packages}}\n${lines.join("\n")}\n`
}
