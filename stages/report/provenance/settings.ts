/** Settings of the report by the leaves that its key record has them under, for readers of what a cell came from. */

/** Leaves at and below a path; a list of plain values is one leaf, as in key records. */
export const settingLeaves = (value: unknown, path: string): ReadonlyArray<readonly [leaf: string, value: string]> => {
  if (Array.isArray(value) && value.some((item) => item !== null && typeof item === "object")) {
    return value.flatMap((item, index) => settingLeaves(item, `${path}[${index}]`))
  }
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([name, item]) => settingLeaves(item, `${path}.${name}`))
  }
  return [[path, JSON.stringify(value)]]
}
