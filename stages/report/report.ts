/** A report before it is laid out: what every format is made from. */
import type { Acceptance } from "../../pipeline/stage.ts"
import { acceptedChanges } from "./acceptances.ts"
import type { Series } from "./client/data.ts"
import type { Config } from "./config.ts"
import type { Database } from "./database.ts"
import { type Facts, readFacts } from "./facts.ts"
import { figures } from "./figures.ts"
import type { Figure } from "./figures/figure.ts"
import { findings } from "./findings.ts"
import { compareLoss } from "./findings/loss.ts"
import { compareMethods } from "./findings/methods.ts"
import { type Glance, glance } from "./glance.ts"
import { type Inputs, load } from "./load.ts"
import { basesOf } from "./provenance/bases.ts"
import { type Answers, answers } from "./questions.ts"
import { readSeries } from "./series.ts"
import { setting } from "./setting.ts"

export interface Report extends Answers {
  readonly facts: Facts
  readonly setting: string
  /** What the page begins with. */
  readonly glance: Glance
  /** Older results that count because somebody accepted what changed since, a sentence each. */
  readonly acceptances: ReadonlyArray<string>
  readonly findings: ReadonlyArray<string>
  readonly figures: ReadonlyArray<Figure>
  readonly series: Series
}

/** Asks everything a report needs. */
export const compose = async (
  database: Database,
  config: Config,
  inputs: Inputs,
  acceptances: ReadonlyArray<Acceptance> = []
): Promise<Report> => {
  await load(database, config, inputs)
  const facts = await readFacts(database, config)
  const answered = await answers(database, facts, basesOf(inputs.digests))
  const compared = setting(facts)
  const outcome = [...await compareMethods(database, facts), ...await compareLoss(database, facts)]
  return {
    facts,
    setting: compared,
    glance: glance(facts, compared, outcome, answered.tables),
    acceptances: acceptedChanges(acceptances),
    findings: await findings(database, facts),
    ...answered,
    figures: await figures(database, facts),
    series: await readSeries(database)
  }
}
