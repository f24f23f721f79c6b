/** The command line of an application: commands, services, exit codes. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect, Exit, identity, Layer, Runtime } from "effect"
import { CliOutput, Command } from "effect/cli"
import type { App } from "../app.ts"
import * as Worker from "../executor/worker.ts"
import { accept } from "./accept.ts"
import { withWords } from "./completions.ts"
import { doctor } from "./doctor.ts"
import { exec } from "./exec.ts"
import { exporting } from "./export.ts"
import { gc } from "./gc.ts"
import { runMain } from "./interruption.ts"
import { log } from "./log.ts"
import { paper } from "./paper.ts"
import { plan } from "./plan.ts"
import { pull } from "./pull.ts"
import { push } from "./push.ts"
import { run } from "./run.ts"
import { exitCode, pipeline, TheApp } from "./session.ts"
import { show } from "./show.ts"
import { sql } from "./sql.ts"
import { status } from "./status.ts"
import { ui } from "./ui.ts"
import { verify } from "./verify.ts"
import { why } from "./why.ts"

/** Exit codes: bad usage 64, a bug 70, interrupted 130; what an error names itself otherwise. */
const teardown: Runtime.Teardown = (exit, exitNow) => {
  // A pipe takes its time: what was printed must be through before the process ends.
  const onExit = (code: number) => void process.stdout.write("", () => exitNow(code))
  if (Exit.isSuccess(exit)) return onExit(0)
  if (Cause.hasInterruptsOnly(exit.cause)) return onExit(exitCode.interrupted)
  const error = Cause.findErrorOption(exit.cause)
  if (error._tag === "None") return onExit(exitCode.bug)
  const value = error.value as {
    readonly _tag?: string
    readonly [Runtime.errorExitCode]?: number
    readonly errors?: ReadonlyArray<unknown>
  }
  if (value._tag === "ShowHelp") return onExit(value.errors?.length === 0 ? 0 : exitCode.usage)
  onExit(value[Runtime.errorExitCode] ?? exitCode.bug)
}

/** A console that puts what only a study's results know into the shell's script that it prints. */
const withWordsOfShow = { ...console, log: (text: unknown) => console.log(withWords(String(text))) }

/** Help goes to whoever asks for it: a wrong flag gets its error, and a word on where to look. */
const presenter: CliOutput.Presenter = {
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? Console.error(
        `${CliOutput.defaultFormatter().formatErrors(event.errors)}\n\nSee ${event.commandPath.join(" ")} --help`
      )
      : CliOutput.defaultPresenter.present(event)
}

/** The whole command line. */
export const command = pipeline.pipe(
  Command.withDescription("Runs studies of low-rank training as graphs of cached stages"),
  Command.withSubcommands([
    run,
    plan,
    status,
    why,
    show,
    accept,
    log,
    ui,
    sql,
    paper,
    verify,
    gc,
    exporting,
    push,
    pull,
    doctor,
    exec
  ])
)

/** Runs the command line with this process's arguments. */
export const main = (app: App): void => {
  if (process.argv[2] === "worker" && process.send !== undefined) return Worker.main(app)
  // `pipeline status | head` closes our output early; a run goes on without a reader.
  // A terminal that is closed takes both away.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "EIO") throw error
      if (process.argv[2] !== "run" && process.argv[2] !== "exec") process.exit(0)
    })
  }
  command.pipe(
    Command.run({ version: app.version }),
    process.argv.includes("--completions") ? Effect.provideService(Console.Console, withWordsOfShow) : identity,
    Effect.provide(
      Layer.mergeAll(NodeServices.layer, CliOutput.layerPresenter(presenter), Layer.succeed(TheApp, TheApp.of(app)))
    ),
    (effect) => runMain(effect, { teardown })
  )
}
