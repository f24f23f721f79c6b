import { Clock, Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import * as os from "node:os"
import type { Difference } from "../compare.ts"
import { decideAll } from "../decide.ts"
import { resultDiffered } from "../differing.ts"
import * as Processes from "../executor/processes.ts"
import type { Success } from "../journal/fold.ts"
import { Journal } from "../journal/journal.ts"
import { type Attempt, rebuild, type Rebuilt } from "../rebuild.ts"
import { closure } from "../target.ts"
import { type Named, verifyStore } from "../verify.ts"
import * as Format from "./format.ts"
import { keeping } from "./keeping.ts"
import { defaultFolder } from "./papers.ts"
import { exitCode, ExitWith, inStore, open, type Session, TheApp, Told } from "./session.ts"
import * as Style from "./style.ts"
import { defaults, named, positive } from "./targets.ts"
import { checkPaper } from "./verify-paper.ts"

const made = ({ bytes, maker, output }: Named) =>
  `${bytes.slice(0, 12)}, ${output} of ${maker.instance} (run ${maker.run})`

const objects = Effect.fn("verify.objects")(function*(session: Session, json: boolean) {
  const journal = yield* Journal
  const { events } = yield* journal.history
  const clock = yield* Clock.Clock
  let shown = 0
  const report = yield* verifyStore(events, (yield* keeping(session))(events), (done, total) => {
    const now = clock.currentTimeMillisUnsafe()
    if (process.stderr.isTTY !== true || now - shown < 250) return
    shown = now
    process.stderr.write(`\r${Format.bytes(done)} of ${Format.bytes(total)} read\u001b[K`)
  })
  if (shown > 0) process.stderr.write("\r\u001b[K")
  const { collected, damaged, damagedSaved, missing, size, whole } = report
  const wrong = damaged.length + damagedSaved.length + missing.length > 0
  if (json) yield* Console.log(JSON.stringify(report, null, 2))
  else {
    for (const object of damaged) {
      yield* Console.log(`${Style.red("damaged")} ${made(object)}: moved to ${object.movedTo}`)
    }
    for (const { instance, movedTo } of damagedSaved) {
      yield* Console.log(`${Style.red("damaged")} what ${instance} saved on its way: moved to ${movedTo}`)
    }
    for (const object of missing) yield* Console.log(`${Style.red("missing")} ${made(object)}`)
    yield* Console.log(
      `${Format.count(whole, "object")} hold what they should, ${
        Format.bytes(size)
      }; ${damaged.length} damaged, ${missing.length} missing` +
        (collected === 0 ? "" : `; ${collected} more are gone that no study stands for`)
    )
    if (wrong) yield* Console.log("pipeline run makes again what is needed of them")
  }
  if (wrong) return yield* new ExitWith({ code: exitCode.stageFailed })
})

const columnText = ({ beyond, column, relative, rows }: Difference): string => {
  const by = relative === undefined ? "" : `, by at most ${relative.toPrecision(2)} of its value`
  const tolerated = beyond === rows ? "" : beyond === 0 ? ", as tolerated" : `, ${beyond} of them more than tolerated`
  return `${column} differs in ${Format.count(rows, "row")}${by}${tolerated}`
}

const attemptText = ({ different, seconds }: Attempt): string =>
  different.length === 0
    ? `the same bits, in ${Format.duration(seconds)}`
    : different.map(({ columns, output }) => `${output}: ${columns.map(columnText).join("; ")}`).join("; ")

const again = Effect.fn("verify.again")(function*(
  session: Session,
  target: string,
  { threads, times }: { readonly times: number; readonly threads: number },
  json: boolean
) {
  const { engine, study: { graph } } = session
  const journal = yield* Journal
  const instances = yield* named(graph, [target])
  const verdicts = decideAll({ instances: closure(graph, instances), byId: graph.byId }, session.facts)
  const result = (id: string): Success | undefined => {
    const verdict = verdicts.get(id)
    return verdict?.status === "fresh" ? verdict.result : undefined
  }
  const behind = instances.filter(({ id }) => result(id) === undefined).map(({ id }) => id)
  if (behind.length > 0) {
    return yield* new Told({
      text: `${behind.join(", ")}: not up to date, so there is nothing to compare with: pipeline run ${target} first`,
      code: exitCode.usage
    })
  }
  const all: Array<Rebuilt> = []
  for (const instance of instances) {
    const verdict = verdicts.get(instance.id)!
    const acceptances = "told" in verdict ? verdict.told : []
    const stored = result(instance.id)!
    const sameMachine = (session.facts.state.runs.get(stored.run)?.host ?? os.hostname()) === os.hostname()
    const how = { times, threads, engine, acceptances, sameMachine }
    const rebuilt = yield* rebuild(instance, stored, result, how).pipe(
      Effect.catchTag(
        "StageBroke",
        ({ message }) => Effect.fail(new Told({ text: message, code: exitCode.stageFailed }))
      )
    )
    all.push(rebuilt)
    // Where a change is accepted, another result is no fault of the key.
    const isByKey = verdict.status === "fresh" && verdict.accepted.length === 0
    for (const { different } of rebuilt.attempts) {
      if (different.length === 0 || !isByKey) continue
      yield* journal.append(resultDiffered(session.study.name, instance, stored.key, different))
    }
    if (json) continue
    for (const attempt of rebuilt.attempts) {
      yield* Console.log(`${rebuilt.kept ? Style.green("✓") : Style.red("✗")} ${instance.id}: ${attemptText(attempt)}`)
    }
    if (!rebuilt.kept) yield* Console.log(Style.dim(`  stage ${instance.stage.name} promises ${rebuilt.promise}`))
  }
  const broken = all.filter(({ kept }) => !kept).map(({ instance }) => instance)
  if (json) yield* Console.log(JSON.stringify(all, null, 2))
  else {
    yield* Console.log(
      `${Format.count(all.length, "instance")} rebuilt ${Format.count(times, "time")}: ${
        broken.length === 0 ? "all as their stages promise" : `${broken.length} not as their stages promise`
      }`
    )
  }
  if (broken.length > 0) return yield* new ExitWith({ code: exitCode.stageFailed })
})

export const verify = Command.make(
  "verify",
  {
    rebuild: Flag.String("rebuild").pipe(
      Flag.withMetavar("TARGET"),
      Flag.withDescription("Run instance, stage or glob again, beside the store, and compare with what the store has"),
      Flag.optional
    ),
    times: Flag.Int("times").pipe(
      Flag.withAlias("n"),
      Flag.withMetavar("K"),
      Flag.withDescription("With --rebuild: how often; default 1"),
      Flag.optional
    ),
    paper: Flag.Boolean("paper").pipe(
      Flag.withDescription(
        "Make the tables, figures and page again from what the store has, and compare with those that are committed; nothing else is run"
      ),
      Flag.withDefault(false)
    ),
    against: Flag.String("against").pipe(
      Flag.withMetavar("DIR"),
      Flag.withDescription(`With --paper: folder of papers (default: ${defaultFolder})`),
      Flag.withDefault(defaultFolder)
    ),
    threads: Flag.Int("threads").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("With --rebuild and --paper: threads; default: one a core. Results do not depend on it"),
      Flag.optional
    ),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))
  },
  Effect.fn(function*(flags) {
    const times = yield* positive("times", flags.times, 1)
    const threads = yield* positive("threads", flags.threads, defaults().threads)
    if (flags.paper && Option.isSome(flags.rebuild)) {
      return yield* new Told({ text: "--paper and --rebuild are two checks: name one", code: exitCode.usage })
    }
    const session = yield* open()
    const app = yield* TheApp
    const executor = Processes.layer(app.script)
    if (flags.paper) {
      return yield* Effect.provide(checkPaper(session, flags.against, threads, flags.json), executor)
    }
    yield* Option.match(flags.rebuild, {
      onNone: () => objects(session, flags.json),
      onSome: (target) => Effect.provide(again(session, target, { times, threads }, flags.json), executor)
    })
  }, inStore)
).pipe(
  Command.withDescription(
    "Rehashes every object and puts aside what is damaged; or runs instances again and compares, column by column; or holds the " +
      "committed paper against what the store gives"
  ),
  Command.withExamples([
    { command: "pipeline verify", description: "Every object of the store" },
    {
      command: "pipeline verify --rebuild pretrain/nano/full-rank/42 -n 2",
      description: "Twice again: the same bits?"
    },
    { command: "pipeline verify --paper", description: "Is artifacts/paper/default what the store gives?" }
  ])
)
