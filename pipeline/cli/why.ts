import { Console, Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { explain, type Explanation } from "../explain.ts"
import { select, unknown } from "../target.ts"
import * as Format from "./format.ts"
import { exitCode, inStore, open, Told, verdicts } from "./session.ts"
import * as Style from "./style.ts"

const headline = ({ instance, missing, reason, status }: Explanation): string => {
  switch (reason) {
    case "blocked":
      return `${instance} cannot run: ${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing`
    case "never ran":
      return status === "fresh" ? `${instance} is fresh; it has run once` : `${instance} has never run`
    case "lost":
      return `${instance} must run again: its object is gone from the store`
    case "changed":
      return status === "fresh" ? `${instance} is fresh; it last changed because` : `${instance} is stale because`
  }
}

export const why = Command.make(
  "why",
  {
    instance: Argument.String("instance").pipe(
      Argument.withDescription("Instance such as pretrain/nano/relora/42/0-100, stage or glob")
    ),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))
  },
  Effect.fn(function*({ instance, json }) {
    const session = yield* open()
    const { graph } = session.study
    const chosen = select(graph, instance)
    if (chosen.length === 0) return yield* new Told({ text: unknown(graph, instance).message, code: exitCode.usage })
    const all = verdicts(session)
    const found = chosen.map(({ id }) => explain(graph, session.study, session.facts, all, id))
    if (json) return yield* Console.log(JSON.stringify(found, null, 2))
    for (const explanation of found) {
      yield* Console.log(Style.bold(headline(explanation)))
      for (const root of explanation.roots) {
        yield* Console.log(`  ${Format.root(root)}`)
        if (root.path.length > 1) yield* Console.log(Style.dim(`    by way of ${root.path.join(" → ")}`))
      }
    }
  }, inStore)
).pipe(
  Command.withDescription(
    "Explains why an instance would run, or why it last ran: the root cause with old and new value"
  ),
  Command.withExamples([{ command: "pipeline why report", description: "Why the report is stale" }])
)
