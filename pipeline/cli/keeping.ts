/** What the command line keeps in a store: what last runs stand for, and what is fresh in the study it was given. */
import * as nodePath from "node:path"
import type { Needed } from "../collect.ts"
import { needed } from "../store/needed.ts"
import * as Upgrade from "../upgrade.ts"
import { type Session, verdicts } from "./session.ts"

export const keeping = (session: Session): Needed => {
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
  return (events) => new Set([...needed(Upgrade.events(events, session.app.stages), load), ...fresh])
}
