/** What the command line keeps in a store: what last runs and papers stand for, and what is fresh in the study it was given. */
import { Effect } from "effect"
import * as nodePath from "node:path"
import type { Needed } from "../collect.ts"
import { fold } from "../journal/fold.ts"
import { manifestsIn, standingFor } from "../paper/roots.ts"
import { needed } from "../store/needed.ts"
import { Store } from "../store/store.ts"
import * as Upgrade from "../upgrade.ts"
import { defaultFolder } from "./papers.ts"
import { exitCode, type Session, Told, verdicts } from "./session.ts"

/** Manifests of the papers beside the project, and in the store. */
const manifests = Effect.fn("keeping.manifests")(
  function*() {
    const { root } = yield* Store
    const folders = new Set([nodePath.resolve(defaultFolder), nodePath.join(root, "paper")])
    return (yield* Effect.forEach(folders, manifestsIn)).flat()
  },
  Effect.catchIf(
    (error) => typeof error === "string",
    (text) => Effect.fail(new Told({ text, code: exitCode.stageFailed }))
  )
)

export const keeping = Effect.fn("keeping")(function*(session: Session) {
  const papers = yield* manifests()
  const fresh = [...verdicts(session).values()].flatMap((verdict) => verdict.status === "fresh" ? [verdict.result] : [])
  const load = (name: string, file: string) => {
    try {
      const study = session.app.load(nodePath.resolve(file))
      return study.name === name ? study : undefined
    } catch {
      // Moved, gone or broken: what its instances are now is not known.
      return undefined
    }
  }
  const keeps: Needed = (events) => {
    const present = Upgrade.events(events, session.app.stages)
    return new Set([...needed(present, load), ...standingFor(papers, fold(present, "").results), ...fresh])
  }
  return keeps
})
