/** Which results of a store somebody still stands for. */
import type { Event } from "../../schemas/event.ts"
import type { LoadedStudy } from "../app.ts"
import { fold, type State, type Success } from "../journal/fold.ts"
import { changes } from "../key.ts"

/**
 * Results that the last run of each study stands for.
 *
 * A run records an instance only when what it stands for changes, so the last standing of every instance that the study ever had
 * counts, unless the study as its file is now is what its last run ran: then its instances are known to be those of the graph.
 * `load` gives a study as its file is now, or undefined where that cannot be read.
 */
export const needed = (
  events: ReadonlyArray<Event>,
  load: (name: string, file: string) => LoadedStudy | undefined
): ReadonlySet<Success> => {
  const started = events.filter((event) => event.type === "RunStarted")
  const last = new Map(started.map((event) => [event.study, event]))
  const found = new Set<Success>()
  for (const [name, { settings, studyFile }] of last) {
    const state: State = fold(events, name)
    const study = load(name, studyFile)
    const same = study !== undefined && changes(settings, study.settings).length === 0
    for (const [instance, standings] of state.standings) {
      if (same && !study.graph.byId.has(instance)) continue
      const result = state.results.get(standings.at(-1)!.key)
      if (result !== undefined) found.add(result)
    }
  }
  return found
}

/** Digests of the bytes of results' outputs. */
export const objectsOf = (results: Iterable<Success>): ReadonlySet<string> =>
  new Set([...results].flatMap(({ outputs }) => Object.values(outputs).map(({ bytes }) => bytes)))
