import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { sharesWith, type Verdict } from "../decide.ts"
import { explain, stageOf } from "../explain.ts"
import type { Instance } from "../graph.ts"
import { type Attempt, type Handed, jobOf } from "../journal/fold.ts"
import * as Lease from "../store/lease.ts"
import { Store } from "../store/store.ts"
import { select, unknown } from "../target.ts"
import * as Format from "./format.ts"
import { alike, grouped } from "./grouping.ts"
import { exitCode, ExitWith, inStore, open, type Session, Told, verdicts } from "./session.ts"
import * as Style from "./style.ts"

type Word = "fresh" | "stale" | "missing" | "queued" | "requeued" | "running" | "failed" | "blocked"

interface Line {
  readonly instance: string
  readonly status: Word
  readonly note: string
  /** Whether it is fresh by a result of before, since what changed is accepted. */
  readonly accepted: boolean
}

const paint: Record<Word, (text: string) => string> = {
  fresh: Style.green,
  stale: Style.yellow,
  missing: Style.dim,
  queued: Style.dim,
  requeued: Style.yellow,
  running: Style.cyan,
  failed: Style.red,
  blocked: Style.red
}

const runningNote = (attempt: Attempt, holder: { readonly host: string; readonly pid: number }) => {
  const { at, job } = attempt.event
  const progress = attempt.progress
  const done = progress === undefined ? "" : `, ${progress.done} of ${progress.total} ${progress.unit}`
  const where = job === undefined ? `process ${holder.pid} on ${holder.host}` : `on ${job.node}, job ${job.id}`
  return `${where}, since ${at.slice(11, 19)} UTC${done}`
}

/** A job that is with the cluster, by the last word of it. */
const queuedLine = (handed: Handed, attempt: Attempt | undefined): readonly ["queued" | "requeued", string] => {
  const id = jobOf(handed)
  const ran = attempt !== undefined && attempt.event.job?.id === id
  const last = ran ? `, last on ${attempt.event.job!.node}` : ""
  return id === undefined
    ? ["queued", `job ${handed.name}, not known yet whether the cluster has it`]
    : [
      ran || handed.requeued > 0 ? "requeued" : "queued",
      `job ${id}, handed in at ${handed.at.slice(11, 19)} UTC${last}`
    ]
}

const wordOf = (verdict: Verdict): Word =>
  verdict.status === "waiting"
    ? verdict.known ? "stale" : "missing"
    : verdict.status === "shared"
    ? "missing"
    : verdict.status

const noteOf = (session: Session, all: ReadonlyMap<string, Verdict>, instance: Instance, verdict: Verdict): string => {
  if (verdict.status === "fresh") {
    const unsteady = session.facts.state.differing.get(verdict.result.key)
    return [
      ...verdict.accepted.map(Format.acceptance),
      ...(unsteady === undefined || unsteady.promised === true ? [] : [Format.unsteady(unsteady)])
    ].join("; ")
  }
  const shares = sharesWith(verdict)
  if (shares !== undefined) return `shares the result of ${shares}`
  if (verdict.status === "blocked") {
    return `input files missing: ${verdict.missing[0]}${
      verdict.missing.length > 1 ? ` and ${verdict.missing.length - 1} more` : ""
    }`
  }
  const { reason, roots } = explain(session.study.graph, session.study, session.facts, all, instance.id)
  if (reason === "lost") return "its object is gone from the store"
  if (wordOf(verdict) === "missing") return verdict.status === "waiting" ? `waits for ${verdict.on[0]}` : ""
  return Format.roots(roots, 1)
}

/** How far an attempt of the same key got that saved its state. */
const savedNote = (session: Session, verdict: Verdict): string => {
  const saved = "key" in verdict ? session.facts.state.saved.get(verdict.key) : undefined
  return saved === undefined ? "" : `saved at ${saved.done} of ${saved.total} ${saved.unit}`
}

const joined = (...notes: ReadonlyArray<string>) => notes.filter((note) => note !== "").join("; ")

/** The session of a past moment: all that was recorded by then is taken to have been there. */
const openAt = (seq: number) =>
  Effect.map(open(seq), (session): Session => ({ ...session, facts: { ...session.facts, holds: () => true } }))

/** Status of every selected instance; reads only. Who was alive in the past nobody can ask: what its last run had begun counts as running. */
const lines = Effect.fn("status")(function*(session: Session, instances: ReadonlyArray<Instance>, isNow: boolean) {
  const store = yield* Store
  const all = verdicts(session)
  const { failures, open: attempts, runs } = session.facts.state
  const lastRun = [...runs.values()].findLast(({ study }) => study === session.study.name)
  return yield* Effect.forEach(instances, (instance) =>
    Effect.gen(function*() {
      const verdict = all.get(instance.id)!
      const attempt = attempts.get(instance.id)
      const holder = attempt === undefined
        ? undefined
        : isNow
        ? yield* Lease.holder(store.root, attempt.event.key)
        : attempt.event.run === lastRun?.run
        ? lastRun
        : undefined
      const line = (status: Word, note: string): Line => ({
        instance: instance.id,
        status,
        note,
        accepted: verdict.status === "fresh" && verdict.accepted.length > 0
      })
      if (attempt !== undefined && holder !== undefined) {
        // The run goes by the study and the code as it read them.
        const note = noteOf(session, all, instance, verdict)
        const later = "key" in verdict && verdict.key === attempt.event.key
          ? ""
          : `then stale: ${note === "" ? "its key has changed since it began" : note}`
        return line("running", joined(runningNote(attempt, holder), later))
      }
      const handed = isNow && "key" in verdict ? session.facts.state.jobs.get(verdict.key) : undefined
      if (handed !== undefined && verdict.status !== "fresh") {
        const [word, note] = queuedLine(handed, attempt)
        return line(word, joined(note, savedNote(session, verdict)))
      }
      const failure = failures.get(instance.id)
      // A failure counts as long as what failed is still what would run.
      if (failure !== undefined && "key" in verdict && verdict.key === failure.key) {
        return line("failed", failure.error.split("\n")[0]!)
      }
      const note = noteOf(session, all, instance, verdict)
      return line(wordOf(verdict), verdict.status === "fresh" ? note : joined(note, savedNote(session, verdict)))
    }))
})

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
    check: Flag.Boolean("check").pipe(
      Flag.withDescription("Exit with 2 when something would run"),
      Flag.withDefault(false)
    )
  },
  Effect.fn(function*({ all, at, check, json, targets }) {
    const session = yield* Option.match(at, { onNone: () => open(), onSome: openAt })
    const { graph } = session.study
    for (const target of targets) {
      if (select(graph, target).length === 0) {
        return yield* new Told({ text: unknown(graph, target).message, code: exitCode.usage })
      }
    }
    const wanted = new Set(targets.flatMap((target) => select(graph, target)))
    const instances = graph.instances.filter((instance) => targets.length === 0 || wanted.has(instance))
    const found = yield* lines(session, instances, Option.isNone(at))
    const counts = new Map<Word, number>()
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
    "Tells of every instance whether it is fresh, stale (and since which change), missing, running or failed"
  ),
  Command.withExamples([
    { command: "pipeline status", description: "Everything of the default study" },
    { command: "pipeline status pretrain", description: "One stage" },
    { command: "pipeline status --at 120", description: "What was done when event 120 had happened" },
    { command: "pipeline status --check --json", description: "For scripts: exits with 2 when something would run" }
  ])
)
