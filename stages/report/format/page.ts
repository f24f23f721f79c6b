/**
 * The whole report as one HTML page that needs nothing else: no network, figures drawn in place. Its script sorts and filters tables
 * and draws what the reader chooses; without it the page is whole too.
 */
import { emptySlot } from "../../../schemas/run-slot.ts"
import type { PageData } from "../client/data.ts"
import script from "../client/page.script"
import type { Figure } from "../figures/figure.ts"
import { looks } from "../figures/style.ts"
import { type Section, sections } from "../question.ts"
import type { Answer } from "../questions.ts"
import type { Report } from "../report.ts"
import { measures } from "../series.ts"
import { cellData } from "./cell-data.ts"
import { glanceBlock } from "./glance.ts"
import { escape, html } from "./html.ts"
import { css } from "./page.css.ts"

/** Rows of a table that are shown before the reader asks, and rows beyond which it is left to its files. */
const most = 24
const largest = 400

const anchor = (section: Section): string => section.replace(/ /g, "-")

const figure = ({ caption, small, svg }: Figure): string =>
  `<figure>${svg}${small ? "" : `<figcaption>${escape(caption)}</figcaption>`}</figure>`

/** Small figures of one kind stand under one caption. */
const explanations: Readonly<Record<string, { readonly title: string; readonly text: string }>> = {
  weight: {
    title: "Stored weights",
    text: "The matrix as stored, without the adapter, as published. Line: mean over layers; band: 95 % over layers."
  },
  effective: {
    title: "Effective weights",
    text: "What the forward pass uses: the stored matrix and the adapter together. Mean and 95 % band over layers."
  },
  half: {
    title: "Stored weights in the first and in the last half of the layers",
    text: "Line: mean over the layers of the half; band: 95 % over them. The two halves of a matrix share their axis."
  },
  realised: {
    title: "Realised change",
    text:
      "Change of the effective weight since the previous checkpoint: the same object for every method. Each bar spans " +
      "the steps of its change; only bars of equal length compare, for a change grows with its span. Where nothing " +
      "changed the rank is 0 and there is no spectrum. Condition number of rank: the largest singular value over the last one " +
      "above the rounding floor, because a change of lower rank than its sides has only rounding below. Numerical " +
      "rank: singular values above that floor."
  },
  adapter: {
    title: "Adapters",
    text:
      "The product B·A. Dotted: the largest PER its rank allows, rank / min(rows, columns). Condition number of rank: " +
      "the largest singular value over the last one above the rounding floor; over the smallest of all, as published, " +
      "it is the floor of the number format. Numerical rank: singular values above that floor, which is higher in bf16 than in float32."
  },
  similarity: {
    title: "Likeness of activations to the last checkpoint's",
    text:
      "Linear CKA on a fixed batch of held-out text: 1 is alike up to a rotation and a scale. Mean and 95 % band over layers."
  },
  activation: {
    title: "Anisotropy of activations",
    text:
      "Mean cosine of the activations of two windows of held-out text: near 1 where all point one way. Mean and 95 % band over layers."
  }
}

const smallFigures = (figures: ReadonlyArray<Figure>): string =>
  Object.entries(explanations).flatMap(([kind, { text, title }]) => {
    const grids = ["per", "condition", "rank", "cka", "anisotropy"].flatMap((measure) => {
      const own = figures.filter(({ name }) => name.startsWith(`${kind}-${measure}-`))
      return own.length === 0 ? [] : [`<div class="figures small">${own.map(figure).join("\n")}</div>`]
    })
    return grids.length === 0 ? [] : [`<h3>${title}</h3><p class="caption">${escape(text)}</p>\n${grids.join("\n")}`]
  }).join("\n")

/** Whether the page shows a table itself. */
const isShown = ({ rows }: Answer): boolean => rows.length <= largest

const table = (answer: Answer): string => {
  const files = ["csv", "md", "tex", "parquet", "provenance.json"].map((ending) =>
    `<a href="tables/${answer.name}.${ending}">${ending}</a>`
  ).join(
    " · "
  )
  const long = answer.rows.length > most
  const size = `${answer.rows.length} rows`
  const note = answer.note === undefined ? "" : `<p class="note">${escape(answer.note)}</p>`
  return `<section id="${answer.name}"><h3>${escape(answer.title)}</h3>
${
    !isShown(answer) ?
      `${note}<p>${size}, in the files below; the figures above are drawn from the same numbers.</p>`
      : long ?
      `<details class="long"><summary>${size}</summary>${note}${html(answer)}</details>`
      : `${note}${html(answer)}`
  }
<p class="caption">${escape(answer.caption)}</p><p class="files">${files}</p></section>`
}

const section = (name: Section, tables: ReadonlyArray<Answer>, figures: ReadonlyArray<Figure>): string => {
  const large = figures.filter(({ small }) => !small)
  const small = figures.filter(({ small }) => small)
  return `<section><h2 id="${anchor(name)}">${name}</h2>
${large.length === 0 ? "" : `<div class="figures">${large.map(figure).join("\n")}</div>`}
${smallFigures(small)}
${tables.map(table).join("\n")}</section>`
}

/** Data for the page's script; no text in it can end its element. */
const held = (data: object): string => JSON.stringify(data).replaceAll("<", "\\u003c")

const dataOf = ({ facts, series }: Report): PageData => ({
  measures,
  looks: looks(facts.config),
  sizes: facts.config.sizes.map(({ size }) => size),
  series
})

export const page = (report: Report): string => {
  const { acceptances, facts, figures, findings, glance, tables } = report
  const { about, study } = facts.config
  const present = sections.filter((name) =>
    tables.some((table) => table.section === name) || figures.some((figure) => figure.section === name)
  )
  const links = [["findings", "findings"], ["explore", "explore"], ...present.map((name) => [anchor(name), name])]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(study)}</title>
<style>${css}</style>
</head>
<body>
<header>
<h1>${escape(study)}</h1>
${about === "" ? "" : `<p class="about">${escape(about)}</p>`}
${glanceBlock(glance)}
${acceptances.map((sentence) => `<p class="accepted">${escape(sentence)}</p>`).join("\n")}
</header>
<nav aria-label="Sections"><ul>${links.map(([id, name]) => `<li><a href="#${id}">${name}</a></li>`).join("")}</ul></nav>
<main>
<section class="findings"><h2 id="findings">findings</h2>
<ul>${
    findings.filter((finding) => !glance.outcome.includes(finding)).map((finding) => `<li>${escape(finding)}</li>`)
      .join("\n")
  }</ul></section>
<section hidden><h2 id="explore">explore</h2>
<p class="caption">Choose what to draw; rest the pointer on a line for its values, or choose a step to list them.</p>
<div id="explorer"></div></section>
${
    present.map((name) =>
      section(
        name,
        tables.filter((table) => table.section === name),
        figures.filter((figure) => figure.section === name)
      )
    ).join("\n")
  }
${emptySlot}
</main>
<footer>Every number is the answer to a query over the study's Parquet tables: choose a cell of a table, by a click or by arrow
keys and Enter, to see which query and which artifacts it was made from. The folder tables holds the same tables as
CSV, Markdown, LaTeX and Parquet, with JSON that says the same of every cell; the folder figures the figures. Rest the pointer on a point of a figure to read its value.</footer>
<script type="application/json" id="series">${held(dataOf(report))}</script>
<script type="application/json" id="cells">${held(cellData(tables.filter(isShown), report, facts.config))}</script>
<script>${script}</script>
</body>
</html>
`
}
