/** Kinds of settings, each with the words in which a mistake is told. */
import * as z from "zod"

export const positive = z.int("expected a positive whole number").positive("expected a positive whole number")
export const natural = z.int("expected a whole number, 0 or more").nonnegative("expected a whole number, 0 or more")
export const positiveNumber = z.number("expected a number above 0").positive("expected a number above 0")
export const nonnegative = z.number("expected a number, 0 or more").nonnegative("expected a number, 0 or more")
export const flag = z.boolean("expected true or false")
export const between = (low: number, high: number) => {
  const expected = `expected a number from ${low} to ${high}`
  return z.number(expected).min(low, expected).max(high, expected)
}
export const fraction = between(0, 1)
export const text = z.string("expected text")
export const list = <S extends z.ZodType>(item: S, of: string) =>
  z.array(item, `expected a list of ${of}`).min(1, `expected a list of at least one of ${of}`)
