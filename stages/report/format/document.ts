/** The whole report as one Markdown file beside the folders tables and figures. */
import { sections } from "../question.ts"
import type { Report } from "../report.ts"
import { markdown } from "./markdown.ts"

/** Rows of a table that the file shows; longer ones are linked. */
const most = 40

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

export const document = ({ acceptances, facts, figures, findings, setting, tables }: Report): string => {
  const blocks = [
    `# ${facts.config.study}`,
    ...(facts.config.about === "" ? [] : [facts.config.about]),
    setting,
    ...acceptances,
    "## Findings",
    findings.map((finding) => `- ${finding}`).join("\n"),
    ...sections.flatMap((section) => {
      const own = tables.filter((table) => table.section === section)
      const drawn = figures.filter((figure) => figure.section === section)
      if (own.length + drawn.length === 0) return []
      return [
        `## ${capital(section)}`,
        ...drawn.map(({ caption, name }) => `![${caption.replace(/[[\]]/g, "")}](figures/${name}.svg)`),
        ...own.map((table) =>
          table.rows.length <= most
            ? markdown(table, 3).trimEnd()
            : `### ${table.title}\n\n${table.rows.length} rows: [Markdown](tables/${table.name}.md), ` +
              `[CSV](tables/${table.name}.csv).`
        )
      ]
    })
  ]
  return `${blocks.join("\n\n")}\n`
}
