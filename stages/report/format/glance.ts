/** The block at the head of the page. */
import type { Glance } from "../glance.ts"
import { escape } from "./html.ts"

const signs: Readonly<Record<string, string>> = { holds: "✓", fails: "✗" }

const list = (items: ReadonlyArray<string>, name = ""): string =>
  `<ul${name === "" ? "" : ` class="${name}"`}>${items.map((item) => `<li>${item}</li>`).join("\n")}</ul>`

const claims = (glance: Glance): string =>
  glance.claims.length === 0
    ? ""
    : list(
      glance.claims.map(({ says, verdict }) =>
        `<b data-verdict="${escape(verdict)}">${signs[verdict] ?? "?"} ${escape(verdict)}</b> ${escape(says)}`
      ),
      "verdicts"
    )

export const glanceBlock = (glance: Glance): string => {
  const { certainty, compared, differences, outcome } = glance
  const parts: ReadonlyArray<readonly [title: string, content: string]> = [
    ["What was compared", `<p>${escape(compared)}</p>`],
    ...(outcome.length === 0
      ? []
      : [["What came out", outcome.map((text) => `<p>${escape(text)}</p>`).join("\n")] as const]),
    ...differences.map(({ arms, method }) =>
      [
        `Where the arms of ${method} differ`,
        list(arms.map(({ arm, settings }) =>
          `<b>${escape(arm)}</b>${settings.length === 0 ? ": none of these" : list(settings.map(escape))}`
        ))
      ] as const
    ),
    ["How sure it is", `<p>${escape(certainty)}</p>${claims(glance)}`]
  ]
  return `<section class="glance" aria-label="At a glance">${
    parts.map(([title, content]) => `<div><h2>${escape(title)}</h2>${content}</div>`).join("\n")
  }</section>`
}
