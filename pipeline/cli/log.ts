import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { type Event, runOf } from "../../schemas/event.ts"
import * as Following from "../journal/following.ts"
import { Journal } from "../journal/journal.ts"
import * as Format from "./format.ts"
import { exitCode, inStore, Told, unknownRun } from "./session.ts"

/** An event in a line. */
export const words = (event: Event): string => {
  switch (event.type) {
    case "RunStarted":
      return `run ${event.run} of study ${event.study} (${event.studyFile}), process ${event.pid} on ${event.host}`
    case "RunFinished":
      return `run ${event.run} ${event.outcome}: ${event.ran} ran, ${event.reused} reused, ${event.failed} failed, ${
        Format.duration(event.seconds)
      }`
    case "StageStarted":
      return `started ${event.instance}${event.job === undefined ? "" : ` on ${event.job.node}, job ${event.job.id}`}${
        event.job === undefined || event.job.restarts === 0
          ? ""
          : `, requeued ${Format.count(event.job.restarts, "time")}`
      }${event.from === undefined ? "" : `, going on from event ${event.from.seq}`}`
    case "JobIntended":
      return `hands in job ${event.name}: ${
        Format.count(event.tasks.reduce((sum, task) => sum + task.length, 0), "instance")
      }${event.array ? ` in ${Format.count(event.tasks.length, "task")}` : `, ${event.tasks[0]![0]!.instance}`}`
    case "JobSubmitted":
      return `job ${event.job} is in the queue (submission ${event.submission})`
    case "JobRequeued":
      return `job ${event.job} is in the queue again`
    case "JobEnded":
      return `job ${event.job ?? `of submission ${event.submission}`} ended without ${
        Format.count(event.keys.length, "result")
      }: ${event.reason}`
    case "StageSaved":
      return `saved ${event.instance} at ${event.done} of ${event.total} ${event.unit}`
    case "StageProgressed":
      return `progress ${event.instance} ${event.done} of ${event.total} ${event.unit}`
    case "StageSucceeded":
      return `succeeded ${event.instance} in ${Format.duration(event.seconds)}: ${
        Object.entries(event.outputs).map(([name, { digest }]) => `${name} ${digest.slice(0, 12)}`).join(", ")
      }`
    case "StageReused":
      return `reused ${event.instance}: key ${event.key.slice(0, 12)}`
    case "ResultDiffered":
      return `${event.promised ? "" : "warning: "}${event.instance} gave another result by the same key ${
        event.key.slice(0, 12)
      }${event.promised ? ", as its stage allows" : ""}: ${
        event.outputs.map(({ columns, output }) =>
          columns.length === 0 ? output : `${output} (${columns.map(({ column }) => column).join(", ")})`
        ).join(", ")
      }`
    case "ChangeAccepted":
    case "AcceptanceRevoked":
      return `${event.author} ${event.type === "ChangeAccepted" ? "accepted" : "revoked"} for ${event.instance} that ${
        Format.leafChange(event)
      }: ${event.reason}`
    case "StageFailed":
      return `failed ${event.instance} after ${Format.duration(event.seconds)}: ${event.error.split("\n")[0]}`
    case "StageFenced":
      return `fenced ${event.instance} after ${
        Format.duration(event.seconds)
      }: it was silent and another process took over; what it made is not kept`
    case "StageQuarantined":
      return `quarantined ${event.instance}: ${
        event.files.join(", ")
      } changed meanwhile; its outputs are in ${event.folder}`
    case "StageInterrupted":
      return `interrupted ${event.instance} after ${Format.duration(event.seconds)}`
  }
}

/** Events shown before those that are waited for. */
const lastShown = 10

export const log = Command.make(
  "log",
  {
    run: Flag.String("run").pipe(Flag.withMetavar("ID"), Flag.withDescription("Events of one run"), Flag.optional),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print one JSON object an event"), Flag.withDefault(false)),
    follow: Flag.Boolean("follow").pipe(
      Flag.withAlias("f"),
      Flag.withDescription("Print the last events, then new ones as they come, until interrupted"),
      Flag.withDefault(false)
    ),
    progress: Flag.Boolean("progress").pipe(Flag.withDescription("Show progress events too"), Flag.withDefault(false))
  },
  Effect.fn(function*({ follow, json, progress, run }) {
    const journal = yield* Journal
    const wanted = (event: Event) =>
      (progress || event.type !== "StageProgressed") &&
      Option.match(run, { onNone: () => true, onSome: (id) => runOf(event) === id })
    const print = (event: Event) =>
      Console.log(
        json ? JSON.stringify(event) : `${String(event.seq).padStart(6)}  ${event.at.slice(0, 19)}Z  ${words(event)}`
      )
    const next = Following.start(journal)
    const { events, notes } = yield* next
    for (const note of notes) yield* Console.error(`journal: ${note}`)
    const runs = events.flatMap((event) => event.type === "RunStarted" ? [event.run] : [])
    if (Option.isSome(run) && !runs.includes(run.value)) {
      return yield* new Told({ text: unknownRun(run.value, runs), code: exitCode.usage })
    }
    const shown = events.filter(wanted)
    yield* Effect.forEach(follow && Option.isNone(run) ? shown.slice(-lastShown) : shown, print)
    if (follow) {
      while (true) {
        yield* Effect.sleep("500 millis")
        yield* Effect.forEach((yield* next).events.filter(wanted), print)
      }
    }
    if (shown.length === 0 && !json) yield* Console.log("nothing has happened in this store")
  }, inStore)
).pipe(
  Command.withDescription("Prints what happened in the store, oldest first"),
  Command.withExamples([
    { command: "pipeline log --follow --progress", description: "Watch a run from another terminal" },
    { command: "pipeline log --json | jq .type", description: "Events for another program" }
  ])
)
