/** What the commands that use a remote store share: which one, and how they tell what happened. */
import { Clock, Console, Effect, Option } from "effect"
import { Argument, Flag } from "effect/cli"
import * as Remote from "../remote/remote.ts"
import type { Progress, Transfer } from "../remote/transfer.ts"
import * as Format from "./format.ts"
import { exitCode, Told } from "./session.ts"

/** Environment variable with the remote that push and pull use where none is named. */
const variable = "PIPELINE_REMOTE"

const about = `s3://BUCKET/PREFIX (?endpoint=URL for a compatible server), file:///PATH or a folder`

export const argument = Argument.String("remote").pipe(
  Argument.withDescription(`${about}; default: the environment variable ${variable}`),
  Argument.optional
)

export const flag = Flag.String("remote").pipe(
  Flag.withMetavar("URL"),
  Flag.withDescription(`Fetch results that ${about} has, rather than make them again`),
  Flag.optional
)

/** A remote that cannot be used, told with its remedy. */
export const orTold = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(
    Effect.catchIf(
      (error) => error instanceof Remote.RemoteFailed,
      ({ message }) => Effect.fail(new Told({ text: message, code: exitCode.stageFailed }))
    )
  )

/** Opens the remote that is named, or that the environment names. */
export const open = Effect.fn("remotes.open")(function*(named: Option.Option<string>) {
  const url = Option.getOrElse(named, () => process.env[variable] ?? "")
  if (url === "") {
    return yield* new Told({ text: `name a remote: ${about}; or set ${variable}`, code: exitCode.usage })
  }
  return yield* Effect.mapError(Remote.open(url), ({ message }) => new Told({ text: message, code: exitCode.usage }))
})

/** Tells how far a transfer is, on a terminal, some times a second. */
export const telling = Effect.gen(function*() {
  const clock = yield* Clock.Clock
  let shown = 0
  return {
    told: ({ done, total }: Progress) => {
      const now = clock.currentTimeMillisUnsafe()
      if (process.stderr.isTTY !== true || now - shown < 250) return
      shown = now
      process.stderr.write(`\r${Format.bytes(done)} of ${Format.bytes(total)}\u001b[K`)
    },
    close: () => void (shown > 0 && process.stderr.write("\r\u001b[K"))
  }
})

/** Prints a transfer; fails where it has problems. `words` as in "sent to". */
export const report = Effect.fn("remotes.report")(function*(
  transfer: Transfer,
  words: string,
  how: { readonly json: boolean; readonly dryRun: boolean }
) {
  const { events, journals, objects, problems, size, there } = transfer
  if (how.json) yield* Console.log(JSON.stringify({ dryRun: how.dryRun, ...transfer }, null, 2))
  else {
    for (const problem of problems) yield* Console.error(problem)
    yield* Console.log(
      `${Format.count(objects, "object")}, ${Format.bytes(size)}, and ${Format.count(events, "event")} of ${
        Format.count(journals, "journal")
      } ${how.dryRun ? "would be " : ""}${words}; ${Format.count(there, "object")} there already`
    )
  }
  if (problems.length > 0) {
    return yield* new Told({
      text: `${Format.count(problems.length, "thing")} could not be handled`,
      code: exitCode.stageFailed
    })
  }
})
