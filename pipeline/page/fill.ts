/** Puts what is known of a study's runs into a page: data, the script and style that show it, and a table for readers without script. */
import { emptySlot, filledSlot } from "../../schemas/run-slot.ts"
import type { RunView } from "../../schemas/run-view.ts"
import still from "./client/still.script"
import { outline } from "./outline.ts"
import { css } from "./run.css.ts"
import { counted, duration } from "./words.ts"

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "\"": "&quot;",
  "'": "&#39;"
}

/** Text as HTML. */
export const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character]!)

/** A row for each stage, or each of its groups where there are several. */
const plain = (view: RunView): string => {
  const rows = outline(view).stages.flatMap(({ groups, name }) =>
    groups.map((group) =>
      [name, group.name, String(group.instances.length), counted(group.counts), duration(group.seconds)]
        .map((cell) => `<td>${escape(cell)}</td>`).join("")
    )
  )
  const heads = ["stage", "of", "instances", "states", "work"].map((head) => `<th scope="col">${head}</th>`).join("")
  return `<section class="run"><h2>runs</h2><div class="scroll"><table><thead><tr>${heads}</tr></thead>
<tbody>${rows.map((row) => `<tr>${row}</tr>`).join("\n")}</tbody></table></div></section>`
}

/** Around what is put into a page besides the slot's data, so that it can be taken out again. */
const begin = "<!--run-->"
const end = "<!--/run-->"
const marked = (html: string): string => `${begin}${html}${end}`

/** The page with a view in its slot, shown by `script`; a page without a slot stays as it is. */
export const withRun = (html: string, view: RunView, script: string = still): string =>
  html.includes(emptySlot)
    // Functions, since a text may hold patterns of its own.
    ? html.replace("</head>", () => `${marked(`<style>${css}</style>`)}</head>`).replace(
      emptySlot,
      () => `${filledSlot(view)}${marked(`<noscript>${plain(view)}</noscript><script>${script}</script>`)}`
    )
    : html

/** The page as it was made, whatever was put into it by `withRun`. */
export const withoutRun = (html: string): string =>
  html.replace(/<!--run-->[^]*?<!--\/run-->/g, "").replace(
    /<script type="application\/json" id="run">[^]*?<\/script>/,
    () => emptySlot
  )
