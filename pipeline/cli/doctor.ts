import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import * as nodePath from "node:path"
import type { Check } from "../app.ts"
import { examine } from "../doctor.ts"
import { exitCode, ExitWith, pipeline, readStudy, TheApp, Told } from "./session.ts"
import * as Style from "./style.ts"

const mark: Record<Check["status"], string> = {
  found: Style.green("✓"),
  poor: Style.yellow("!"),
  absent: Style.dim("–"),
  missing: Style.red("✗")
}

export const doctor = Command.make(
  "doctor",
  { json: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false)) },
  Effect.fn(function*({ json }) {
    const app = yield* TheApp
    const { engine: flag, store } = yield* pipeline
    const study = yield* readStudy.pipe(
      Effect.map(({ engine, file }) => ({ file, engine, mistake: undefined })),
      Effect.catchTag("Told", ({ text }) => Effect.succeed({ file: undefined, engine: undefined, mistake: text }))
    )
    const engine = flag === "" ? study.engine ?? app.engines.default : flag
    const checks = yield* Effect.tryPromise({
      try: () => examine(app, { root: nodePath.resolve(store), engine, study }),
      catch: (error) => new Told({ text: error instanceof Error ? error.message : String(error), code: exitCode.usage })
    })
    const missing = checks.filter(({ status }) => status === "missing")
    if (json) yield* Console.log(JSON.stringify(checks, null, 2))
    else {
      const width = Math.max(...checks.map(({ name }) => name.length))
      for (const { detail, name, remedy, status } of checks) {
        yield* Console.log(`${mark[status]} ${name.padEnd(width)}  ${detail}`)
        if (remedy !== undefined) yield* Console.log(`${" ".repeat(width + 4)}${Style.dim(remedy)}`)
      }
      yield* Console.log(
        missing.length === 0
          ? "nothing essential is missing"
          : `essential and missing: ${missing.map(({ name }) => name).join(", ")}`
      )
    }
    if (missing.length > 0) return yield* new ExitWith({ code: exitCode.stageFailed })
  })
).pipe(
  Command.withDescription("Looks at machine, engines, store and data: what is there, what is missing, how to get it"),
  Command.withExamples([{
    command: "pipeline doctor",
    description: "Before the first run, or in a report of a problem"
  }])
)
