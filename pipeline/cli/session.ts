/** What every command begins with: the flags they share, the study, the store, and what is known of it. */
import { Console, Context, Effect, Layer, Runtime, Schema } from "effect"
import { CliError, Command, Flag } from "effect/cli"
import * as nodePath from "node:path"
import type { App, LoadedStudy } from "../app.ts"
import * as Code from "../code.ts"
import { decideAll, type Facts } from "../decide.ts"
import { Disk, DiskFailed } from "../disk.ts"
import * as External from "../external.ts"
import * as Fingerprint from "../fingerprint.ts"
import type { Instance } from "../graph.ts"
import { fold } from "../journal/fold.ts"
import { Journal } from "../journal/journal.ts"
import { Store } from "../store/store.ts"
import * as Upgrade from "../upgrade.ts"

/** The application that the composition root put together. */
export class TheApp extends Context.Service<TheApp, App>()("pipeline/App") {}

/** A failure to tell the user in one message, with the exit code that belongs to it. */
export class Told extends Schema.TaggedError<Told>()("Told", { text: Schema.String, code: Schema.Int }) {
  override readonly [Runtime.errorReported] = false
  override get [Runtime.errorExitCode]() {
    return this.code
  }
  override get message() {
    return this.text
  }
  override get [CliError.userMessage]() {
    return this.text
  }
}

/** Nothing to tell that the output has not told: an exit code alone. */
export class ExitWith extends Schema.TaggedError<ExitWith>()("ExitWith", { code: Schema.Int }) {
  override readonly [Runtime.errorReported] = false
  override get [Runtime.errorExitCode]() {
    return this.code
  }
}

/** Exit codes, as sysexits.h names them where it does. */
export const exitCode = { stageFailed: 1, wouldRun: 2, usage: 64, bug: 70, interrupted: 130 } as const

/** The root command: its flags belong to every command. */
export const pipeline = Command.make("pipeline").pipe(
  Command.withSharedFlags({
    study: Flag.String("study").pipe(
      Flag.withMetavar("FILE"),
      Flag.withDescription("Study file (default: studies/default.yaml)"),
      Flag.withDefault("")
    ),
    store: Flag.String("store").pipe(
      Flag.withMetavar("DIR"),
      Flag.withDescription("Folder of artifacts and journal (default: artifacts)"),
      Flag.withDefault("artifacts")
    ),
    engine: Flag.String("engine").pipe(
      Flag.withMetavar("NAME"),
      Flag.withDescription("Tensor engine, before the study's own setting; pipeline doctor lists them"),
      Flag.withDefault("")
    ),
    noColor: Flag.Boolean("no-color").pipe(Flag.withDescription("Print without colour"), Flag.withDefault(false))
  })
)

const told = (error: unknown, code: number) =>
  new Told({ text: error instanceof Error ? error.message : String(error), code })

/** What to say of a run that no event names. */
export const unknownRun = (id: string, known: ReadonlyArray<string>): string =>
  known.length === 0
    ? `there is no run ${id}: nothing has been run in this store`
    : `there is no run ${id}; the last are ${known.slice(-5).join(", ")}`

/** Reads the study that the flags name. */
export const readStudy = Effect.gen(function*() {
  const app = yield* TheApp
  const { study } = yield* pipeline
  const file = study === "" ? app.defaultStudy : study
  return yield* Effect.try({ try: () => app.load(file), catch: (error) => told(error, exitCode.usage) })
})

/** Services of the store that the flags name. */
export const storeLayer = Layer.unwrap(
  Effect.gen(function*() {
    const { store } = yield* pipeline
    const root = nodePath.resolve(store)
    return Layer.mergeAll(Store.layer(root), Journal.layer(root)).pipe(Layer.provideMerge(Disk.layer))
  })
)

/** The tensor engine that a flag, else the study, else the application asks for. */
const resolveEngine = Effect.fn("resolveEngine")(function*(app: App, study: LoadedStudy, flag: string) {
  const asked = flag === "" ? study.engine ?? app.engines.default : flag
  const engine = yield* Effect.tryPromise({
    try: () => app.engines.resolve(asked),
    catch: (error) => told(error, exitCode.usage)
  })
  if (engine.note !== undefined) yield* Console.error(engine.note)
  return engine
})

/** Folder in which the build put what its fingerprints consist of. */
export const builtCode = (app: App): string => nodePath.join(nodePath.dirname(app.fingerprints), "code")

export interface Session {
  readonly app: App
  readonly study: LoadedStudy
  /** Tensor engine, as stages are told it. */
  readonly engine: string
  readonly facts: Facts
}

/** Reads study, journal and fingerprints; events after `until` are left out. Damaged journal lines are told on standard error. */
export const open = Effect.fn("Session.open")(function*(until = Infinity) {
  const app = yield* TheApp
  const flags = yield* pipeline
  const study = yield* readStudy
  const store = yield* Store
  const journal = yield* Journal
  const { events, notes } = yield* (until === Infinity ? journal.present : journal.history)
  for (const note of notes) yield* Console.error(`journal: ${note}`)
  const fingerprints = yield* Effect.try({
    try: () => Fingerprint.read(app.fingerprints),
    catch: () => told("the build is missing: run npm run build", exitCode.bug)
  })
  const engine = yield* resolveEngine(app, study, flags.engine)
  const facts: Facts = {
    state: fold(Upgrade.events(events, app.stages), study.name, until),
    fingerprints,
    engine: engine.identity,
    external: External.open(store.root),
    holds: store.holds,
    code: Code.reader([builtCode(app), Code.folderOf(store.root)])
  }
  return { app, study, engine: engine.name, facts } satisfies Session
})

/** The session as it is after a run of its own: with what the journal holds by now, and nothing forced. */
export const afterRun = Effect.fn("Session.afterRun")(function*(session: Session) {
  const { events } = yield* (yield* Journal).present
  const state = fold(Upgrade.events(events, session.app.stages), session.study.name)
  return { ...session, facts: { ...session.facts, state, forced: new Set<string>() } } satisfies Session
})

/** Gives a command its store; a failing disk is told as such, with its remedy. */
export const inStore = <A, E, R>(command: Effect.Effect<A, E, R>) =>
  command.pipe(
    Effect.provide(storeLayer),
    Effect.catchIf(
      (error) => error instanceof DiskFailed,
      (error) => Effect.fail(told(error, exitCode.stageFailed))
    )
  )

/** Fails, with the remedy, where some of these instances would run on an engine that does not work here. */
export const proveEngine = Effect.fn("proveEngine")(function*(session: Session, instances: ReadonlyArray<Instance>) {
  const found = verdicts(session)
  const needed = instances.some(({ id, stage }) => stage.usesEngine && found.get(id)?.status !== "fresh")
  if (!needed) return
  yield* Effect.tryPromise({
    try: () => session.app.engines.prove(session.engine),
    catch: (error) => told(error, exitCode.stageFailed)
  })
})

export const verdicts = (session: Session) => decideAll(session.study.graph, session.facts)
