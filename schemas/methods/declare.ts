/** How a method declares its settings: once, for what a study may write and for what the numeric stages are told. */
import * as z from "zod"
import { Schedule } from "../schedule.ts"
import { between, list, natural, positive, positiveNumber, text } from "../setting.ts"

/**
 * What a setting's value shows in, where that is not every step the method makes:
 *
 * - `planned`: nothing but the steps at which something happens, or how weights are looked at; no numeric stage is told it;
 * - `attach`: the state that the method's first step finds;
 * - an event's name: what that event does.
 *
 * A segment of training is told settings of the last two kinds only if it holds such a step, so that segments which do
 * not depend on them are shared.
 */
export type When = "planned" | "attach" | (string & Record<never, never>)

type Bare<S> = S extends z.ZodDefault<infer Inner> ? Bare<Inner> : S

/** A setting as it is resolved: its default filled in, rank and scale as numbers. */
type Resolved<Name, S> = Name extends "rank" ? typeof positive
  : Name extends "alpha" ? typeof positiveNumber
  : Bare<S>

type ResolvedShape<Kind extends string, S extends z.core.$ZodLooseShape, W, Draws> =
  & { readonly kind: z.ZodLiteral<Kind> }
  & {
    readonly [K in keyof S as K extends keyof W ? W[K] extends "planned" ? never : K : K]: K extends keyof W
      ? z.ZodOptional<Resolved<K, S[K]>>
      : Resolved<K, S[K]>
  }
  & (Draws extends true ? { readonly seed: typeof natural } : unknown)

type ShownShape<Kind extends string, S extends z.core.$ZodLooseShape, Shown extends keyof S, ShownSeed> =
  & { readonly kind: z.ZodLiteral<Kind> }
  & { readonly [K in Shown]: Resolved<K, S[K]> }
  & (ShownSeed extends true ? { readonly seed: typeof natural } : unknown)

const own = {
  schedule: Schedule.optional().describe("default: training.schedule"),
  learningRate: positiveNumber.optional().describe("peak; default: training.learningRate"),
  sweep: list(positiveNumber, "learning rates").optional().describe(
    "learning rates to try: the arm is trained at each, as NAME.RATE, and the report compares arms at their best"
  ),
  equalWork: text.optional().describe(
    "another arm: this one makes as many steps as take no more floating-point operations than that one's training, rather " +
      "than training.steps; the report compares the two in its table budgets alone"
  ),
  equalMemory: z.union([text, positive], "expected the name of an arm, or bytes").optional().describe(
    "another arm, or bytes: the rank of this one (without a rank, the model's width) is the largest whose state takes no more"
  )
}

/** A setting that does not go with others, and why. */
export type Rule = readonly [setting: string, message: string]

export interface Declaration {
  readonly draws: boolean
  /** Settings whose value shows in some steps only. */
  readonly when: Readonly<Record<string, When>>
  /** Settings that a state's weights cannot be read without. */
  readonly shown: ReadonlyArray<string>
  /** Mistakes between the settings of one arm; `steps` is the study's, where it is right. */
  readonly rules: (arm: never, steps: number | undefined) => ReadonlyArray<Rule>
}

const bare = (name: string, schema: unknown): z.ZodType => {
  if (name === "rank") return positive
  if (name === "alpha") return positiveNumber
  return schema instanceof z.ZodDefault ? bare(name, schema.unwrap()) : schema as z.ZodType
}

/** Declares a method's settings. */
export const declare = <
  const Kind extends string,
  S extends z.core.$ZodLooseShape,
  const W extends { readonly [K in keyof S]?: When } = Record<never, never>,
  const Shown extends keyof S & string = never,
  const Draws extends boolean = true,
  const ShownSeed extends boolean = false
>({
  about,
  draws = true as Draws,
  kind,
  rules = () => [],
  settings,
  shown = [],
  shownSeed = false as ShownSeed,
  when = {} as W
}: {
  readonly kind: Kind
  /** One sentence for whoever writes a study. */
  readonly about: string
  /** Whether it draws random numbers, and so is told the seed. */
  readonly draws?: Draws
  readonly settings: S
  readonly when?: W
  readonly shown?: ReadonlyArray<Shown>
  /** Whether weights cannot be read without the seed, either. */
  readonly shownSeed?: ShownSeed
  readonly rules?: (arm: z.output<z.ZodObject<S>>, steps: number | undefined) => ReadonlyArray<Rule>
}) => {
  const told = Object.entries(settings).flatMap(([name, schema]) => {
    const at: When | undefined = (when as Record<string, When>)[name]
    if (at === "planned") return []
    const resolved = bare(name, schema)
    return [[name, at === undefined ? resolved : resolved.optional()] as const]
  })
  const resolved = { kind: z.literal(kind), ...Object.fromEntries(told), ...draws && { seed: natural } } as unknown
  return {
    kind,
    /** As an arm of a study. */
    arm: z.strictObject({ method: z.literal(kind).describe(about), ...settings, ...own }),
    /** As a numeric stage is told it. */
    method: z.strictObject(resolved as ResolvedShape<Kind, S, W, Draws>),
    /** What of it a checkpoint is told. */
    shown: z.strictObject({
      kind: z.literal(kind),
      ...Object.fromEntries(shown.map((name) => [name, bare(name, settings[name])])),
      ...shownSeed && { seed: natural }
    } as unknown as ShownShape<Kind, S, Shown, ShownSeed>),
    declaration: { draws, when, shown: shownSeed ? [...shown, "seed"] : shown, rules } as Declaration
  }
}

// Settings that several methods have.

const ofWidth = "width/"
const ofRank = "rank*"
const rankExpected = "expected a positive whole number, or width/N: the model's width over a whole number"
const alphaExpected = "expected a number above 0, or rank*X: a multiple of the rank"

export const rank = z.union([positive, text.regex(/^width\/[1-9]\d*$/, rankExpected)], rankExpected)
export const alpha = z.union([positiveNumber, text.regex(/^rank\*\d+(\.\d+)?$/, alphaExpected)], alphaExpected)

/** The rank meant at a width; no whole number where the width is no multiple. */
export const rankAt = (setting: number | string, width: number): number =>
  typeof setting === "number" ? setting : width / Number(setting.slice(ofWidth.length))

/** The scale's numerator meant at a rank. */
export const alphaAt = (setting: number | string, rank: number): number =>
  typeof setting === "number" ? setting : rank * Number(setting.slice(ofRank.length))

export const targets = list(text, "substrings of layer names").default(["attention", "swiglu"]).describe(
  "which linear layers the method adapts, by substring of their name"
)
export const warmStartSteps = natural.default(0).describe("full-rank steps before the method begins")
export const productDtype = z.enum(["float32", "bf16"]).default("float32").describe(
  "precision in which B·A is stored for spectra; bf16 shows the rounding floor of the published figures"
)

/** Settings of a pair of thin matrices beside each adapted one. */
export const pair = {
  rank: rank.default(16).describe("of the pair; width/N scales it with the model"),
  alpha: alpha.default(32).describe("scale of the pair's output is alpha / rank; rank*X keeps the scale at X"),
  dropout: between(0, 0.9).default(0.1).describe("on the adapter's input"),
  targets
}
