/** Queries everything measured and writes the tables, the figures and the page. */
import type { Body } from "../../pipeline/stage.ts"
import { withDatabase } from "./database.ts"
import { standalone } from "./figures/chart.ts"
import { csv } from "./format/csv.ts"
import { document } from "./format/document.ts"
import { latex } from "./format/latex.ts"
import { long } from "./format/long.ts"
import { markdown } from "./format/markdown.ts"
import { page } from "./format/page.ts"
import { compose, type Report } from "./report.ts"
import type { report } from "./stage.ts"

/** Files of a report by path, in a fixed order. */
const files = (report: Report): ReadonlyArray<readonly [path: string, content: string]> => [
  ["report.html", page(report)],
  ["report.md", document(report)],
  ...report.figures.map(({ name, svg }) => [`figures/${name}.svg`, standalone(svg)] as const),
  ...report.tables.flatMap((table) =>
    [
      [`tables/${table.name}.csv`, csv(table)],
      [`tables/${table.name}.md`, markdown(table, 1)],
      [`tables/${table.name}.tex`, latex(table)]
    ] as const
  )
]

export const body = async (io: Body<typeof report>): Promise<void> => {
  const composed = await withDatabase(io.signal, (database) => compose(database, io.config, io.paths, io.acceptances))
  const written = files(composed)
  const encoder = new TextEncoder()
  await io.write.files({
    path: written.map(([path]) => path),
    content: written.map(([, content]) => encoder.encode(content))
  })
  await io.write.cells(long(composed.tables))
}
