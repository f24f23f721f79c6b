import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import * as Pull from "../remote/pull.ts"
import * as Remotes from "./remotes.ts"
import { inStore } from "./session.ts"

export const pull = Command.make(
  "pull",
  {
    remote: Remotes.argument,
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withAlias("n"),
      Flag.withDescription("Tell what would be taken"),
      Flag.withDefault(false)
    ),
    eventsOnly: Flag.Boolean("events-only").pipe(
      Flag.withDescription("Leave objects there: run --remote takes those that it needs"),
      Flag.withDefault(false)
    ),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))
  },
  Effect.fn(function*({ dryRun, eventsOnly, json, remote }) {
    const from = yield* Remotes.open(remote)
    const { close, told } = yield* Remotes.telling
    const transfer = yield* Pull.pull(from, { dryRun, objects: !eventsOnly }, told).pipe(
      Effect.ensuring(Effect.sync(close)),
      Remotes.orTold
    )
    yield* Remotes.report(transfer, `taken from ${from.name}`, { json, dryRun })
  }, inStore)
).pipe(
  Command.withDescription("Takes objects and events from a remote store: what is here is not taken again"),
  Command.withExamples([
    { command: "pipeline pull s3://studies/relora", description: "Everything that somebody else has made" },
    { command: "pipeline pull --events-only", description: "What has happened, from the remote of PIPELINE_REMOTE" }
  ])
)
