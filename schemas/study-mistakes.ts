/**
 * What must hold between the settings of a study.
 *
 * Each rule looks only at the settings it speaks of and is silent where one of them is itself wrong, so that a file
 * with a mistyped rank is still told that its warm-up does not divide its restarts.
 */
import type * as z from "zod"
import { Claim } from "./claim.ts"
import { declarationOf, rankAt } from "./method.ts"
import { Arm, Evaluation, Name, reserved, Schedule, Seeds, Size, Steps, stepsUpTo, Training } from "./study-settings.ts"
import { swept } from "./sweep.ts"

export interface Mistake {
  readonly path: ReadonlyArray<string | number>
  /** Begins with "expected" where it is about the value at the path, which a reader may want to see beside it. */
  readonly message: string
}

/** Linear layers of a block that can carry adapters. */
const linearLayers = ["attention.q_proj", "attention.k_proj", "attention.v_proj", "attention.o_proj"]
  .concat(["swiglu.w_0", "swiglu.w_1", "swiglu.w_2"])

/** The linear layer that is in no block, and that no method adapts. */
const lastLayer = "de_embedding_proj"

/** The value, where it is right by itself. */
const valid = <S extends z.ZodType>(schema: S, value: unknown): z.output<S> | undefined => schema.safeParse(value).data

const entries = (value: unknown): ReadonlyArray<[string, unknown]> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : []

const formMistakes = (group: unknown, path: ReadonlyArray<string>): ReadonlyArray<Mistake> =>
  entries(group).flatMap(([name]) => {
    const issue = Name.safeParse(name).error?.issues[0]
    return issue === undefined ? [] : [{ path: [...path, name], message: `name of the wrong form: ${issue.message}` }]
  })

const nameMistakes = (study: Record<string, unknown>): ReadonlyArray<Mistake> =>
  ["sizes", "arms"].flatMap((group) => {
    const isGroup = typeof study[group] === "object" && study[group] !== null
    return [
      ...(isGroup && entries(study[group]).length === 0
        ? [{ path: [group], message: `names nothing: a study needs at least one` }]
        : []),
      ...formMistakes(study[group], [group])
    ]
  })

const evaluationMistakes = (study: Record<string, unknown>): ReadonlyArray<Mistake> => {
  const evaluation = Object.fromEntries(entries(study["evaluation"]))
  const names = (["pairs", "texts"] as const).flatMap((group) => [
    ...formMistakes(evaluation[group], ["evaluation", group]),
    ...reserved[group].filter((name) => entries(evaluation[group]).some(([other]) => other === name)).map((name) => ({
      path: ["evaluation", group, name],
      message: `is a name that every study uses: choose another`
    }))
  ])
  const stride = evaluation["stride"]
  const sequenceLength = study["sequenceLength"]
  names.push(...formMistakes(study["models"], ["models"]))
  return typeof stride === "number" && typeof sequenceLength === "number" && stride >= sequenceLength
    ? [...names, {
      path: ["evaluation", "stride"],
      message: `expected less than sequenceLength ${sequenceLength}, so that windows overlap and no token is left out`
    }]
    : names
}

const sizeMistakes = (study: Record<string, unknown>): ReadonlyArray<Mistake> =>
  entries(study["sizes"]).flatMap(([name, settings]) => {
    const size = valid(Size, settings)
    if (size === undefined) return []
    const { heads, kvHeads, width } = size
    return [
      ...(width % (2 * heads) === 0 ? [] : [{
        path: ["sizes", name, "width"],
        message: `expected an even multiple of heads ${heads}, so that each head has an even width`
      }]),
      ...(heads % kvHeads === 0 ? [] : [{
        path: ["sizes", name, "kvHeads"],
        message: `expected a divisor of heads ${heads}, so that every key head serves as many query heads`
      }])
    ]
  })

/** Rules of a schedule, once it is known whose it is. */
export const scheduleMistakes = (
  schedule: Schedule,
  path: ReadonlyArray<string>,
  { arm, resetEvery, steps }: { arm: string; resetEvery: number | undefined; steps: number | undefined }
): ReadonlyArray<Mistake> => {
  const at = (setting: string, message: string): Mistake => ({ path: [...path, setting], message })
  const mistakes: Array<Mistake> = []
  if (schedule.kind === "constant") return mistakes
  const horizon = schedule.horizon ?? steps
  if (horizon !== undefined && steps !== undefined && horizon < steps) {
    mistakes.push(at("horizon", `expected at least training.steps ${steps}`))
  }
  if (horizon !== undefined && schedule.warmupSteps >= horizon) {
    mistakes.push(at("warmupSteps", `expected less than the horizon ${horizon}, by which the rate has decayed`))
  }
  if (schedule.kind === "linear") return mistakes
  const period = schedule.restartEvery ?? resetEvery
  if (period === undefined) {
    mistakes.push(at("restartEvery", `is missing: arm ${arm} has no resetEvery to take it from`))
    return mistakes
  }
  if (period % schedule.warmupSteps !== 0) {
    mistakes.push(at("warmupSteps", `expected a divisor of the ${period} steps between restarts (arm ${arm})`))
  }
  if (schedule.restartWarmupSteps >= period) {
    mistakes.push(at("restartWarmupSteps", `expected less than the ${period} steps between restarts (arm ${arm})`))
  }
  return mistakes
}

/** Steps of the training, where they are right by themselves. */
const stepsOf = (study: Record<string, unknown>): number | undefined =>
  valid(Training.shape.steps, Object.fromEntries(entries(study["training"]))["steps"])

const armMistakes = (study: Record<string, unknown>): ReadonlyArray<Mistake> => {
  const usual = stepsOf(study)
  const batchSize = valid(Training.shape.batchSize, Object.fromEntries(entries(study["training"]))["batchSize"])
  const recompute = Object.fromEntries(entries(study["training"]))["recompute"] === true
  const common = valid(Schedule, Object.fromEntries(entries(study["training"]))["schedule"])
  return entries(study["arms"]).flatMap(([name, settings]) => {
    const arm = valid(Arm, settings)
    if (arm === undefined) return []
    const mistakes: Array<Mistake> = []
    // How many steps an arm makes that has another's work is known later.
    const steps = arm.equalWork === undefined ? usual : undefined
    const schedule = arm.schedule ?? common
    const resetEvery = "resetEvery" in arm ? arm.resetEvery : undefined
    if (schedule !== undefined) {
      const path = arm.schedule === undefined ? ["training", "schedule"] : ["arms", name, "schedule"]
      mistakes.push(...scheduleMistakes(schedule, path, { arm: name, resetEvery, steps }))
    }
    const at = (setting: string, message: string) => mistakes.push({ path: ["arms", name, setting], message })
    for (const [setting, message] of declarationOf(arm.method).rules(arm as never, steps)) at(setting, message)
    if ("heads" in arm && batchSize !== undefined && batchSize % arm.heads !== 0) {
      at("heads", `expected a divisor of training.batchSize ${batchSize}, so that every head has equally many rows`)
    }
    if (recompute && arm.method === "reslora") {
      at(
        "method",
        "does not go with training.recompute: its layers look at one another, and none can be made anew by itself"
      )
    }
    if (steps !== undefined && "warmStartSteps" in arm && arm.warmStartSteps >= steps) {
      at("warmStartSteps", `expected less than training.steps ${steps}, or the method is never used`)
    }
    return mistakes
  })
}

/** Budgets that name no arm they could be taken from. */
const budgetMistakes = (study: Record<string, unknown>): ReadonlyArray<Mistake> => {
  const arms = entries(study["arms"]).map(([name, settings]) => [name, Object.fromEntries(entries(settings))] as const)
  return arms.flatMap(([name, settings]) =>
    (["equalWork", "equalMemory"] as const).flatMap((setting) => {
      const wanted = settings[setting]
      const at = (message: string) => [{ path: ["arms", name, setting], message }]
      if (wanted === undefined) return []
      if (typeof wanted !== "string") return []
      const others = arms.filter(([other, of]) => other !== name && of[setting] === undefined).map(([other]) => other)
      if (others.includes(wanted)) return []
      const chained = arms.some(([other]) => other !== name && other === wanted)
      return at(
        `expected another arm${chained ? ` without ${setting} of its own` : ""}: ${others.join(", ")}`
      )
    })
  )
}

/** Mistakes that show in what is written alone, before defaults are filled in. */
export const mistakesAsWritten = (study: unknown): ReadonlyArray<Mistake> =>
  entries(Object.fromEntries(entries(study))["arms"]).flatMap(([name, settings]) => {
    const written = Object.fromEntries(entries(settings))
    return written["equalMemory"] === undefined || written["rank"] === undefined
      ? []
      : [{ path: ["arms", name, "rank"], message: "is chosen by equalMemory: leave out one of the two" }]
  })

const targetMistakes = (study: Record<string, unknown>): ReadonlyArray<Mistake> => {
  const layers = Math.max(1, ...entries(study["sizes"]).map(([, size]) => valid(Size, size)?.layers ?? 1))
  const names = Array.from({ length: layers }, (_, layer) => linearLayers.map((linear) => `layers.${layer}.${linear}`))
    .flat()
  return entries(study["arms"]).flatMap(([arm, settings]) => {
    const written = Object.fromEntries(entries(settings))["targets"]
    const targets = Array.isArray(written) ? written.filter((target) => typeof target === "string") : []
    return targets.flatMap((target, index) => {
      const at = (message: string) => [{ path: ["arms", arm, "targets", index], message }]
      if (lastLayer.includes(target)) return at(`expected none that names ${lastLayer}, too: it is trained in full`)
      return names.some((name) => name.includes(target))
        ? []
        : at(`expected part of the name of a linear layer (${linearLayers.join(", ")})`)
    })
  })
}

/** Steps listed by hand that are not among `allowed`. */
const listed = (
  steps: Steps,
  path: ReadonlyArray<string>,
  allowed: (step: number) => boolean,
  message: string
): ReadonlyArray<Mistake> =>
  Array.isArray(steps)
    ? steps.flatMap((step, index) =>
      typeof step === "number" && !allowed(step) ? [{ path: [...path, index], message }] : []
    )
    : []

/** Sides of a linear layer's matrix, [out, in], by the end of its name. */
const sidesOf = (
  linear: string,
  { heads, hidden, kvHeads, width }: z.output<typeof Size>
): readonly [number, number] => {
  if (/[kv]_proj$/.test(linear)) return [width / heads * kvHeads, width]
  if (/w_[01]$/.test(linear)) return [hidden, width]
  return linear.endsWith("w_2") ? [width, hidden] : [width, width]
}

/** Ranks that no product of the adapted matrices' shapes can have: the adapter would be wider than what it adapts. */
const rankMistakes = (study: Record<string, unknown>): ReadonlyArray<Mistake> =>
  entries(study["arms"]).flatMap(([arm, settings]) => {
    const method = valid(Arm, settings)
    if (method === undefined || !("rank" in method) || method.equalMemory !== undefined) return []
    const targets = "targets" in method ? method.targets : [""]
    const path = ["arms", arm, "rank"]
    return entries(study["sizes"]).flatMap(([name, shape]) => {
      const size = valid(Size, shape)
      if (size === undefined || size.width % size.heads !== 0) return []
      const rank = rankAt(method.rank, size.width)
      if (!Number.isInteger(rank)) {
        return [{ path, message: `expected a divisor of width ${size.width} of size ${name}` }]
      }
      if (method.method === "lora-squeeze" && typeof method.rank === "string" && method.ranks[0]! >= rank) {
        return [{ path: ["arms", arm, "ranks"], message: `expected ranks below ${rank}, the rank in size ${name}` }]
      }
      const adapted = linearLayers.filter((linear) =>
        targets.some((target) =>
          Array.from({ length: size.layers }, (_, layer) => `layers.${layer}.${linear}`).some((full) =>
            full.includes(target)
          )
        )
      ).map((linear) => ({ linear, sides: sidesOf(linear, size) }))
      const least = adapted.toSorted((a, b) => Math.min(...a.sides) - Math.min(...b.sides))[0]
      if (least === undefined || rank <= Math.min(...least.sides)) return []
      return [{
        path,
        message: `expected at most ${Math.min(...least.sides)}, the smaller side of ${least.linear} (${
          least.sides.join(" × ")
        }) in size ${name}; lower it, or leave that layer out of targets`
      }]
    })
  })

const stepMistakes = (study: Record<string, unknown>): ReadonlyArray<Mistake> => {
  const last = stepsOf(study)
  const checkpoints = valid(Steps, study["checkpoints"])
  if (last === undefined || checkpoints === undefined) return []
  const evaluated = valid(Evaluation, study["evaluation"])?.steps
  const kept = new Set([0, last, ...stepsUpTo(last, checkpoints)])
  return [
    ...listed(checkpoints, ["checkpoints"], (step) => step <= last, `expected at most training.steps ${last}`),
    ...(evaluated === undefined ? [] : listed(
      evaluated,
      ["evaluation", "steps"],
      (step) => kept.has(step),
      "expected one of the checkpoints: only their weights are kept"
    ))
  ]
}

const seedMistakes = (study: Record<string, unknown>): ReadonlyArray<Mistake> =>
  (valid(Seeds, study["seeds"]) ?? []).flatMap((seed, index, seeds) =>
    seeds.indexOf(seed) === index ? [] : [{ path: ["seeds", index], message: "expected each seed once" }]
  )

const claimMistakes = (study: Record<string, unknown>): ReadonlyArray<Mistake> => {
  const arms = entries(study["arms"]).flatMap(([name, settings]) => {
    const arm = valid(Arm, settings)
    if (arm?.equalWork !== undefined) return []
    return arm === undefined ? [name] : Object.keys(swept({ [name]: arm }))
  })
  const sizes = entries(study["sizes"]).map(([name]) => name)
  const claims = Array.isArray(study["claims"]) ? study["claims"] : []
  return claims.flatMap((settings, index) => {
    const claim = valid(Claim, settings)
    if (claim === undefined) return []
    const at = (setting: string, message: string): Mistake => ({ path: ["claims", index, setting], message })
    const isArm = (name: string | number) => typeof name === "number" || arms.includes(name)
    const oneOf = (names: ReadonlyArray<string>) => names.join(", ")
    return [
      ...(isArm(claim.of) ? [] : [at("of", `expected an arm of the study: ${oneOf(arms)}`)]),
      ...(isArm(claim.than) ? [] : [at("than", `expected a number or an arm of the study: ${oneOf(arms)}`)]),
      ...("is" in claim
        ? [
          ...(claim.at === "every size" || sizes.includes(claim.at)
            ? []
            : [at("at", `expected every size, or a size of the study: ${oneOf(sizes)}`)]),
          ...(claim.is === "within" && claim.margin === 0 ? [at("margin", "is missing: within what distance?")] : []),
          ...(claim.is === "=" && claim.margin > 0 ? [at("margin", "expected none with =; or is: within")] : [])
        ]
        : sizes.length < 2
        ? [at("gap", "expected a study of at least two sizes")]
        : [])
    ]
  })
}

/** Mistakes between the settings of a study file, whatever else is wrong with it. */
export const mistakesAcross = (study: unknown): ReadonlyArray<Mistake> => {
  const settings = Object.fromEntries(entries(study))
  const rules = [
    nameMistakes,
    sizeMistakes,
    armMistakes,
    budgetMistakes,
    targetMistakes,
    rankMistakes,
    stepMistakes,
    seedMistakes,
    evaluationMistakes,
    claimMistakes
  ]
  const found = rules.flatMap((rule) => rule(settings))
  // Arms that share training.schedule find the same mistake in it.
  return found.filter((mistake, index) =>
    found.findIndex(({ message, path }) =>
      message === mistake.message && path.join("\n") === mistake.path.join("\n")
    ) === index
  )
}
