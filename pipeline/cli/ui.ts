import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { PortTaken, serve } from "../ui/server.ts"
import { watch } from "../ui/watch.ts"
import { reopened } from "./reopened.ts"
import { exitCode, inStore, open, Told } from "./session.ts"

/** The port that is served on where none is named: always the same, so that a page finds the server again. */
const usual = 8377

export const ui = Command.make(
  "ui",
  {
    port: Flag.Int("port").pipe(
      Flag.withAlias("p"),
      Flag.withMetavar("N"),
      Flag.withDescription(`Port of this machine to serve on (default: ${usual}); 0: any that is free`),
      Flag.withDefault(usual)
    ),
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("Print the address as JSON, on one line, once it answers"),
      Flag.withDefault(false)
    )
  },
  Effect.fn(
    function*({ json, port }) {
      if (port < 0 || port > 65535) {
        return yield* new Told({ text: `--port must be between 0 and 65535, got ${port}`, code: exitCode.usage })
      }
      const watched = yield* watch(yield* open(), reopened)
      const served = yield* serve(watched, port).pipe(
        Effect.catchIf(
          (error) => error instanceof PortTaken,
          ({ message }) => Effect.fail(new Told({ text: message, code: exitCode.usage }))
        )
      )
      const url = `http://127.0.0.1:${served.port}/`
      yield* Console.log(
        json
          ? JSON.stringify({ url, port: served.port, study: watched.session().study.name })
          : `${watched.session().study.name}: ${url}\nFor this machine only. Ctrl-C ends it; runs go on without it.`
      )
      return yield* Effect.never
    },
    Effect.scoped,
    inStore
  )
).pipe(
  Command.withDescription(
    "Serves the study's page to a browser of this machine, as its runs go on: stages, progress, curves, log, why. Reads only"
  ),
  Command.withExamples([
    { command: "pipeline ui", description: "Then open the address it prints; runs may go on, begin and end meanwhile" },
    { command: "pipeline ui --port 0 --json", description: "On any free port, for a script" }
  ])
)
