/** Edits of sources that may change results: the stages whose own records they change, and no other. */
import type { Sources } from "./sources.ts"

export interface Edit {
  readonly name: string
  readonly apply: (sources: Sources) => void
  /** Stages all or some of whose instances have a change of their own. */
  readonly stages: ReadonlyArray<string>
  /** Arm to which alone the change is confined. */
  readonly arms?: RegExp
  /** Engine before and after; onnx where none is named. */
  readonly engines?: readonly [before: string, after: string]
}

const replace = (file: string, from: string | RegExp, to: string) => ({ read, write }: Sources) => {
  const before = read(file)
  const after = before.replace(from, to)
  if (after === before) throw new Error(`${file} has nothing to edit`)
  write(file, after)
}

const training = ["evaluate", "pretrain", "probe"]
const all = [
  "checkpoint",
  "dynamics",
  "evaluate",
  "initialise",
  "pairs",
  "pretrain",
  "probe",
  "report",
  "similarity",
  "spectra",
  "tokenize"
]

export const edits: ReadonlyArray<Edit> = [
  {
    name: "another version of the engine",
    apply: replace("package-lock.json", /("node_modules\/onnxruntime-node": \{\s*"version": ")/, "$18"),
    stages: training
  },
  { name: "another engine", apply: () => undefined, engines: ["onnx", "reference"], stages: training },
  {
    name: "the code of the engine in use",
    apply: replace("tensor/reference/engine.ts", "of the project's own", "of another"),
    engines: ["reference", "reference"],
    stages: training
  },
  {
    name: "the base of the rotary embedding, a default of a declaration",
    apply: replace("schemas/model-shape.ts", "default(10_000)", "default(20_000)"),
    stages: ["evaluate", "initialise", "pretrain", "probe"]
  },
  {
    name: "a default of the optimizer",
    apply: replace("schemas/study-settings.ts", "beta2: fraction.default(0.999)", "beta2: fraction.default(0.99)"),
    stages: ["pretrain", "report"]
  },
  {
    name: "a default of the method",
    apply: replace(
      "schemas/methods/declare.ts",
      "dropout: between(0, 0.9).default(0.1)",
      "dropout: between(0, 0.9).default(0.2)"
    ),
    stages: ["pretrain", "report"],
    arms: /relora/
  },
  {
    name: "the seed of the order of rows",
    apply: replace("stages/study.ts", "shuffleSeed: 42", "shuffleSeed: 43"),
    stages: ["tokenize"]
  },
  {
    name: "the seed of the pairs",
    apply: replace("stages/study.ts", "pairsSeed: 42", "pairsSeed: 43"),
    stages: ["pairs"]
  },
  {
    name: "how often a word must occur",
    apply: replace("stages/study.ts", "minimumCount: 10", "minimumCount: 11"),
    stages: ["pairs"]
  },
  {
    name: "which files the held-out domains take",
    apply: replace("stages/tokenize/sources.ts", /\n    10\n/, "\n    12\n"),
    stages: ["tokenize"]
  },
  {
    name: "the formula of a schedule",
    apply: replace("model/schedule.ts", "(1 - minRatio) * 0.5", "(1 - minRatio) * 0.49"),
    stages: ["pretrain", "report"],
    arms: /relora/
  },
  {
    name: "when adapters are merged",
    apply: replace("model/schedule.ts", "warmStartSteps + resetEvery + 1", "warmStartSteps + resetEvery"),
    stages: ["pretrain", "report"],
    arms: /relora/
  },
  {
    name: "an arm in words",
    apply: replace("stages/arm.ts", "all parameters trained", "every parameter trained"),
    stages: ["report"]
  },
  {
    name: "the query of one table",
    apply: replace("stages/report/tables/loss.sql", "order by runs.place", "order by runs.place desc"),
    stages: ["report"]
  },
  {
    name: "a view that queries share",
    apply: replace("stages/report/views/spectra.sql", "< 0.025", "< 0.05"),
    stages: ["report"]
  },
  {
    name: "a published figure",
    apply: replace("stages/report/published/curves.ts", "4.881", "4.882"),
    stages: ["report"]
  },
  {
    name: "a figure's colour",
    apply: replace("stages/report/figures/style.ts", /#[0-9a-fA-F]{6}/, "#123456"),
    stages: ["report"]
  },
  {
    name: "the look of the page",
    apply: replace("stages/report/format/page.css.ts", "margin", "padding"),
    stages: ["report"]
  },
  {
    name: "a column's type",
    apply: replace("schemas/tables.ts", "row: int32(", "row: int64("),
    stages: ["tokenize"]
  },
  {
    name: "a column's name",
    apply: replace("schemas/tables.ts", "part: text(", "portion: text("),
    stages: ["checkpoint"]
  },
  {
    name: "a table's name",
    apply: replace("schemas/tables.ts", "table(\"words\"", "table(\"vocabulary\""),
    stages: ["tokenize"]
  },
  {
    name: "the form of key records",
    apply: replace("pipeline/key.ts", "export const format = 2", "export const format = 3"),
    stages: all
  },
  // What follows changes no result, but to be sure of that would need more than names and syntax: a rerun too many is safe.
  {
    name: "modules loaded in another order",
    apply: (sources) => {
      const line = "import { matrices, type Subject } from \"./matrices.ts\"\n"
      replace("stages/spectra/body.ts", line, "")(sources)
      replace("stages/spectra/body.ts", "import { type Entries", `${line}import { type Entries`)(sources)
    },
    stages: ["spectra"]
  },
  {
    name: "a column's description, where a body holds the table",
    apply: replace("schemas/tables.ts", "loss: float64(\"mean", "loss: float64(\"the mean"),
    stages: ["pretrain"]
  },
  {
    name: "the words of an error in a body",
    apply: replace("stages/pretrain/segment.ts", "which are no whole rows", "which is no number of whole rows"),
    stages: ["pretrain"]
  }
]
