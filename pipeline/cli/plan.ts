import { Console, Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { decideAll } from "../decide.ts"
import { lackingAmong } from "../expectation.ts"
import { gigabytes, machineMemory, memoryOf } from "../memory.ts"
import { type Plan, plan as planOf, type Step } from "../plan.ts"
import { predictor } from "../predict.ts"
import * as Format from "./format.ts"
import { inStore, open } from "./session.ts"
import * as Style from "./style.ts"
import { chosen, defaults, positive } from "./targets.ts"

const cells = ({ begins, instance, perhaps, prediction: { basis, bytes, flops, seconds } }: Step) => [
  instance.id,
  seconds === undefined ? "?" : Format.duration(seconds),
  flops === 0 ? "" : Format.flops(flops),
  bytes === undefined ? "?" : Format.bytes(bytes),
  `after ${Format.duration(begins)}`,
  [
    basis === "itself" ? "" : basis === "nothing" ? "never timed here" : "by others of its stage",
    perhaps ? "spared if its inputs come out equal" : ""
  ].filter((word) => word !== "").join("; ")
]

const totals = ({ bytes, flops, steps, unknown, wall, work }: Plan, jobs: number): string => {
  const least = unknown.length > 0 ? "at least " : "about "
  const told = unknown.length === steps.length
    ? ["times unknown, since nothing like it has run in this store"]
    : [`${least}${Format.duration(work)} of work`, `${least}${Format.bytes(bytes)}`]
  const whole = unknown.length === steps.length ? "" : `; ${least}${Format.duration(wall)} with --jobs ${jobs}`
  return [...(flops > 0 ? [Format.flops(flops)] : []), ...told].join(", ") + whole
}

export const plan = Command.make(
  "plan",
  {
    targets: Argument.String("target").pipe(
      Argument.withDescription("Stage, instance or glob, with all it needs; the whole study where none is given"),
      Argument.variadic()
    ),
    jobs: Flag.Int("jobs").pipe(
      Flag.withAlias("j"),
      Flag.withMetavar("N"),
      Flag.withDescription("Stages at once; default: as for run"),
      Flag.optional
    ),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))
  },
  Effect.fn(function*(flags) {
    const jobs = yield* positive("jobs", flags.jobs, defaults().jobs)
    const session = yield* open()
    const { study } = session
    const { all: instances } = yield* chosen(session, flags.targets)
    const verdicts = decideAll({ instances, byId: study.graph.byId }, session.facts)
    const made = planOf(instances, verdicts, predictor(study.name, session.facts.state), jobs)
    const lacking = lackingAmong(instances, verdicts).map(({ message }) => message)
    const { free } = machineMemory()
    const largest = made.steps.reduce((most, { instance }) => Math.max(most, memoryOf(instance)), 0)
    if (flags.json) {
      const steps = made.steps.map(({ begins, instance, perhaps, prediction, verdict }) => ({
        instance: instance.id,
        status: verdict.status,
        ...prediction,
        memory: memoryOf(instance),
        begins,
        perhaps
      }))
      return yield* Console.log(
        JSON.stringify({ study: study.name, jobs, ...made, steps, memory: { largest, free }, lacking }, null, 2)
      )
    }
    if (made.steps.length > 0) {
      const head = ["instance", "time", "work", "outputs", "begins", ""]
      const [first, ...rows] = Format.columns([head, ...made.steps.map(cells)])
      yield* Console.log(Style.dim(first!.trimEnd()))
      for (const row of rows) yield* Console.log(row.trimEnd())
    }
    const { steps, unknown } = made
    if (made.blocked.length > 0) {
      const stuck = made.blocked.map((id) => study.graph.byId.get(id)!)
      const files = stuck.flatMap(({ id }) => {
        const verdict = verdicts.get(id)!
        return verdict.status === "blocked" ? verdict.missing : []
      })
      const work = stuck.reduce((sum, { flops }) => sum + flops, 0)
      yield* Console.log(
        `${Format.count(stuck.length, "instance")}${work > 0 ? ` (${Format.flops(work)})` : ""} cannot run, missing: ${
          [...new Set(files)].join(", ")
        }`
      )
    }
    if (steps.length === 0) {
      return yield* Console.log(`${study.name}: nothing would run of ${Format.count(instances.length, "instance")}`)
    }
    yield* Console.log(
      `${study.name}: ${steps.length} of ${Format.count(instances.length, "instance")} would run: ${totals(made, jobs)}`
    )
    if (largest > 0) {
      const short = largest > free ? `: too much here, where ${gigabytes(free)} are free` : ""
      yield* Console.log(`one instance is expected to take up to ${gigabytes(largest)} of memory${short}`)
    }
    for (const message of lacking) yield* Console.log(message)
    const spared = steps.filter(({ perhaps }) => perhaps).length
    if (spared > 0) yield* Console.log(`${spared} of them may be spared, and are counted`)
    if (unknown.length > 0 && unknown.length < steps.length) {
      yield* Console.log(`not counted, since nothing like them has run in this store: ${unknown.join(", ")}`)
    }
  }, inStore)
).pipe(
  Command.withDescription(
    "Tells what run would do, in order, and what it would cost, judged by past runs in this store"
  ),
  Command.withExamples([
    { command: "pipeline plan report", description: "Times, work and sizes up to the report" },
    { command: "pipeline plan --jobs 8 --study studies/paper.yaml", description: "How long with eight stages at once" }
  ])
)
