import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import type { RunState } from "../../schemas/run-view.ts"
import { stageOf } from "../explain.ts"
import { select, unknown } from "../target.ts"
import * as Format from "./format.ts"
import { alike, grouped } from "./grouping.ts"
import { exitCode, ExitWith, inStore, open, type Session, Told, verdicts } from "./session.ts"
import { byLastRun, byLease, joined, paint, placeOf, type Standing, standings } from "./standing.ts"
import * as Style from "./style.ts"
import * as Watching from "./watching.ts"

const runningNote = (running: NonNullable<Standing["running"]>) => {
  const { event, progress } = running.attempt
  const done = progress === undefined ? "" : `, ${progress.done} of ${progress.total} ${progress.unit}`
  return `${placeOf(running)}, since ${event.at.slice(11, 19)} UTC${done}`
}

/** The session of a past moment: all that was recorded by then is taken to have been there. */
const openAt = (seq: number) =>
  Effect.map(open(seq), (session): Session => ({ ...session, facts: { ...session.facts, holds: () => true } }))

export const status = Command.make(
  "status",
  {
    targets: Argument.String("target").pipe(
      Argument.withDescription("Stage, instance or glob; everything where none is given"),
      Argument.variadic()
    ),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false)),
    at: Flag.Int("at").pipe(
      Flag.withMetavar("SEQ"),
      Flag.withDescription(
        "As it was after that event (log shows numbers), for the study and the code as they are now"
      ),
      Flag.optional
    ),
    all: Flag.Boolean("all").pipe(
      Flag.withDescription("A line for every instance, where many would be told together"),
      Flag.withDefault(false)
    ),
    watch: Flag.Boolean("watch").pipe(
      Flag.withAlias("w"),
      Flag.withDescription("Show stages, progress, curves and the log as runs go on, until interrupted"),
      Flag.withDefault(false)
    ),
    check: Flag.Boolean("check").pipe(
      Flag.withDescription("Exit with 2 when something would run"),
      Flag.withDefault(false)
    )
  },
  Effect.fn(function*({ all, at, check, json, targets, watch }) {
    if (watch) {
      if (Option.isSome(at) || check || json || all || targets.length > 0) {
        const text = "--watch shows the whole study as it is now: leave out targets, --at, --all, --check and --json"
        return yield* new Told({ text, code: exitCode.usage })
      }
      return yield* Watching.watching
    }
    const session = yield* Option.match(at, { onNone: () => open(), onSome: openAt })
    const { graph } = session.study
    for (const target of targets) {
      if (select(graph, target).length === 0) {
        return yield* new Told({ text: unknown(graph, target).message, code: exitCode.usage })
      }
    }
    const wanted = new Set(targets.flatMap((target) => select(graph, target)))
    const instances = graph.instances.filter((instance) => targets.length === 0 || wanted.has(instance))
    const decided = verdicts(session)
    const stand = yield* Option.isNone(at)
      ? standings(session, decided, instances, byLease)
      : standings(session, decided, instances, byLastRun(session))
    const found = stand.map(({ accepted, instance, note, running, status }) => ({
      instance,
      status,
      note: running === undefined ? note : joined(runningNote(running), note),
      accepted
    }))
    const counts = new Map<RunState, number>()
    for (const { status } of found) counts.set(status, (counts.get(status) ?? 0) + 1)
    const accepted = found.filter(({ accepted, status }) => accepted && status === "fresh").length
    const totals = [...counts].map(([word, many]) =>
      `${many} ${word}${word === "fresh" && accepted > 0 ? ` (${accepted} by accepted changes)` : ""}`
    )
    if (json) yield* Console.log(JSON.stringify({ study: session.study.name, instances: found }, null, 2))
    else {
      const groups = grouped(found, all ? Infinity : undefined)
      const rows = groups.map(({ count, line: { instance, note, status } }) => ({
        status,
        name: count === 1 ? instance : `${stageOf(instance)}, ${Format.count(count, "instance")}`,
        // Of several that wait, each waits for its own.
        note: count > 1 && alike.has(status) ? "" : note
      }))
      const width = rows.reduce((most, { name }) => Math.max(most, name.length), 0)
      for (const { name, note, status } of rows) {
        yield* Console.log(
          note === ""
            ? `${paint[status](status.padEnd(8))} ${name}`
            : `${paint[status](status.padEnd(8))} ${name.padEnd(width)}  ${Style.dim(note)}`
        )
      }
      yield* Console.log(
        `${session.study.name}: ${Format.count(found.length, "instance")}: ${totals.join(", ")}${
          groups.length < found.length ? "; --all lists each" : ""
        }`
      )
    }
    if (check && found.some(({ status }) => status !== "fresh")) {
      return yield* new ExitWith({ code: exitCode.wouldRun })
    }
  }, inStore)
).pipe(
  Command.withDescription(
    "Tells of every instance whether it is fresh, stale (and since which change), missing, running, failed, or with a cluster: queued or requeued"
  ),
  Command.withExamples([
    { command: "pipeline status", description: "Everything of the default study" },
    { command: "pipeline status pretrain", description: "One stage" },
    { command: "pipeline status --watch", description: "What goes on, as it does" },
    { command: "pipeline status --at 120", description: "What was done when event 120 had happened" },
    { command: "pipeline status --check --json", description: "For scripts: exits with 2 when something would run" }
  ])
)
