import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { between, explain } from "../explain.ts"
import { Journal } from "../journal/journal.ts"
import { select, unknown } from "../target.ts"
import * as Upgrade from "../upgrade.ts"
import * as Explained from "./explained.ts"
import { exitCode, inStore, open, type Session, Told, unknownRun, verdicts } from "./session.ts"
import * as Style from "./style.ts"

/** The two runs that the flags name; neither where none is named. */
const bothRuns = Effect.fn("bothRuns")(function*(
  { facts }: Session,
  run: Option.Option<string>,
  against: Option.Option<string>
) {
  if (Option.isNone(run) && Option.isNone(against)) return undefined
  if (Option.isNone(run) || Option.isNone(against)) {
    return yield* new Told({
      text: "--run and --against go together: name the later and the earlier run",
      code: exitCode.usage
    })
  }
  for (const id of [run.value, against.value]) {
    if (!facts.state.runs.has(id)) {
      return yield* new Told({ text: unknownRun(id, [...facts.state.runs.keys()]), code: exitCode.usage })
    }
  }
  return { before: against.value, after: run.value }
})

export const why = Command.make(
  "why",
  {
    instance: Argument.String("instance").pipe(
      Argument.withDescription("Instance such as pretrain/nano/relora-described/42/0-100, stage or glob")
    ),
    run: Flag.String("run").pipe(
      Flag.withMetavar("ID"),
      Flag.withDescription("Compare two past runs: the later one, with --against (pipeline log names runs)"),
      Flag.optional
    ),
    against: Flag.String("against").pipe(
      Flag.withMetavar("ID"),
      Flag.withDescription("Compare two past runs: the earlier one, with --run"),
      Flag.optional
    ),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))
  },
  Effect.fn(function*({ against, instance, json, run }) {
    const session = yield* open()
    const { graph } = session.study
    const chosen = select(graph, instance)
    if (chosen.length === 0) return yield* new Told({ text: unknown(graph, instance).message, code: exitCode.usage })
    const runs = yield* bothRuns(session, run, against)
    const events = runs === undefined ? [] : (yield* (yield* Journal).history).events
    const past = Upgrade.events(events, session.app.stages)
    const all = verdicts(session)
    const found = chosen.map(({ id }) =>
      runs === undefined
        ? explain(graph, session.study, session.facts, all, id)
        : between(graph, session.study, session.facts, past, runs, id)
    )
    if (json) return yield* Console.log(JSON.stringify(found, null, 2))
    for (const explanation of found) {
      const [headline, ...causes] = Explained.lines(explanation)
      yield* Console.log(Style.bold(headline!.text))
      for (const { isAside, text } of causes) yield* Console.log(isAside ? Style.dim(`    ${text}`) : `  ${text}`)
    }
  }, inStore)
).pipe(
  Command.withDescription(
    "Explains why an instance would run, or why it last ran: the root cause with old and new value"
  ),
  Command.withExamples([
    { command: "pipeline why report", description: "Why the report is stale" },
    { command: "pipeline why report --run ID --against ID", description: "How two past runs differ" }
  ])
)
