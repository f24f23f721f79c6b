/** For every setting of a study: another value, and the instances whose own record it is in. */
import { type Document, stringify } from "yaml"
import type { Study } from "../../schemas/study.ts"
import { checkpointSteps } from "../../stages/study-steps.ts"

/** What YAML holds. */
type Data = ReturnType<Document["toJS"]>
/** A study as data, before defaults. */
export type Settings = Record<string, Data>

/** A pattern of instances' ids. */
export interface Pattern {
  readonly test: (id: string) => boolean
}

export interface Mutation {
  /** Setting as it stands in the resolved study. */
  readonly setting: string
  readonly to: unknown
  /** Settings that must change with it for the study to be valid, by path. */
  readonly with?: Readonly<Record<string, unknown>>
  /**
   * Instances in whose own record it is, by patterns of their ids; all others change only if they take from these. None:
   * a setting that decides whether something runs, and not what comes of it.
   */
  readonly own: ReadonlyArray<Pattern>
  /** Instances that take from another instance than before, by patterns. */
  readonly rewired?: ReadonlyArray<Pattern>
  /** Instances that come or go, by patterns; none where absent. */
  readonly added?: ReadonlyArray<Pattern>
  readonly removed?: ReadonlyArray<Pattern>
}

/** Sets a value at a path of names. Names of arms and sizes hold no dots here. */
export const assign = (settings: Settings, path: string, value: unknown): Settings => {
  const copy = structuredClone(settings)
  const names = path.replaceAll(/\[(\d+)\]/g, ".$1").split(".")
  let at = copy
  for (const name of names.slice(0, -1)) at = at[name] ??= {}
  if (value === undefined) delete at[names.at(-1)!]
  else at[names.at(-1)!] = value
  return copy
}

export const mutated = (settings: Settings, { setting, to, with: also = {} }: Mutation): string =>
  stringify(
    Object.entries({ [setting]: to, ...also }).reduce(
      (changed, [path, value]) => assign(changed, path, value),
      settings
    ),
    { aliasDuplicateObjects: false }
  )

const report = /^report$/
const tokenize = /^tokenize$/
const pairs = /^pairs$/
const pretrain = /^pretrain\//
const evaluate = /^evaluate\//
const probe = /^probe\//
const similarity = /^similarity\//
const initialise = /^initialise\//
const spectra = /^spectra\//
/** Ids of a stage's instances of an arm, by the step they end at. */
const ending = (stage: string, arm: string, at: (step: number) => boolean): Pattern => ({
  test: (id) => {
    const last = new RegExp(`^${stage}/[^/]+/${arm}/\\d+/(?:\\d+-)?(\\d+)$`).exec(id)?.[1]
    return last !== undefined && at(Number(last))
  }
})
const after = (stage: string, arm: string, from: number) => ending(stage, arm, (step) => step > from)

/** Segments of an arm that make an update of a kind; the n-th update is n. */
const updating = (arm: string, is: (update: number) => boolean): Pattern => ({
  test: (id) => {
    const [, first, last] = new RegExp(`^pretrain/[^/]+/${arm}/\\d+/(\\d+)-(\\d+)$`).exec(id) ?? []
    if (last === undefined) return false
    for (let update = Number(first) + 1; update <= Number(last); update++) if (is(update)) return true
    return false
  }
})

/** Whether an update climbs back after a restart: it counts from 1, and the schedule's time from 0. */
const climbs = (update: number, period: number, steps: number) => update > period && (update - 1) % period < steps

/** Another value for each setting of a claim. */
const claimMutations = (claim: Settings): ReadonlyArray<readonly [name: string, to: unknown]> => [
  ["says", "something else"],
  ["source", "somebody else"],
  ["measure", claim["measure"] === "training-loss" ? "accuracy" : "training-loss"],
  ["of", claim["of"] === "full-rank" ? "relora-described" : "full-rank"],
  ["than", 7],
  ...("gap" in claim
    ? [["gap", "shrinks with size"]] as const
    : [
      ["is", claim["is"] === ">" ? "<" : ">"],
      ["at", "nano"],
      ["margin", 0.5]
    ] as const)
]

/** Mutations of a schedule of arms, and the updates whose learning rate follows from the setting. */
const schedule = (
  setting: string,
  arms: ReadonlyArray<string>,
  settings: Settings,
  resetEvery: number
): ReadonlyArray<Mutation> => {
  const where = (is: (update: number) => boolean) =>
    arms.length === 0 ? [] : [...arms.map((arm) => updating(arm, is)), report]
  const every = where(() => true)
  const { warmupSteps: warm } = settings
  switch (settings["kind"]) {
    case "linear":
      return [
        { setting: `${setting}.warmupSteps`, to: 7, own: every },
        { setting: `${setting}.horizon`, to: 5000, own: where((update) => update - 1 > warm) },
        { setting, to: { kind: "constant", warmupSteps: warm }, own: where((update) => update - 1 > warm) }
      ]
    case "jagged-cosine": {
      const decayed = where((update) => update - 1 >= warm + 1)
      const before = settings["restartWarmupSteps"] as number
      return [
        { setting: `${setting}.warmupSteps`, to: warm / 2, own: every },
        {
          setting: `${setting}.restartWarmupSteps`,
          to: 4,
          own: where((update) => climbs(update, resetEvery, Math.max(4, before)))
        },
        { setting: `${setting}.minRatio`, to: 0.5, own: decayed },
        { setting: `${setting}.horizon`, to: 5000, own: decayed },
        {
          setting: `${setting}.restartEvery`,
          to: resetEvery * 2,
          own: where((update) => climbs(update, resetEvery, before) !== climbs(update, resetEvery * 2, before))
        },
        { setting, to: { kind: "linear", warmupSteps: warm, horizon: 400 }, own: decayed }
      ]
    }
    default:
      return [{ setting: `${setting}.warmupSteps`, to: 10, own: where((update) => update > 1 && update <= warm) }]
  }
}

/** Whether adapters are merged after an update. */
const merges = (update: number, resetEvery: number, warm: number) =>
  update > warm + 1 && (update - warm - 1) % resetEvery === 0

/** Mutations of a resolved study: of each of its settings, and of those it leaves out. */
export const mutationsOf = (study: Settings): ReadonlyArray<Mutation> => {
  const arms = Object.entries(study["arms"] as Settings)
  const sizes = Object.keys(study["sizes"])
  const at = (name: string) => new RegExp(`^pretrain/[^/]+/${name}/`)
  /** Arms that follow the training's setting, having none of their own. */
  const following = (setting: string) => arms.filter(([, arm]) => arm[setting] === undefined).map(([name]) => name)
  const seed = study["seeds"][0] as number
  const ofSeed = (seed: number) => [new RegExp(`^(initialise/[^/]+/${seed}$|\\w+/[^/]+/[^/]+/${seed}(/|$))`)]
  const { steps } = study["training"]
  const claims = (study["claims"] ?? []) as ReadonlyArray<Settings>
  return [
    { setting: "name", to: "other", own: [report] },
    { setting: "about", to: "another sentence", own: [report] },
    { setting: "salt", to: "2026", own: [/./] },
    { setting: "salt", to: { spectra: "2026", report: "2026" }, own: [spectra, report] },
    {
      setting: "claims",
      to: [...claims, {
        says: "it learns",
        measure: "training-loss",
        of: Object.keys(study["arms"])[0],
        is: "<",
        than: 7
      }],
      own: [report]
    },
    ...claims.flatMap((claim, index) =>
      claimMutations(claim).map(([name, to]) => ({
        setting: `claims[${index}].${name}`,
        to,
        // Equality knows no margin.
        ...(name === "margin" && claim["is"] === "=" ? { with: { [`claims[${index}].is`]: ">" } } : {}),
        own: [report]
      }))
    ),
    { setting: "corpus.heldOutFraction", to: 0.2, own: [tokenize] },
    { setting: "corpus", to: { source: "files", paths: ["."], format: "text" }, own: [tokenize] },
    { setting: "tokenizer.vocabulary", to: 600, own: [tokenize, initialise, pretrain, evaluate, probe, report] },
    { setting: "sequenceLength", to: 96, own: [tokenize, pretrain, evaluate, report] },
    ...sizes.flatMap((size): ReadonlyArray<Mutation> => {
      const numeric = ["initialise", "pretrain", "evaluate", "probe"].map((stage) => new RegExp(`^${stage}/${size}/`))
      const shape = [...numeric, new RegExp(`^(spectra|dynamics)/${size}/`), report]
      return [
        { setting: `sizes.${size}.width`, to: 120, own: [...numeric, report] },
        { setting: `sizes.${size}.hidden`, to: 100, own: [...numeric, report] },
        { setting: `sizes.${size}.layers`, to: 3, own: [...shape, new RegExp(`^similarity/${size}/`)] },
        { setting: `sizes.${size}.heads`, to: study["sizes"][size].kvHeads, own: shape },
        { setting: `sizes.${size}.kvHeads`, to: study["sizes"][size].kvHeads / 2, own: shape },
        {
          setting: `sizes.other`,
          to: { width: 48, hidden: 50, layers: 1, heads: 2, kvHeads: 1 },
          own: [report],
          added: [/^\w+\/other\//]
        }
      ]
    }),
    ...arms.flatMap(([name, arm]): ReadonlyArray<Mutation> => {
      const all = [at(name)]
      const common: ReadonlyArray<Mutation> = [
        { setting: `arms.${name}.learningRate`, to: 7e-4, own: [...all, report] },
        ...(arm.schedule === undefined
          ? [{ setting: `arms.${name}.schedule`, to: { kind: "constant", warmupSteps: 3 }, own: [...all, report] }]
          : schedule(`arms.${name}.schedule`, [name], arm.schedule, arm.resetEvery))
      ]
      if (arm.method === "full-rank") {
        const relora = { method: "relora", rank: 2, resetEvery: steps / 4 }
        return [
          ...common,
          {
            setting: `arms.${name}`,
            to: relora,
            own: [at(name), after("checkpoint", name, 0), after("probe", name, 0), report]
          },
          { setting: `arms.added`, to: { method: "full-rank" }, own: [report], added: [/^\w+\/[^/]+\/added\//] }
        ]
      }
      const warm = arm.warmStartSteps as number
      const trained = after("pretrain", name, warm)
      const looked = after("checkpoint", name, warm)
      const attached = (warm: number) => updating(name, (update) => update === warm + 1)
      const merging = updating(name, (update) => merges(update, arm.resetEvery, warm))
      const { productDtype: stored, resetEvery } = arm
      const otherReset = warm % (resetEvery * 2) === 0 ? resetEvery * 2 : resetEvery / 2
      const climb = arm.schedule?.restartWarmupSteps as number | undefined
      const otherWarm = warm > 0 ? 0 : resetEvery * 2
      const [early, late] = [Math.min(warm, otherWarm), Math.max(warm, otherWarm)]
      const joined = isCheckpoint(study, warm) ? {} : unsplit(study, name, warm)
      return [
        ...common,
        { setting: `arms.${name}.rank`, to: 3, own: [trained, looked, after("probe", name, warm), report] },
        {
          setting: `arms.${name}.alpha`,
          to: 5,
          own: [trained, looked, after("probe", name, warm), report]
        },
        { setting: `arms.${name}.dropout`, to: 0.25, own: [trained, report] },
        { setting: `arms.${name}.targets`, to: ["attention"], own: [trained, report] },
        {
          setting: `arms.${name}.resetEvery`,
          to: otherReset,
          own: [
            updating(name, (update) =>
              merges(update, resetEvery, warm) !== merges(update, otherReset, warm) ||
              climb !== undefined && climbs(update, resetEvery, climb) !== climbs(update, otherReset, climb)),
            report
          ]
        },
        {
          setting: `arms.${name}.warmStartSteps`,
          to: otherWarm,
          own: [
            ending("pretrain", name, (step) => step > early && step <= late),
            ending("checkpoint", name, (step) => step > early && step <= late),
            ending("probe", name, (step) => step > early && step <= late),
            ending("spectra", name, (step) => stored === "bf16" && step > early && step <= late),
            updating(name, (update) => merges(update, resetEvery, warm) !== merges(update, resetEvery, otherWarm)),
            attached(late),
            report
          ],
          ...joined
        },
        { setting: `arms.${name}.initA`, to: arm.initA === "zero" ? "kaiming" : "zero", own: [attached(warm), report] },
        {
          setting: `arms.${name}.mergeScale`,
          to: arm.mergeScale === 1 ? "alpha/rank" : 1,
          own: [merging, report]
        },
        { setting: `arms.${name}.reinitEffective`, to: !arm.reinitEffective, own: [merging, report] },
        { setting: `arms.${name}.optimizerPrune`, to: 0.5, own: [merging, report] },
        {
          setting: `arms.${name}.productDtype`,
          to: stored === "bf16" ? "float32" : "bf16",
          own: [after("spectra", name, warm), report]
        },
        {
          setting: `arms.${name}`,
          to: {
            method: "full-rank",
            ...(arm.schedule === undefined ? {} : { schedule: { kind: "constant", warmupSteps: 3 } })
          },
          own: [
            arm.schedule === undefined ? after("pretrain", name, warm) : at(name),
            after("checkpoint", name, warm),
            after("probe", name, warm),
            ending("spectra", name, (step) => stored === "bf16" && step > warm),
            report
          ],
          ...joined
        },
        {
          setting: `arms.${name}`,
          to: undefined,
          with: { claims: claims.filter(({ of, than }) => of !== name && than !== name) },
          own: [report],
          removed: [new RegExp(`^\\w+/[^/]+/${name}/`)]
        }
      ]
    }),
    { setting: "seeds", to: [...study["seeds"], 7], own: [report], added: ofSeed(7) },
    { setting: "seeds", to: [7], own: [report], added: ofSeed(7), removed: ofSeed(seed) },
    { setting: "training.batchSize", to: 6, own: [pretrain, report] },
    { setting: "training.passes", to: 3, own: [] },
    { setting: "training.tokensAtOnce", to: 1, own: [pretrain] },
    { setting: "training.recompute", to: true, own: [pretrain] },
    {
      setting: "training.learningRate",
      to: 1e-4,
      own: following("learningRate").length === 0 ? [] : [...following("learningRate").map(at), report]
    },
    ...["beta1", "beta2", "epsilon", "weightDecay"].map((name) => ({
      setting: `training.${name}`,
      to: 0.5,
      own: [pretrain, report]
    })),
    ...schedule("training.schedule", following("schedule"), study["training"].schedule, 0),
    {
      setting: "training.steps",
      to: steps + steps / 2,
      own: [similarity, report],
      added: [
        new RegExp(
          `^\\w+/[^/]+/[^/]+/\\d+/(?:\\d+-)?(?:${
            Array.from({ length: steps / 2 }, (_, index) => steps + index + 1).join("|")
          })$`
        )
      ],
      // The last step is evaluated in any case; one that is no longer the last only where the study says so.
      ...(steps % (study["evaluation"]?.steps?.every ?? 1) === 0
        ? {}
        : { removed: [new RegExp(`^evaluate/[^/]+/[^/]+/\\d+/${steps}$`)] })
    },
    {
      setting: "checkpoints",
      to: [steps],
      // Realised changes are those since the checkpoint before.
      own: [new RegExp(`^spectra/[^/]+/[^/]+/\\d+/${steps}$`), similarity, report],
      ...checkpointsTo(study)
    },
    { setting: "analysis.components", to: ["v_proj"], own: [spectra] },
    { setting: "analysis.probe.sequences", to: 9, own: [probe] },
    { setting: "analysis.probe.length", to: 5, own: [probe] },
    { setting: "evaluation.textsPerDomain", to: 3, own: [evaluate] },
    { setting: "evaluation.pairsPerParadigm", to: 4, own: [pairs, evaluate] },
    { setting: "evaluation.stride", to: 20, own: [evaluate] },
    { setting: "evaluation.startToken", to: "<|endoftext|>", own: [evaluate] },
    { setting: "evaluation.pairs", to: { mine: { paths: ["."] } }, own: [pairs] },
    {
      setting: "evaluation.texts",
      to: { mine: { format: "text", paths: ["."] } },
      own: [evaluate],
      added: [/^texts\/mine$/]
    },
    {
      setting: "models",
      to: { other: { format: "llama2.c", path: "model.bin", tokenizer: "tokenizer.bin" } },
      with: { about: "with a model from elsewhere" },
      own: [report],
      added: [/^imported\/other$/, /^(evaluate|spectra)\/models\/other$/]
    },
    {
      setting: "evaluation.steps",
      to: [0],
      own: [report],
      removed: [new RegExp(`^evaluate/[^/]+/[^/]+/\\d+/(?!0$|${steps}$)`)]
    }
  ]
}

const isCheckpoint = (study: Settings, step: number) => checkpointSteps(study as Study).includes(step)

/** What becomes of the two segments that an arm's warm start makes of one, when it starts cold. */
const unsplit = (study: Settings, arm: string, warm: number) => {
  const steps = checkpointSteps(study as Study)
  const [first, last] = [steps.findLast((step) => step < warm)!, steps.find((step) => step > warm)!]
  return {
    added: [new RegExp(`^pretrain/[^/]+/${arm}/\\d+/${first}-${last}$`)],
    removed: [new RegExp(`^pretrain/[^/]+/${arm}/\\d+/(${first}-${warm}|${warm}-${last})$`)]
  }
}

/** What leaving out all checkpoints but the last makes of segments and checkpoints: one segment, or one each method. */
const checkpointsTo = (study: Settings) => {
  const last = study["training"].steps as number
  const ends = (arm: Settings) => {
    const warm = (arm["warmStartSteps"] ?? 0) as number
    return warm > 0 ? [`0-${warm}`, `${warm}-${last}`] : [`0-${last}`]
  }
  const kept = Object.entries(study["arms"] as Settings).map(([name, arm]) =>
    `${name}/\\d+/(?:${ends(arm).join("|")})$`
  )
  return {
    // Updates are measured against the checkpoint before.
    rewired: [new RegExp(`^checkpoint/[^/]+/[^/]+/\\d+/${last}$`)],
    added: Object.entries(study["arms"] as Settings).map(([name, arm]) =>
      new RegExp(`^pretrain/[^/]+/${name}/\\d+/(?:${ends(arm).join("|")})$`)
    ),
    removed: [
      new RegExp(`^pretrain/[^/]+/(?!${kept.join("|")})`),
      new RegExp(`^(?:checkpoint|spectra|probe|dynamics|evaluate)/[^/]+/[^/]+/\\d+/(?!0$|${last}$)`)
    ]
  }
}
