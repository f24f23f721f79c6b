/**
 * p-values adjusted for being many (Benjamini & Hochberg 1995), by their natural logarithms: calling all those
 * significant that are at most q keeps the expected share of false ones at q. The answers are in the order given; NaN
 * stays NaN and counts as no test.
 */
export const benjaminiHochberg = (logPs: ReadonlyArray<number>): ReadonlyArray<number> => {
  const order = [...logPs.keys()].filter((at) => !Number.isNaN(logPs[at])).sort((a, b) =>
    logPs[b]! - logPs[a]! || a - b
  )
  const adjusted = logPs.map(() => NaN)
  let least = 0
  for (const [above, at] of order.entries()) {
    least = Math.min(least, logPs[at]! + Math.log(order.length / (order.length - above)))
    adjusted[at] = least
  }
  return adjusted
}
