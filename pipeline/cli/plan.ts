import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { decideAll } from "../decide.ts"
import { type Estimate, estimate, type Hardware } from "../estimate.ts"
import { lackingAmong } from "../expectation.ts"
import type { Instance } from "../graph.ts"
import { gigabytes, machineMemory, memoryOf } from "../memory.ts"
import { type Plan, plan as planOf, type Step } from "../plan.ts"
import { type Basis, predictor } from "../predict.ts"
import * as Format from "./format.ts"
import { exitCode, inStore, open, Told } from "./session.ts"
import * as Style from "./style.ts"
import { chosen, defaults, positive } from "./targets.ts"

const cells = ({ begins, instance, perhaps, prediction: { basis, bytes, flops, seconds } }: Step) => [
  instance.id,
  seconds === undefined ? "?" : Format.duration(seconds),
  flops === 0 ? "" : Format.flops(flops),
  bytes === undefined ? "?" : Format.bytes(bytes),
  `after ${Format.duration(begins)}`,
  [
    reasons[basis],
    perhaps ? "spared if its inputs come out equal" : ""
  ].filter((word) => word !== "").join("; ")
]

const reasons: Record<Basis, string> = {
  itself: "",
  "its stage": "by others of its stage",
  "the machine": "estimate: by a matrix product just timed",
  nothing: "never timed here"
}

/** Hardware that the flags describe; absent where they describe none. */
const described = Effect.fn("described")(function*(
  { bandwidth, peak, utilisation }: Record<"bandwidth" | "peak" | "utilisation", Option.Option<number>>
) {
  if (Option.isNone(peak)) {
    if (Option.isNone(bandwidth) && Option.isNone(utilisation)) return undefined
    const text = "--bandwidth and --utilisation describe hardware by shares of what it could do: give its --peak too"
    return yield* new Told({ text, code: exitCode.usage })
  }
  const hardware: Hardware = {
    peak: peak.value,
    bandwidth: Option.getOrUndefined(bandwidth),
    utilisation: Option.getOrElse(utilisation, () => 1)
  }
  const wrong = Object.entries(hardware).find(([name, value]) =>
    value !== undefined && !(value > 0 && (name !== "utilisation" || value <= 1))
  )
  if (wrong === undefined) return hardware
  const [name, value] = wrong
  const range = name === "utilisation" ? "above 0 and at most 1" : "above 0"
  return yield* new Told({ text: `--${name} must be ${range}, got ${value}`, code: exitCode.usage })
})

const onHardware = Effect.fn("onHardware")(function*(
  study: string,
  instances: ReadonlyArray<Instance>,
  hardware: Hardware,
  json: boolean
) {
  const { all, groups, unknown } = estimate(instances, hardware)
  if (json) {
    return yield* Console.log(
      JSON.stringify({ study, hardware, groups: Object.fromEntries(groups), all, unknown }, null, 2)
    )
  }
  const hours = ({ seconds }: Estimate) => (seconds / 3600).toPrecision(4)
  const rows = [...groups].map(([name, group]) => [
    name,
    group.flops === 0 ? "?" : hours(group),
    group.flops === 0 ? "" : Format.flops(group.flops),
    group.traffic === 0 ? "" : Format.bytes(group.traffic),
    group.bytes === 0 ? "?" : Format.bytes(group.bytes)
  ])
  const [head, ...rest] = Format.columns([["group", "hours", "work", "traffic", "outputs"], ...rows])
  yield* Console.log(Style.dim(head!.trimEnd()))
  for (const row of rest) yield* Console.log(row.trimEnd())
  const { bandwidth, peak, utilisation } = hardware
  yield* Console.log(
    `${study}, whatever ran before: estimated ${hours(all)} h on one device of ${peak.toPrecision(3)} FLOP/s${
      bandwidth === undefined ? "" : ` and ${bandwidth.toPrecision(4)} B/s`
    } that reaches ${Number((100 * utilisation).toPrecision(3))} % of it; ${Format.flops(all.flops)}, at least ${
      Format.bytes(all.bytes)
    } of outputs`
  )
  if (bandwidth === undefined) {
    yield* Console.log(
      "traffic between processor and memory is not counted: small models on a GPU wait for it (--bandwidth)"
    )
  }
  if (unknown.length > 0) {
    yield* Console.log(`not counted, since their work is not known: ${Format.count(unknown.length, "instance")}`)
  }
})

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
    peak: Flag.Finite("peak").pipe(
      Flag.withMetavar("FLOPS"),
      Flag.withDescription(
        "Estimate the whole study on other hardware, from floating-point operations a second that it could do (312e12)"
      ),
      Flag.optional
    ),
    bandwidth: Flag.Finite("bandwidth").pipe(
      Flag.withMetavar("BYTES"),
      Flag.withDescription("Bytes a second between its processor and memory (2.039e12); not counted where not given"),
      Flag.optional
    ),
    utilisation: Flag.Finite("utilisation").pipe(
      Flag.withMetavar("SHARE"),
      Flag.withDescription(
        "Share of these that is reached, above 0 and at most 1; default: 1, the least time possible"
      ),
      Flag.optional
    ),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))
  },
  Effect.fn(function*(flags) {
    const jobs = yield* positive("jobs", flags.jobs, defaults().jobs)
    const session = yield* open()
    const { study } = session
    const { all: instances } = yield* chosen(session, flags.targets)
    const hardware = yield* described(flags)
    if (hardware !== undefined) return yield* onHardware(study.name, instances, hardware, flags.json)
    const verdicts = decideAll({ instances, byId: study.graph.byId }, session.facts)
    const { state } = session.facts
    const predicted = (rate?: number) => planOf(instances, verdicts, predictor(study.name, state, rate), jobs)
    const byPast = predicted()
    const untimed = byPast.steps.some(({ prediction }) => prediction.basis === "nothing" && prediction.flops > 0)
    const { engine } = session
    const rate = untimed
      ? yield* Effect.promise(() => session.app.rate?.(engine, 1).catch(() => undefined) ?? Promise.resolve(undefined))
      : undefined
    const made = rate === undefined ? byPast : predicted(rate)
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
        JSON.stringify({ study: study.name, jobs, ...made, steps, memory: { largest, free }, rate, lacking }, null, 2)
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
      const named = unknown.slice(0, 3).join(", ")
      const rest = unknown.length > 3 ? ` and ${Format.count(unknown.length - 3, "other instance")}` : ""
      yield* Console.log(`not counted, since nothing like them has run in this store: ${named}${rest}`)
    }
  }, inStore)
).pipe(
  Command.withDescription(
    "Tells what run would do, in order, and what it would cost, judged by past runs in this store"
  ),
  Command.withExamples([
    { command: "pipeline plan report", description: "Times, work and sizes up to the report" },
    { command: "pipeline plan --jobs 8", description: "How long with eight stages at once" },
    {
      command: "pipeline plan --study studies/paper.yaml --peak 312e12 --bandwidth 2.039e12 --utilisation 0.13",
      description: "The paper's study on an A100 of 80 GB: hours on one device"
    }
  ])
)
