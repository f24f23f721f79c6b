/** Tables of the database that hold what came from outside: inputs, settings and published figures. */
import type { Labelled } from "../../../pipeline/stage.ts"
import { inputLeaf } from "../../../schemas/leaf.ts"
import type { Digests } from "../load.ts"
import { measurements } from "../measurements.ts"
import type { SourceName } from "../published.ts"

/** One input of the report. */
export interface Input {
  readonly leaf: string
  /** Logical digest. */
  readonly digest: string
  readonly labels: Labelled<string>["labels"]
}

export type Base =
  /** Rows of inputs, told apart by the column `input`: their place among these. */
  | { readonly kind: "inputs"; readonly inputs: ReadonlyArray<Input> }
  /** Rows of one input. */
  | { readonly kind: "input"; readonly input: Input }
  /** Settings: of the list at a leaf, each row one entry by its column `position`; or of no list. */
  | {
    readonly kind: "settings"
    readonly leaf: string
    readonly list: boolean
    readonly settings?: ReadonlyArray<string>
  }
  /** Published figures. */
  | { readonly kind: "facts"; readonly published: ReadonlyArray<SourceName> }
  /** What the report makes on its way from other tables. */
  | { readonly kind: "made"; readonly from: ReadonlyArray<string> }
  /** What the code holds: names of measures and their units. */
  | { readonly kind: "words" }

export type Bases = Readonly<Record<string, Base>>

const facts = (...published: ReadonlyArray<SourceName>): Base => ({ kind: "facts", published })

const inputsOf = (port: string, digests: ReadonlyArray<Labelled<string>>): Base => ({
  kind: "inputs",
  inputs: digests.map(({ labels, value }) => ({ leaf: inputLeaf(port, labels), digest: value, labels }))
})

const inputOf = (port: string, digest: string): Base => ({
  kind: "input",
  input: { leaf: inputLeaf(port), digest, labels: {} }
})

/** Every table that queries may come down to, by name. */
export const basesOf = (digests: Digests): Bases => ({
  ...Object.fromEntries(
    (Object.keys(measurements) as ReadonlyArray<keyof typeof measurements>).map((
      name
    ) => [name, inputsOf(name, digests[name])])
  ),
  work_perplexity: inputsOf("workPerplexity", digests.workPerplexity),
  model_perplexity: inputsOf("modelPerplexity", digests.modelPerplexity),
  model_accuracy: inputsOf("modelAccuracy", digests.modelAccuracy),
  model_spectra: inputsOf("modelSpectra", digests.modelSpectra),
  documents: inputOf("documents", digests.documents),
  packed: inputOf("packed", digests.packed),
  study: { kind: "settings", leaf: "config", list: false, settings: ["steps", "batchSize", "sequenceLength"] },
  sizes: { kind: "settings", leaf: "config.sizes", list: true },
  arms: { kind: "settings", leaf: "config.arms", list: true },
  work_arms: { kind: "settings", leaf: "config.atWork", list: true },
  claims: { kind: "settings", leaf: "config.claims", list: true },
  settings: { kind: "settings", leaf: "config.settings", list: true },
  published_models: facts("models"),
  published_curves: facts("curves"),
  published_merges: facts("merges"),
  published_minimal_pairs: facts("pairs"),
  published_paradigms: facts("pairs"),
  published_spectra: facts("weights", "updates"),
  published_tests: facts("tests"),
  published_costs: facts("cost"),
  published_scale: facts("training"),
  published_settings: facts("training"),
  published_rates: facts("training"),
  published_sources: facts(),
  accuracy_differences: { kind: "made", from: ["scores", "accuracy"] },
  phenomenon_differences: { kind: "made", from: ["scores"] },
  paradigm_differences: { kind: "made", from: ["scores"] },
  chance_tests: { kind: "made", from: ["accuracy"] },
  measures: { kind: "words" }
})
