/** Makes an element with its properties and what is in it. */
export const element = <K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: ReadonlyArray<Node | string>
): HTMLElementTagNameMap[K] => {
  const made = Object.assign(document.createElement(name), properties)
  made.append(...children)
  return made
}

/** The same for what is drawn. */
export const drawn = (
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: ReadonlyArray<Node | string>
): SVGElement => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name)
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value))
  made.append(...children)
  return made
}

/** A table of rows under heads; columns of numbers are named by their position. */
export const table = (
  heads: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<Node | string>>,
  numbers: ReadonlyArray<number> = []
): HTMLElement => {
  const kind = (index: number) => numbers.includes(index) ? "n" : ""
  return element(
    "div",
    { className: "scroll", tabIndex: 0 },
    element(
      "table",
      {},
      element(
        "thead",
        {},
        element("tr", {}, ...heads.map((head, index) => element("th", { scope: "col", className: kind(index) }, head)))
      ),
      element(
        "tbody",
        {},
        ...rows.map((row) =>
          element("tr", {}, ...row.map((cell, index) => element("td", { className: kind(index) }, cell)))
        )
      )
    )
  )
}
