import { Effect } from "effect"
import { open } from "./session.ts"

/** The session opened anew, or why it cannot be: of a study file that is being edited. */
export const reopened = Effect.catch(open(), (error) => Effect.succeed(error.message))
