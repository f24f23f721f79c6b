/** Numbers in running text. */
import { plain, print } from "../table.ts"

export const number = (value: number, digits: number): string =>
  print(value, { name: "", title: "", kind: "number", digits, align: "right" }, plain)

/** A difference, with its sign. */
export const signed = (value: number, digits: number): string => `${value > 0 ? "+" : ""}${number(value, digits)}`
