/** Queries everything measured and writes the tables, the figures and the page. */
import type { Body } from "../../pipeline/stage.ts"
import { withDatabase } from "./database.ts"
import { standalone } from "./figures/chart.ts"
import { png } from "./figures/png.ts"
import { csv } from "./format/csv.ts"
import { document } from "./format/document.ts"
import { collection, latex } from "./format/latex.ts"
import { cellQueries, cellSources, long } from "./format/long.ts"
import { markdown } from "./format/markdown.ts"
import { page } from "./format/page.ts"
import { parquet } from "./format/parquet.ts"
import { sidecar } from "./format/sidecar.ts"
import { compose, type Report } from "./report.ts"
import type { report } from "./stage.ts"

/** Files of a report by path, in a fixed order. */
const files = async (report: Report): Promise<ReadonlyArray<readonly [path: string, content: string | Uint8Array]>> => [
  ["report.html", page(report)],
  ["report.md", document(report)],
  ...(await Promise.all(report.figures.map(async ({ name, svg }) =>
    [
      [`figures/${name}.svg`, standalone(svg)],
      [`figures/${name}.png`, await png(standalone(svg))]
    ] as const
  ))).flat(),
  ["tables/tables.tex", collection(report.tables)],
  ...report.tables.flatMap((table) =>
    [
      [`tables/${table.name}.csv`, csv(table)],
      [`tables/${table.name}.md`, markdown(table, 1)],
      [`tables/${table.name}.tex`, latex(table)],
      [`tables/${table.name}.parquet`, parquet(table)],
      [`tables/${table.name}.provenance.json`, sidecar(table, report)]
    ] as const
  )
]

export const body = async (io: Body<typeof report>): Promise<void> => {
  const composed = await withDatabase(
    io.signal,
    (database) => compose(database, io.config, { ...io.paths, digests: io.digests }, io.acceptances)
  )
  const written = await files(composed)
  const encoder = new TextEncoder()
  await io.write.files({
    path: written.map(([path]) => path),
    content: written.map(([, content]) => typeof content === "string" ? encoder.encode(content) : content)
  })
  await io.write.cells(long(composed))
  await io.write.sources(cellSources(composed))
  await io.write.queries(cellQueries(composed))
}
