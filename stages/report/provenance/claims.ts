/** Where what is decided of claims comes from: which measurements depends on what a claim is about. */
import { lastOf, type Source, tail } from "./source.ts"

/** A column of the row's claim. */
export const claim = (column: string): string =>
  `(select ${column} from claims where claims.position = answer.number - 1)`

/** Columns of settings of a claim, by name, and columns that are judged by all of them; `number` counts claims from 1. */
export const claimSettings = (
  number: string,
  named: Readonly<Record<string, ReadonlyArray<string>>>,
  judged: ReadonlyArray<string>
): ReadonlyArray<Source> => {
  const where = { position: `${number} - 1` }
  return [
    ...Object.entries(named).map(([column, settings]) => ({
      from: "claims",
      columns: [column],
      where,
      ...(settings.length === 0 ? {} : { settings })
    })),
    { from: "claims", columns: judged, where, settings: ["measure", "of", "than", "relation", "margin", "size"] }
  ]
}

/** Expressions for what a row's claim is about. */
interface About {
  readonly measure: string
  readonly of: string
  readonly than: string
  /** Condition on sizes. */
  readonly sizes: { readonly size?: ReadonlyArray<string> }
}

/** Measurements behind columns that are judged. */
export const measured = (
  columns: ReadonlyArray<string>,
  { measure, of, sizes, than }: About
): ReadonlyArray<Source> => {
  /** Both arms of the claim, and others, where it is about one of some measures. */
  const arms = (measures: ReadonlyArray<string>, ...others: ReadonlyArray<string>) =>
    [of, than, ...others].map((arm) =>
      `if(${measure} in (${measures.map((name) => `'${name}'`).join(", ")}), ${arm}, null)`
    )
  const where = (measures: ReadonlyArray<string>) => ({ ...sizes, arm: arms(measures) })
  const baselines = (sizes.size ?? ["null"]).map((size) =>
    `(select baselines.arm from baselines where baselines.size = ${size})`
  )
  const everyBaseline = sizes.size === undefined
    ? ["(select min(arm) from baselines)", "(select max(arm) from baselines)"]
    : baselines
  const spectra = (measures: ReadonlyArray<string>, kind: string) => ({
    from: "spectra",
    columns,
    where: { ...where(measures), kind: `'${kind}'`, head: "-1", step: lastOf("spectra") }
  })
  return [
    { from: "metrics", columns, where: { ...where(["training-loss"]), step: tail } },
    {
      from: "study",
      columns,
      where: { position: `if(${measure} = 'training-loss', 0, null)` },
      settings: ["steps"]
    },
    {
      from: "perplexity",
      columns,
      where: { ...where(["held-out-loss", "perplexity-by-text"]), step: lastOf("perplexity") }
    },
    {
      from: "accuracy",
      columns,
      where: {
        ...where(["accuracy"]),
        suite: "(select if(bool_or(suite = 'blimp'), 'blimp', 'generated') from accuracy)",
        step: lastOf("accuracy")
      }
    },
    spectra(["weight-rank", "weight-condition"], "weight"),
    spectra(["update-rank", "update-condition"], "realised"),
    // means before and after every merge, less those of the full-rank run
    { from: "metrics", columns, where: { ...sizes, arm: arms(["merge-jump"], ...everyBaseline) } },
    {
      from: "spectra",
      columns,
      where: {
        ...where(["first-cycle-change"]),
        kind: "'realised'",
        head: "-1",
        step: { from: "0", to: `(select max(first_merge) from arms where arms.arm in (${of}, ${than}))` }
      }
    },
    { from: "metrics", columns, where: { ...where(["first-cycle-change"]), event: "'attach'" } },
    { from: "arms", columns, where: where(["first-cycle-change"]), settings: ["merges"] }
  ]
}

/** Published figures beside columns that are judged, of some of the published models. */
export const publishedBeside = (
  columns: ReadonlyArray<string>,
  measure: string,
  models: ReadonlyArray<string>
): ReadonlyArray<Source> => {
  const size = (...measures: ReadonlyArray<string>) =>
    models.map((model) => `if(${measure} in (${measures.map((name) => `'${name}'`).join(", ")}), ${model}, null)`)
  return [
    {
      from: "published_curves",
      columns,
      where: {
        size: size("training-loss", "held-out-loss", "perplexity-by-text", "accuracy"),
        step: lastOf("published_curves")
      }
    },
    ...(["weight", "update"] as const).map((kind) => ({
      from: "published_spectra",
      columns,
      where: { size: size(`${kind}-rank`, `${kind}-condition`), kind: `'${kind}s'` },
      published: `${kind}s` as const
    })),
    { from: "published_merges", columns, where: { size: size("merge-jump") } },
    {
      from: "published_spectra",
      columns,
      where: { size: size("first-cycle-change"), kind: "'weights'", method: "'relora'", step: ["100", "2100"] },
      published: "weights"
    }
  ]
}
