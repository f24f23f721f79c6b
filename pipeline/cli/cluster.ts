/** `run --executor slurm`: the profile, the scripts of a dry run, and the desk where jobs are handed in. */
import { Console, Effect, Layer, Option } from "effect"
import { Flag } from "effect/cli"
import { accessSync, constants, readFileSync } from "node:fs"
import * as nodePath from "node:path"
import { parseDocument } from "yaml"
import { Slurm } from "../../schemas/slurm.ts"
import type { Setting } from "../attempt.ts"
import type { Verdict } from "../decide.ts"
import type { DiskFailed } from "../disk.ts"
import type { Instance } from "../graph.ts"
import { fold } from "../journal/fold.ts"
import { Journal } from "../journal/journal.ts"
import * as Patience from "../patience.ts"
import { predictor } from "../predict.ts"
import { type Batch, batches } from "../slurm/batches.ts"
import * as Desk from "../slurm/desk.ts"
import type { Ordered, Program } from "../slurm/handing.ts"
import { scriptFor } from "../slurm/handing.ts"
import { merged, unmatched } from "../slurm/resources.ts"
import * as Scheduler from "../slurm/scheduler.ts"
import { Store } from "../store/store.ts"
import * as Format from "./format.ts"
import { exitCode, readStudy, type Session, TheApp, Told } from "./session.ts"

/** Environment variable that names the profile of a cluster, so that nobody has to name it each time. */
const variable = "PIPELINE_SLURM_PROFILE"

export const flags = {
  executor: Flag.String("executor").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription("Where stages run: local, or slurm: each as a job of a cluster (docs/slurm.md)"),
    Flag.withDefault("local")
  ),
  profile: Flag.String("profile").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription(
      `Resources of Slurm jobs, YAML, before what the study says under slurm; default: the environment variable ${variable}`
    ),
    Flag.optional
  ),
  detach: Flag.Boolean("detach").pipe(
    Flag.withDescription(
      "With --executor slurm: go on in the background, and give the terminal back; the same command without it comes back"
    ),
    Flag.withDefault(false)
  )
}

const usage = (text: string) => new Told({ text, code: exitCode.usage })

/** Reads a profile file; every mistake is told. */
const readProfile = (file: string) =>
  Effect.try({
    try: () => {
      const document = parseDocument(readFileSync(file, "utf8"))
      if (document.errors.length > 0) throw new Error(document.errors.map(({ message }) => message).join("\n"))
      const parsed = Slurm.safeParse(document.toJS() ?? {})
      if (parsed.success) return parsed.data
      throw new Error(
        parsed.error.issues.map(({ message, path }) => `${file}: ${[...path.map(String), message].join(": ")}`).join(
          "\n"
        )
      )
    },
    catch: (error) =>
      usage(
        (error as NodeJS.ErrnoException).code === "ENOENT"
          ? `there is no profile ${file}`
          : String((error as Error).message)
      )
  })

/** Resources as profile and study say together. */
export const settings = Effect.fn("settings")(function*(profile: Option.Option<string>) {
  const study = yield* readStudy
  const file = Option.getOrElse(profile, () => process.env[variable] ?? "")
  const slurm = merged(study.slurm, file === "" ? undefined : yield* readProfile(file))
  const wrong = unmatched(slurm, study.graph.instances)
  for (const name of wrong) {
    yield* Console.error(`slurm: stages: ${name} fits no instance of the study`)
  }
  return slurm
})

const isThere = (command: string) =>
  (process.env["PATH"] ?? "").split(nodePath.delimiter).some((folder) => {
    try {
      accessSync(nodePath.join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/** Fails where Slurm's commands are not. */
export const proveCommands = Effect.suspend(() => {
  const missing = ["sbatch", "squeue"].filter((command) => !isThere(command))
  return missing.length === 0 ? Effect.void : usage(
    `--executor slurm needs Slurm's commands, and ${missing.join(" and ")} ${
      missing.length === 1 ? "is" : "are"
    } not on the PATH: run it on a machine of the cluster that has them (a login node), or without --executor`
  )
})

/** How jobs start this program: the very build that this process is. */
export const program = Effect.fn("program")(function*() {
  const app = yield* TheApp
  const { root } = yield* Store
  return {
    command: [process.execPath, nodePath.resolve(app.script)],
    flags: ["--store", root],
    folder: process.cwd()
  } satisfies Program
})

const keyOf = (verdict: Verdict): string => "key" in verdict ? verdict.key : "its-key-follows-from-its-inputs"

/** The scripts by which what is to run would be handed in: what can run now, then a sample of what waits for it. */
export const printScripts = Effect.fn("printScripts")(function*(
  session: Session,
  verdicts: ReadonlyMap<string, Verdict>,
  running: ReadonlyArray<Instance>,
  slurm: Slurm
) {
  const { root } = yield* Store
  const how = yield* program()
  const predict = predictor(session.study.name, session.facts.state)
  const grouped = (instances: ReadonlyArray<Instance>) =>
    batches(
      instances.map((instance): Ordered => ({ instance, key: keyOf(verdicts.get(instance.id)!) })),
      slurm,
      (instance) => predict(instance).seconds
    )
  const print = (batch: Batch<Ordered>, title: string) => {
    const { name, script } = scriptFor(root, "SUBMISSION", batch, how)
    return Console.log(`\n# ${title}: ${name}\n${script.trimEnd()}`)
  }
  const isReady = ({ id }: Instance) => "key" in verdicts.get(id)!
  const ready = running.filter(isReady)
  for (const batch of grouped(ready)) {
    const many = batch.tasks.flat().length
    yield* print(batch, many === 1 ? batch.tasks[0]![0]!.instance.id : `${Format.count(many, "instance")} at once`)
  }
  const later = running.filter((instance) => !isReady(instance))
  const stages = new Map<string, Array<Instance>>()
  for (const instance of later) {
    const all = stages.get(instance.stage.name) ?? []
    all.push(instance)
    stages.set(instance.stage.name, all)
  }
  for (const [stage, instances] of stages) {
    const [batch] = grouped(instances)
    yield* print(
      batch!,
      `later, as inputs become known, ${Format.count(instances.length, "instance")} of ${stage}, such as`
    )
  }
})

/** What `Run.run` is told where jobs make the instances: there is no bound to how many are asked for at once. */
export const places = Effect.fn("places")(function*(session: Session, setting: Setting, slurm: Slurm, began: number) {
  const predict = predictor(session.study.name, session.facts.state)
  const makers = yield* Desk.open({
    ...setting,
    slurm,
    identity: session.facts.engine,
    program: yield* program(),
    began,
    predicted: (instance) => predict(instance).seconds
  })
  return { makers, jobs: Infinity, threads: 1, memory: Infinity }
})

/** Milliseconds for which the desk waits where the store cannot be written. */
const patience = 15 * 60_000

/** What the desk needs: the scheduler, and patience with a shared file system. */
export const services = (() => {
  const waits = {
    for: patience,
    onWait: ({ message }: DiskFailed) => console.error(`the store cannot be used, waiting: ${message}`)
  }
  return Layer.mergeAll(Scheduler.layer, Patience.disk(waits), Patience.journal(waits))
})()

/** Says which jobs go on without this process. */
export const tellJobs = Effect.fn("tellJobs")(function*(study: string) {
  const journal = yield* Journal
  const { events } = yield* journal.present
  const { jobs } = fold(events, study)
  const ids = [...new Set([...jobs.values()].flatMap(({ job }) => job ?? []))]
  if (ids.length === 0) return
  yield* Console.error(
    `${Format.count(jobs.size, "instance")} are with the cluster, and go on there; to end them: scancel ${
      ids.join(" ")
    }`
  )
})
