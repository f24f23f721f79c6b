/**
 * p-values adjusted for being many (Benjamini & Hochberg 1995): calling all those significant that are at most q keeps
 * the expected share of false ones at q. The answers are in the order given; NaN stays NaN and counts as no test.
 */
export const benjaminiHochberg = (ps: ReadonlyArray<number>): ReadonlyArray<number> => {
  const order = [...ps.keys()].filter((at) => !Number.isNaN(ps[at])).sort((a, b) => ps[b]! - ps[a]! || a - b)
  const adjusted = ps.map(() => NaN)
  let least = 1
  for (const [above, at] of order.entries()) {
    least = Math.min(least, ps[at]! * order.length / (order.length - above))
    adjusted[at] = least
  }
  return adjusted
}
