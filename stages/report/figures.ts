/** The report's figures, in the order of its sections. */
import type { Database } from "./database.ts"
import type { Facts } from "./facts.ts"
import { drawAccuracy } from "./figures/accuracy.ts"
import { drawCost } from "./figures/cost.ts"
import { drawDynamics } from "./figures/dynamics.ts"
import type { Artist, Figure } from "./figures/figure.ts"
import { drawLayerHalves } from "./figures/layer-halves.ts"
import { drawLearningRates } from "./figures/learning-rates.ts"
import { drawLoss } from "./figures/loss.ts"
import { drawParadigms } from "./figures/paradigms.ts"
import { drawPerplexity } from "./figures/perplexity.ts"
import { drawSpectra } from "./figures/spectra.ts"
import { looks } from "./figures/style.ts"

const artists: ReadonlyArray<Artist> = [
  drawLoss,
  drawCost,
  drawLearningRates,
  drawPerplexity,
  drawAccuracy,
  drawParadigms,
  drawSpectra,
  drawLayerHalves,
  drawDynamics
]

export const figures = async (database: Database, facts: Facts): Promise<ReadonlyArray<Figure>> => {
  const drawn: Array<Figure> = []
  for (const draw of artists) {
    drawn.push(...await draw(database, facts, looks(facts.config)))
  }
  return drawn
}
