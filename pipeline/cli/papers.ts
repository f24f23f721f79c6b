/** What the commands have in common that write and check papers. */
import { Effect } from "effect"
import * as Paper from "../paper/paper.ts"
import { exitCode, type Session, Told } from "./session.ts"

/** Folder of all papers, where no other is named. */
export const defaultFolder = "artifacts/paper"

/** The instance whose files are the paper of the study. */
export const instanceOf = ({ study: { graph, name } }: Session) => {
  const instance = Paper.instanceOf(graph)
  return instance === undefined
    ? Effect.fail(
      new Told({ text: `study ${name} has no report, or several: there is no paper of it`, code: exitCode.usage })
    )
    : Effect.succeed(instance)
}

/** The paper in a folder; an error with the remedy where there is none. */
export const read = Effect.fn("Papers.read")(function*(folder: string, remedy: string) {
  const paper = yield* Paper.read(folder).pipe(
    Effect.catchIf(
      (error) => typeof error === "string",
      (text) => Effect.fail(new Told({ text: `${text}. ${remedy}`, code: exitCode.stageFailed }))
    )
  )
  if (paper === undefined) {
    return yield* new Told({
      text: `there is no ${folder}/${Paper.manifestName}. ${remedy}`,
      code: exitCode.stageFailed
    })
  }
  return paper
})
