import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import * as Push from "../remote/push.ts"
import * as Remotes from "./remotes.ts"
import { inStore } from "./session.ts"

export const push = Command.make(
  "push",
  {
    remote: Remotes.argument,
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withAlias("n"),
      Flag.withDescription("Tell what would be sent"),
      Flag.withDefault(false)
    ),
    check: Flag.Boolean("check").pipe(
      Flag.withDescription("Fetch and hash what is there already, and send again what is damaged"),
      Flag.withDefault(false)
    ),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))
  },
  Effect.fn(function*({ check, dryRun, json, remote }) {
    const to = yield* Remotes.open(remote)
    const { close, told } = yield* Remotes.telling
    const transfer = yield* Push.push(to, { dryRun, check }, told).pipe(
      Effect.ensuring(Effect.sync(close)),
      Remotes.orTold
    )
    yield* Remotes.report(transfer, `sent to ${to.name}`, { json, dryRun })
  }, inStore)
).pipe(
  Command.withDescription("Sends objects and events to a remote store: what is there is not sent again"),
  Command.withExamples([
    { command: "pipeline push s3://studies/relora", description: "To a bucket, with the credentials of the AWS SDK" },
    { command: "pipeline push /mnt/shared/relora --dry-run", description: "What would be sent to a folder" }
  ])
)
