/** Claims of a study: statements about its measurements that the report decides. */
import * as z from "zod"
import { type Measure, measures } from "./measures.ts"

const text = z.string("expected text")
const ordering = { ">": "higher", "<": "lower", "=": "exactly equal", "within": "closer than the margin" } as const

const common = {
  says: text.describe("the claim in words, as the report prints it"),
  source: text.default("").describe("who claims it, e.g. abstract of arXiv 2509.12960"),
  measure: z.enum(Object.keys(measures) as [Measure, ...Array<Measure>], "expected a measure").describe(
    Object.entries(measures).map(([name, { about, unit }]) => `${name}: ${about}, by ${unit}`).join("; ")
  ),
  of: text.describe("arm that the claim is about"),
  than: z.union([text, z.number()], "expected an arm or a number").describe("arm, or number, that it is compared with")
}

/** `of` is higher, lower, equal or near, at every size or at one. */
const Comparison = z.strictObject({
  ...common,
  is: z.enum(Object.keys(ordering) as [keyof typeof ordering], "expected >, <, = or within").describe(
    Object.entries(ordering).map(([sign, word]) => `${sign}: ${word}`).join("; ")
  ),
  margin: z.number("expected a number, 0 or more").nonnegative("expected a number, 0 or more").default(0).describe(
    "by more than this much, in the unit of the measure; for within: by less than this much"
  ),
  at: text.default("every size").describe("every size, or the name of one")
})

/** The difference of `of` and `than` grows, or shrinks, from each size to the next larger one. */
const Trend = z.strictObject({
  ...common,
  gap: z.enum(["grows with size", "shrinks with size"], "expected grows with size, or shrinks with size")
})

export const Claim = z.union([Comparison, Trend], "expected a claim with `is`, or one with `gap`")
export type Claim = z.output<typeof Claim>
