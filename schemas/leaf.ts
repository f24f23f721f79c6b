/**
 * Names of a key record's leaves. Bodies of stages that say what their numbers come from name inputs as the record does, so
 * this module imports nothing: a package here would be in their keys.
 */

type Labels = Readonly<Record<string, string | number>>

/** Labels as they stand in a leaf's name: size=nano,arm=relora. */
export const labelText = (labels: Labels): string =>
  Object.entries(labels).map(([name, value]) => `${name}=${value}`).join(",")

/** Names the leaf of one labelled input; the position is part of it, since a stage may depend on the order. */
export const labelledLeaf = (port: string, index: number, labels: Labels): string =>
  `input.${port}[${index}:${labelText(labels)}]`

/** An input's leaf without its position, which tells a reader nothing: input.spectra[size=nano,arm=relora]. */
export const withoutPosition = (leaf: string): string => leaf.replace(/^(input\.[^[]+\[)\d+:/, "$1")

/** The same, by port and labels; of an input that is one table, without labels. */
export const inputLeaf = (port: string, labels?: Labels): string =>
  labels === undefined ? `input.${port}` : `input.${port}[${labelText(labels)}]`

/** Whether a leaf is the one that a path names, or below it. */
export const isWithin = (leaf: string, path: string): boolean =>
  leaf === path || leaf.startsWith(`${path}.`) || leaf.startsWith(`${path}[`)
