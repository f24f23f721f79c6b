/**
 * Makes the paper of a study again, from what the store has, and holds the committed one against it. The paper's own stage is all that
 * runs: what it takes must be fresh.
 */
import { Effect } from "effect"
import type { LoadedStudy } from "../app.ts"
import { decideAll, type Facts, type Upstream, type Verdict } from "../decide.ts"
import type { Instance } from "../graph.ts"
import { remake } from "../rebuild.ts"
import { closure } from "../target.ts"
import { comparePaper, type Comparison } from "./compare.ts"
import { contentsOf, type Paper } from "./paper.ts"

/** Instances that the paper takes from, and that are not fresh, with all verdicts. */
export interface Lacking {
  readonly lacking: ReadonlyArray<string>
  readonly verdicts: ReadonlyMap<string, Verdict>
}

export interface Verified extends Comparison {
  /** Seconds that the paper's stage took. */
  readonly seconds: number
}

/** What of an instance's ancestors is not fresh. */
export const lackingOf = (study: LoadedStudy, facts: Facts, paper: Instance): Lacking => {
  const { graph } = study
  const verdicts = decideAll({ instances: closure(graph, [paper]), byId: graph.byId }, facts)
  const lacking = [...verdicts].filter(([id, { status }]) => id !== paper.id && status !== "fresh").map(([id]) => id)
  return { lacking, verdicts }
}

/** Makes the paper again and compares. What it takes must be fresh by the verdicts. */
export const verifyPaper = Effect.fn("verifyPaper")(function*(
  study: LoadedStudy,
  instance: Instance,
  verdicts: ReadonlyMap<string, Verdict>,
  paper: Paper,
  how: { readonly threads: number; readonly engine: string }
) {
  const verdict = verdicts.get(instance.id)!
  if (!("record" in verdict) || !("told" in verdict)) return yield* Effect.die(new Error(`${instance.id} waits`))
  const upstream: Upstream = (id) => {
    const found = verdicts.get(id)
    return found?.status === "fresh" ? found.result : undefined
  }
  const { path, seconds } = yield* remake(instance, upstream, { ...how, acceptances: verdict.told })
  const made = yield* contentsOf(path("files"))
  const comparison = yield* Effect.promise(() => comparePaper(paper, made, verdict.record, study.settings))
  return { ...comparison, seconds } satisfies Verified
}, Effect.scoped)
