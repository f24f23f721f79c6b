/** Elements in one call. */
export const create = <K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: ReadonlyArray<Node | string>
): HTMLElementTagNameMap[K] => {
  const element = Object.assign(document.createElement(name), properties)
  element.append(...children)
  return element
}
