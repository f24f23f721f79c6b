/** The report's figures, in the order of its sections. */
import type { Database } from "./database.ts"
import type { Facts } from "./facts.ts"
import { drawAccuracy } from "./figures/accuracy.ts"
import type { Figure } from "./figures/figure.ts"
import { drawLoss } from "./figures/loss.ts"
import { drawPerplexity } from "./figures/perplexity.ts"
import { drawSpectra } from "./figures/spectra.ts"
import { looks } from "./figures/style.ts"

export const figures = async (database: Database, facts: Facts): Promise<ReadonlyArray<Figure>> => {
  const drawn: Array<Figure> = []
  for (const draw of [drawLoss, drawPerplexity, drawAccuracy, drawSpectra]) {
    drawn.push(...await draw(database, facts, looks(facts.config)))
  }
  return drawn
}
