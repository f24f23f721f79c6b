/** Wires a study into the graph of stage instances: sizes × seeds × arms × checkpoints. */
import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { type Builder, builder, type Graph, type LabelledRef, type Ref, type Salt } from "../pipeline/graph.ts"
import type { ExternalFile } from "../pipeline/stage.ts"
import { plain } from "../schemas/operational.ts"
import type { Study } from "../schemas/study.ts"
import type {
  Accuracy,
  Checkpoint,
  Dynamics,
  Files,
  Intruders,
  Metrics,
  Perplexity,
  Probe,
  Scores,
  Similarity,
  Spectra,
  Tensors
} from "../schemas/tables.ts"
import { parameterCounts, scoringFlops } from "./arm.ts"
import { modelOf, planOf } from "./budget.ts"
import { blimpFiles } from "./evaluate/blimp.ts"
import { evaluate, pairs, texts } from "./evaluate/stage.ts"
import { inputFile, inputFiles } from "./input-files.ts"
import { initialise } from "./pretrain/stage.ts"
import { report } from "./report/stage.ts"
import { liken, watch } from "./study-dynamics.ts"
import { facts } from "./study-facts.ts"
import { imports } from "./study-imports.ts"
import { look, type Run, shapeOrigins, train, weigh } from "./study-run.ts"
import { checkpointSteps, evaluatedSteps } from "./study-steps.ts"
import { textExpectation } from "./study-text.ts"
import { domainFiles, gutenbergFiles } from "./tokenize/sources.ts"
import { tokenize } from "./tokenize/stage.ts"

/** What the study leaves out: the same in every study, so that their rows and pairs can be compared. */
const fixed = {
  /** Documents joined before cutting to rows, as the training set of arXiv 2509.12960 was made. */
  documentsPerBatch: 350,
  /** Seed of the order of rows, likewise. */
  shuffleSeed: 42,
  /** Occurrences in the training split from which a word may appear in the generated minimal pairs. */
  minimumCount: 10,
  pairsSeed: 42
} as const

/** For estimates of work only. */
const rough = { domains: 9, paradigms: 80, blimpPairs: 67_000, tokensPerSentence: 12 } as const

export interface GraphOptions {
  /** Folder of the study file: relative paths in it start here. */
  readonly folder: string
  /** Environment variables; BLIMP_DIR is the folder with BLiMP where the study names none. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

const blimpOf = (study: Study, { environment = process.env, folder }: GraphOptions): ReadonlyArray<ExternalFile> => {
  const given = study.evaluation.blimp
  const path = given === undefined ? environment["BLIMP_DIR"] : resolve(folder, plain(given))
  if (path === undefined || path === "") return []
  return existsSync(path) ? blimpFiles(path) : [{ name: "*.jsonl", path: join(path, "*.jsonl") }]
}

const tokenizeStudy = (graph: Builder, study: Study, folder: string) => {
  const { corpus, sequenceLength, tokenizer } = study
  return graph.add(tokenize, {
    config: {
      corpus: corpus.source === "gutenberg" ? corpus : {
        source: "files",
        format: corpus.format,
        field: corpus.field,
        heldOutFraction: corpus.heldOutFraction
      },
      tokenizer: tokenizer.kind === "train" ? tokenizer : { kind: "file", endOfText: tokenizer.endOfText },
      sequenceLength,
      documentsPerBatch: fixed.documentsPerBatch,
      shuffleSeed: fixed.shuffleSeed
    },
    inputs: {},
    files: {
      corpus: corpus.source === "gutenberg" ? gutenbergFiles() : inputFiles(plain(corpus.paths), folder, corpus.format),
      ...domainFiles(),
      tokenizer: tokenizer.kind === "file" ? [inputFile(plain(tokenizer.path), folder)] : []
    },
    origins: { corpus: "corpus", tokenizer: "tokenizer", sequenceLength: "sequenceLength" },
    expects: [textExpectation(study)]
  })
}

/** Settings and files of the suites that a study names itself. */
const ownSuites = ({ evaluation }: Study, folder: string) => {
  const suites = Object.entries(evaluation.pairs)
  return {
    config: suites.map(([suite, { bad, good, paradigm, phenomenon }]) => ({ suite, good, bad, paradigm, phenomenon })),
    files: Object.fromEntries(
      suites.map(([suite, { paths }]) => [`pairs.${suite}`, inputFiles(plain(paths), folder, "jsonl")])
    ),
    origins: Object.fromEntries(suites.map(([suite], index) => [`suites.${index}`, `evaluation.pairs.${suite}`]))
  }
}

/** Reads each collection of texts from outside the corpus, in the tokens of the study or of a model from elsewhere. */
const outsideTexts = (
  graph: Builder,
  { evaluation }: Study,
  folder: string,
  tokenizer: Ref<typeof Files>,
  model?: string
) =>
  Object.entries(evaluation.texts).map(([name, settings]) => {
    const at = `evaluation.texts.${name}`
    const { format } = settings
    const files = format === "paloma"
      ? inputFiles([`${plain(settings.path)}/*/${settings.split}/*.jsonl*`], folder, "jsonl")
      : inputFiles(plain(settings.paths), folder, format === "jsonl" ? "jsonl" : "text")
    return graph.add(texts, {
      path: model === undefined ? [name] : ["models", model, name],
      config: {
        name,
        format,
        field: format === "jsonl" ? settings.field : "text",
        domainField: format === "paloma" ? "subdomain" : format === "jsonl" ? settings.domainField ?? null : null,
        textsPerDomain: format === "paloma" || format === "jsonl" ? settings.textsPerDomain ?? null : null
      },
      inputs: { tokenizer },
      files: { texts: files },
      origins: {
        name: at,
        format: `${at}.format`,
        field: `${at}.field`,
        domainField: `${at}.domainField`,
        textsPerDomain: `${at}.textsPerDomain`
      }
    }).texts
  })

/** The salt of a stage. */
const saltOf = ({ salt }: Study, stage: string): Salt | undefined => {
  if (typeof salt === "string") return { value: salt, origin: "salt" }
  const value = salt?.[stage as keyof typeof salt]
  return value === undefined ? undefined : { value, origin: `salt.${stage}` }
}

/** The graph of a study. Files that are not there are in it by path: whoever reads them is blocked until they are. */
export const graphOf = (study: Study, options: GraphOptions): Graph => {
  const { evaluation, sequenceLength } = study
  const graph = builder((stage) => saltOf(study, stage))
  const corpus = tokenizeStudy(graph, study, options.folder)
  const blimp = blimpOf(study, options)
  const own = ownSuites(study, options.folder)
  const suite = graph.add(pairs, {
    config: {
      perParadigm: evaluation.pairsPerParadigm,
      minimumCount: fixed.minimumCount,
      seed: fixed.pairsSeed,
      suites: own.config
    },
    inputs: { words: corpus.words },
    files: { blimp, ...own.files },
    origins: { perParadigm: "evaluation.pairsPerParadigm", suites: "evaluation.pairs", ...own.origins }
  })
  const outside = outsideTexts(graph, study, options.folder, corpus.tokenizer)
  const scoredPairs = evaluation.pairsPerParadigm * rough.paradigms + (blimp.length > 0 ? rough.blimpPairs : 0)
  const scoredTokens = evaluation.textsPerDomain * rough.domains * sequenceLength +
    2 * rough.tokensPerSentence * scoredPairs

  const measured = {
    metrics: [] as Array<LabelledRef<typeof Metrics>>,
    spectra: [] as Array<LabelledRef<typeof Spectra>>,
    dynamics: [] as Array<LabelledRef<typeof Dynamics>>,
    intruders: [] as Array<LabelledRef<typeof Intruders>>,
    similarity: [] as Array<LabelledRef<typeof Similarity>>,
    perplexity: [] as Array<LabelledRef<typeof Perplexity>>,
    accuracy: [] as Array<LabelledRef<typeof Accuracy>>,
    scores: [] as Array<LabelledRef<typeof Scores>>,
    workPerplexity: [] as Array<LabelledRef<typeof Perplexity>>
  }

  /** Scores the weights of a run at a step. */
  const score = (run: Run, { at, weights }: Pick<ReturnType<typeof weigh>, "at" | "weights">) =>
    graph.add(evaluate, {
      ...at,
      config: {
        step: at.labels.step,
        model: run.model,
        sequenceLength,
        stride: evaluation.stride ?? null,
        textsPerDomain: evaluation.textsPerDomain,
        pairsPerParadigm: evaluation.pairsPerParadigm,
        startToken: evaluation.startToken ?? null
      },
      inputs: {
        checkpoint: weights.checkpoint,
        heldout: [{ labels: {}, ref: corpus.heldout }],
        // Labels would be in the key; a table names its sources itself.
        texts: outside.map((ref) => ({ labels: {}, ref })),
        tokenizer: corpus.tokenizer,
        pairs: suite.pairs
      },
      origins: {
        ...shapeOrigins(run),
        step: "checkpoints",
        sequenceLength: "sequenceLength",
        stride: "evaluation.stride",
        textsPerDomain: "evaluation.textsPerDomain",
        pairsPerParadigm: "evaluation.pairsPerParadigm",
        startToken: "evaluation.startToken"
      },
      flops: scoringFlops(run.model, sequenceLength, scoredTokens)
    })

  for (const size of Object.keys(study.sizes)) {
    const model = modelOf(study, size)
    for (const [seedIndex, seed] of study.seeds.entries()) {
      const origins = { seed: `seeds.${seedIndex}` }
      const drawn = new Map<string, Ref<typeof Tensors>>()
      /** First weights of a run: those of its size and seed, or of a model of another width. */
      const initialOf = (run: Run) => {
        const shape = JSON.stringify(run.model)
        const own = shape === JSON.stringify(model) ? [] : [`${run.model.width}x${run.model.hidden}`]
        const known = drawn.get(shape) ?? graph.add(initialise, {
          path: [size, ...own, seed],
          labels: { size, seed },
          config: { model: run.model, seed },
          inputs: {},
          origins: { ...shapeOrigins(run), ...origins },
          size: 4 * parameterCounts(run.model, { kind: "full-rank" }).total
        }).state
        drawn.set(shape, known)
        return known
      }
      for (const [arm, settings] of Object.entries(study.arms)) {
        const plan = planOf(study, size, arm)
        const run: Run = { graph, size, seed, arm, ...plan }
        const initial = initialOf(run)
        const checkpoints = checkpointSteps(plan.study)
        const evaluated = new Set(evaluatedSteps(plan.study))
        const { metrics, states } = train(run, initial, corpus)
        if (settings.equalWork !== undefined) {
          // It is compared by its loss in the end alone.
          const [before, last] = checkpoints.slice(-2) as [number, number]
          const weighed = weigh(run, last, states.get(last)!, { step: before, state: states.get(before)! })
          measured.workPerplexity.push({ labels: weighed.at.labels, ref: score(run, weighed).perplexity })
          continue
        }
        measured.metrics.push(...metrics)

        const probes: Array<LabelledRef<typeof Probe>> = []
        let first: Ref<typeof Checkpoint> | undefined
        for (const [index, step] of checkpoints.entries()) {
          const before = checkpoints[index - 1]
          const previous = before === undefined ? undefined : { step: before, state: states.get(before)! }
          const looked = look(run, step, states.get(step)!, previous)
          const { at, values, weights } = looked
          measured.spectra.push({ labels: at.labels, ref: values.spectra })
          first ??= weights.checkpoint
          const watched = watch(run, step, weights.checkpoint, first, corpus)
          // The step alone: more would be in the key, and keep arms that are alike from sharing.
          probes.push({ labels: { step }, ref: watched.probe })
          measured.dynamics.push({ labels: at.labels, ref: watched.dynamics })
          measured.intruders.push({ labels: at.labels, ref: watched.intruders })
          if (!evaluated.has(step)) continue
          const scores = score(run, looked)
          measured.perplexity.push({ labels: at.labels, ref: scores.perplexity })
          measured.accuracy.push({ labels: at.labels, ref: scores.accuracy })
          if (step === plan.study.training.steps) measured.scores.push({ labels: at.labels, ref: scores.scores })
        }
        measured.similarity.push(liken(run, probes))
      }
    }
  }

  const elsewhere = imports({
    graph,
    study,
    folder: options.folder,
    pairs: suite.pairs,
    texts: (tokenizer, model) => outsideTexts(graph, study, options.folder, tokenizer, model),
    scoredTokens
  })
  graph.add(report, {
    ...facts(study),
    inputs: { documents: corpus.documents, packed: corpus.packed, ...measured, ...elsewhere }
  })
  return graph.build()
}
