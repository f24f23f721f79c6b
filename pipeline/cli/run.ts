import { Cause, Clock, Console, Effect, Exit, Layer, Option, Schedule } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { randomUUID } from "node:crypto"
import * as os from "node:os"
import { type Event, runOf } from "../../schemas/event.ts"
import type { Slurm } from "../../schemas/slurm.ts"
import * as Code from "../code.ts"
import { decideAll, sharesWith, type Verdict } from "../decide.ts"
import * as Processes from "../executor/processes.ts"
import { lackingAmong } from "../expectation.ts"
import { explain } from "../explain.ts"
import * as Fingerprint from "../fingerprint.ts"
import type { Instance } from "../graph.ts"
import { Journal } from "../journal/journal.ts"
import { light } from "../light.ts"
import { machineMemory } from "../memory.ts"
import { predictor } from "../predict.ts"
import { isPublished, publish } from "../publish.ts"
import * as Pull from "../remote/pull.ts"
import * as Through from "../remote/through.ts"
import * as Run from "../run.ts"
import * as Leftovers from "../store/leftovers.ts"
import { Store } from "../store/store.ts"
import * as Cluster from "./cluster.ts"
import * as Detached from "./detached.ts"
import * as Format from "./format.ts"
import * as Interruption from "./interruption.ts"
import * as Remotes from "./remotes.ts"
import { runView } from "./run-view.ts"
import {
  afterRun,
  builtCode,
  exitCode,
  ExitWith,
  inStore,
  open,
  proveEngine,
  type Session,
  TheApp,
  Told,
  verdicts
} from "./session.ts"
import { nobody } from "./standing.ts"
import * as Style from "./style.ts"
import { chosen, defaults, named, positive } from "./targets.ts"
import * as View from "./view.ts"

/** A session in which the instances that targets name are to run even if they are fresh. */
const forcing = Effect.fn("forcing")(function*(session: Session, targets: ReadonlyArray<string>) {
  if (targets.length === 0) return session
  const forced = new Set((yield* named(session.study.graph, targets)).map(({ id }) => id))
  return { ...session, facts: { ...session.facts, forced } }
})

/** The light ones of some instances; tells what is left out. */
const lightOf = Effect.fn("lightOf")(function*(session: Session, instances: ReadonlyArray<Instance>) {
  const verdicts = decideAll({ instances, byId: session.study.graph.byId }, session.facts)
  const { kept, left } = light(instances, verdicts, predictor(session.study.name, session.facts.state))
  const needing = left.filter(({ because }) => because === "needs").length
  for (const { because, instance, seconds } of left) {
    if (because === "needs") continue
    const why = because === "heavy" ? `predicted to take ${Format.duration(seconds!)}` : "never timed in this store"
    yield* Console.error(`left out: ${instance.id}, ${why}`)
  }
  if (needing > 0) yield* Console.error(`left out: ${Format.count(needing, "instance")} that need them`)
  return kept
})

const dryRun = Effect.fn("dryRun")(function*(
  session: Session,
  instances: ReadonlyArray<Instance>,
  json: boolean,
  slurm: Slurm | undefined
) {
  const verdicts = decideAll({ instances, byId: session.study.graph.byId }, session.facts)
  const plan = instances.map((instance) => ({ instance: instance.id, verdict: verdicts.get(instance.id)! }))
    .filter(({ verdict }) => verdict.status !== "fresh")
  const running = plan.filter(({ verdict }) => verdict.status !== "blocked" && sharesWith(verdict) === undefined)
  const stuck = plan.filter(({ verdict }) => verdict.status === "blocked").length
  const sharing = plan.length - running.length - stuck
  const reason = (id: string, verdict: Verdict): string => {
    const shares = sharesWith(verdict)
    if (shares !== undefined) return `shares the result of ${shares}`
    if (verdict.status === "blocked") return `cannot run: ${verdict.missing.join(", ")} missing`
    const { reason, roots } = explain(session.study.graph, session.study, session.facts, verdicts, id)
    if (reason === "never ran") return "never ran"
    if (session.facts.forced?.has(id) && roots.length === 0) return "forced"
    const words = roots.length > 0 ? Format.roots(roots) : "what it takes from is forced"
    return verdict.status === "waiting" && verdict.changes.length === 0 && !session.facts.forced?.has(id)
      ? `${words}; spared if its inputs come out equal`
      : words
  }
  if (json) {
    yield* Console.log(JSON.stringify(
      plan.map(({ instance, verdict }) => ({ instance, status: verdict.status, reason: reason(instance, verdict) })),
      null,
      2
    ))
  } else {
    for (const row of Format.columns(plan.map(({ instance, verdict }) => [instance, reason(instance, verdict)]))) {
      yield* Console.log(row)
    }
    for (const { message } of lackingAmong(instances, verdicts)) yield* Console.error(message)
    yield* Console.log(
      plan.length === 0
        ? `${session.study.name}: nothing would run, ${Format.count(instances.length, "instance")} up to date`
        : `${session.study.name}: ${running.length} of ${Format.count(instances.length, "instance")} would run${
          sharing === 0 ? "" : `, ${sharing} would share results`
        }${stuck === 0 ? "" : `, ${stuck} cannot run`}`
    )
    if (slurm !== undefined) {
      yield* Cluster.printScripts(
        session,
        verdicts,
        running.map(({ instance }) => session.study.graph.byId.get(instance)!),
        slurm
      )
    }
  }
  if (plan.length > 0) return yield* new ExitWith({ code: exitCode.wouldRun })
})

/** What a remote has, as part of the store. Its events are taken first, for a dry run too: it tells what a run would do. */
const throughTo = Effect.fn("throughTo")(function*(named: Option.Option<string>) {
  if (Option.isNone(named)) return undefined
  const remote = yield* Remotes.open(named)
  const { problems } = yield* Remotes.orTold(Pull.pull(remote, { dryRun: false, objects: false }))
  for (const problem of problems) yield* Console.error(problem)
  return yield* Remotes.orTold(Through.open(remote))
})

export const run = Command.make(
  "run",
  {
    targets: Argument.String("target").pipe(
      Argument.withDescription(
        "Stage, instance such as pretrain/nano/relora-described/42, or glob; the whole study where none is given"
      ),
      Argument.variadic()
    ),
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withAlias("n"),
      Flag.withDescription("Tell what would run and why; exit with 2 when something would"),
      Flag.withDefault(false)
    ),
    jobs: Flag.Int("jobs").pipe(
      Flag.withAlias("j"),
      Flag.withMetavar("N"),
      Flag.withDescription("Stages at once; default: one a core, at most 4"),
      Flag.optional
    ),
    threads: Flag.Int("threads").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("Threads shared by the stages at once; default: one a core. Results do not depend on it"),
      Flag.optional
    ),
    memory: Flag.Finite("memory").pipe(
      Flag.withMetavar("GB"),
      Flag.withDescription(
        "Memory that the stages at once may be expected to take, 10⁹ bytes; default: what is free. A stage that needs more " +
          "waits for others to end, or is not begun"
      ),
      Flag.optional
    ),
    keepGoing: Flag.Boolean("keep-going").pipe(
      Flag.withAlias("k"),
      Flag.withDescription("After a failure go on with what does not depend on it"),
      Flag.withDefault(false)
    ),
    force: Flag.String("force").pipe(
      Flag.withMetavar("TARGET"),
      Flag.withDescription("Run these again even if fresh; what follows runs where they come out different"),
      Flag.atLeast(0)
    ),
    light: Flag.Boolean("light").pipe(
      Flag.withDescription(
        "Only what is predicted, by past runs, to take under a minute, and needs nothing that is not"
      ),
      Flag.withDefault(false)
    ),
    saveEvery: Flag.Finite("save-every").pipe(
      Flag.withMetavar("SECONDS"),
      Flag.withDescription(
        "How often training saves its state within a segment: what a kill or a power cut may cost; 0: after every step. Results do not depend on it"
      ),
      Flag.withDefault(60)
    ),
    remote: Remotes.flag,
    ...Cluster.flags,
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print the outcome as JSON"), Flag.withDefault(false))
  },
  Effect.fn(
    function*(flags) {
      const through = yield* throughTo(flags.remote)
      const opened = yield* open()
      const holds = through?.holds ?? opened.facts.holds
      const session = yield* forcing({ ...opened, facts: { ...opened.facts, holds } }, flags.force)
      const app = yield* TheApp
      const journal = yield* Journal
      const targets = yield* chosen(session, flags.targets.length === 0 ? [] : [...flags.targets, ...flags.force])
      const instances = flags.light ? yield* lightOf(session, targets.all) : targets.all
      const { executor } = flags
      if (executor !== "local" && executor !== "slurm") {
        return yield* new Told({ text: `--executor is local or slurm, got ${executor}`, code: exitCode.usage })
      }
      const slurm = executor === "slurm" ? yield* Cluster.settings(flags.profile) : undefined
      if (flags.dryRun) return yield* dryRun(session, instances, flags.json, slurm)
      if (slurm !== undefined) {
        yield* Cluster.proveCommands
        if (through !== undefined) {
          return yield* new Told({
            text: "--executor slurm and --remote do not go together: pull first",
            code: exitCode.usage
          })
        }
        if (flags.detach) return yield* Detached.start(instances.length)
      } else yield* proveEngine(session, instances)
      const threads = yield* positive("threads", flags.threads, defaults().threads)
      const jobs = yield* positive("jobs", flags.jobs, defaults().jobs)
      if (flags.saveEvery < 0) {
        const text = `--save-every must not be negative, got ${flags.saveEvery}`
        return yield* new Told({ text, code: exitCode.usage })
      }
      const begun = yield* Clock.currentTimeMillis
      const seconds = Effect.map(Clock.currentTimeMillis, (now) => (now - begun) / 1000)
      const id = `${new Date(begun).toISOString().slice(0, 19).replace(/[-:]/g, "")}-${randomUUID().slice(0, 6)}`
      const { study } = session
      const store = yield* Store
      yield* Leftovers.clear(store.root, session.facts.state.runs)
      const stages = new Set(instances.map(({ stage }) => stage.source))
      yield* Code.keep(
        builtCode(app),
        store.root,
        [...stages].map((source) => Fingerprint.of(session.facts.fingerprints, source))
      )
      const started = yield* journal.append({
        type: "RunStarted",
        run: id,
        study: study.name,
        studyFile: study.file,
        settings: study.settings,
        targets: [...flags.targets],
        host: os.hostname(),
        pid: process.pid,
        jobs,
        threads
      })
      yield* Effect.ignore(journal.condense)

      const clock = yield* Clock.Clock
      const view = View.make(
        flags.json ? process.stderr : process.stdout,
        instances,
        () => clock.currentTimeMillisUnsafe()
      )
      const drawing = yield* Effect.forkChild(Effect.repeat(Effect.sync(view.draw), Schedule.spaced("250 millis")))
      const finish = (outcome: "done" | "failed" | "interrupted", ran: number, reused: number, failed: number) =>
        Effect.flatMap(
          seconds,
          (seconds) => journal.append({ type: "RunFinished", run: id, outcome, ran, reused, failed, seconds })
        )

      const stop = new AbortController()
      const onSignal = () => {
        view.stopping()
        stop.abort()
      }
      const setting = {
        run: id,
        study: study.name,
        facts: session.facts,
        engine: session.engine,
        saveEvery: flags.saveEvery,
        stop: stop.signal,
        observe: view.observe
      }
      const local = {
        jobs,
        threads,
        memory: Option.match(flags.memory, { onNone: () => machineMemory().free, onSome: (size) => size * 1e9 })
      }
      const summary = yield* Interruption.handled(
        onSignal,
        Effect.scoped(Effect.gen(function*() {
          const every = { ...setting, instances, keepGoing: flags.keepGoing }
          if (slurm === undefined) return yield* Run.run({ ...every, ...local })
          return yield* Effect.flatMap(
            Cluster.places(session, setting, slurm, started.seq),
            (places) => Run.run({ ...every, ...places })
          ).pipe(Effect.provide(Cluster.services))
        }))
      ).pipe(
        Effect.provide(
          through === undefined
            ? Processes.layer(app.script)
            : Layer.provide(Through.executor(through), Processes.layer(app.script))
        ),
        Effect.onExit((exit) =>
          Effect.gen(function*() {
            drawing.interruptUnsafe()
            view.close()
            session.facts.external.save()
            if (Exit.isSuccess(exit)) return
            const interrupted = Cause.hasInterruptsOnly(exit.cause)
            if (interrupted) {
              yield* Console.error("interrupted: what was finished is kept; the same command goes on from there")
              if (slurm !== undefined) yield* Cluster.tellJobs(id)
            }
            yield* Effect.ignore(Effect.gen(function*() {
              const { events } = yield* journal.present
              const many = (type: Event["type"]) =>
                events.filter((event) => runOf(event) === id && event.type === type).length
              const outcome = interrupted ? "interrupted" : "failed"
              yield* finish(outcome, many("StageSucceeded"), many("StageReused"), many("StageFailed"))
            }))
          })
        )
      )
      session.facts.external.save()
      const { failed, ran, reused, results, skipped } = summary
      yield* finish(failed.length > 0 ? "failed" : "done", ran.length, reused.length, failed.length)
      yield* Effect.ignore(journal.condense)

      const folders: Array<string> = []
      const published = targets.named.filter((instance) => results.has(instance.id) && isPublished(instance))
      for (const instance of published) {
        const result = results.get(instance.id)!
        if (through !== undefined) {
          yield* Remotes.orTold(through.obtain(Object.values(result.outputs).map(({ bytes }) => bytes)))
        }
        const ended = yield* afterRun(session)
        const view = yield* runView(ended, verdicts(ended), nobody)
        folders.push(yield* publish(study.name, instance, result, view))
      }
      const took = yield* seconds
      if (flags.json) {
        yield* Console.log(
          JSON.stringify({ run: id, study: study.name, ran, reused, failed, skipped, folders, seconds: took }, null, 2)
        )
      } else if (failed.length === 0) {
        yield* Console.log(
          ran.length === 0
            ? `${Style.green(study.name)}: nothing to do, ${Format.count(instances.length, "instance")} up to date`
            : `${Style.green(study.name)}: ${Format.count(ran.length, "instance")} ran, ${reused.length} reused, in ${
              Format.duration(took)
            }`
        )
        for (const folder of folders) yield* Console.log(`${folder}`)
      }
      if (failed.length > 0) {
        const rest = skipped.length > 0 ? `, ${skipped.length} not run` : ""
        return yield* new Told({
          text: `${study.name}: ${
            Format.count(failed.length, "instance")
          } failed${rest}; ${ran.length} ran, ${reused.length} reused. Details: pipeline log --run ${id} --json`,
          code: exitCode.stageFailed
        })
      }
    },
    Effect.scoped,
    inStore
  )
).pipe(
  Command.withDescription("Brings targets and all they need up to date: reuses what is in the store and runs the rest"),
  Command.withExamples([
    { command: "pipeline run report", description: "The default study, to its report" },
    { command: "pipeline run --dry-run", description: "What would run, and why" },
    {
      command: "pipeline run report --force evaluate",
      description: "Every evaluation once more, and what changes by it"
    },
    {
      command: "pipeline run report --study studies/smoke.yaml --jobs 1",
      description: "Another study, one stage at a time"
    },
    {
      command: "pipeline run --executor slurm --profile cluster.yaml --dry-run",
      description: "The scripts by which Slurm would be given the study's stages"
    }
  ])
)
