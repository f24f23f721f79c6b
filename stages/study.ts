/** Wires a study into the graph of stage instances: sizes × seeds × arms × checkpoints. */
import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { builder, type Graph, type LabelledRef } from "../pipeline/graph.ts"
import type { ExternalFile } from "../pipeline/stage.ts"
import type { ModelShape } from "../schemas/model.ts"
import { type Arm, stepsUpTo, type Study } from "../schemas/study.ts"
import type { Accuracy, Metrics, Perplexity, Spectra } from "../schemas/tables.ts"
import {
  inWords,
  mergesOf,
  methodAt,
  parameterCounts,
  scheduleOf,
  scoringFlops,
  trainingFlops,
  warmStart
} from "./arm.ts"
import { checkpoint } from "./checkpoint/stage.ts"
import { blimpFiles } from "./evaluate/blimp.ts"
import { evaluate, pairs } from "./evaluate/stage.ts"
import { inputFile, inputFiles } from "./input-files.ts"
import { initialise, pretrain } from "./pretrain/stage.ts"
import { report } from "./report/stage.ts"
import { spectra } from "./spectra/stage.ts"
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
const rough = { domains: 9, paradigms: 20, blimpPairs: 67_000, tokensPerSentence: 12 } as const

export interface GraphOptions {
  /** Folder of the study file: relative paths in it start here. */
  readonly folder: string
  /** Environment variables; BLIMP_DIR is the folder with BLiMP where the study names none. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/** Checkpoint steps of a study, ascending: 0 and the last step always among them. */
export const checkpointSteps = ({ checkpoints, training: { steps } }: Study): ReadonlyArray<number> =>
  withEnds(stepsUpTo(steps, checkpoints), steps)

/** Checkpoints that are evaluated, ascending: 0 and the last step always among them. */
export const evaluatedSteps = (study: Study): ReadonlyArray<number> => {
  const { steps } = study.training
  const kept = checkpointSteps(study)
  if (study.evaluation.steps === undefined) return kept
  const wanted = new Set(withEnds(stepsUpTo(steps, study.evaluation.steps), steps))
  return kept.filter((step) => wanted.has(step))
}

const withEnds = (steps: ReadonlyArray<number>, last: number): ReadonlyArray<number> =>
  [...new Set([0, ...steps, last])].sort((a, b) => a - b)

/** Segments of an arm's training: from checkpoint to checkpoint, and never across the end of its warm start. */
const segmentsOf = (arm: Arm, study: Study): ReadonlyArray<readonly [first: number, last: number]> => {
  const ends = [...new Set([...checkpointSteps(study), warmStart(arm)])].sort((a, b) => a - b)
  return ends.slice(1).map((last, index) => [ends[index]!, last])
}

const blimpOf = (study: Study, { environment = process.env, folder }: GraphOptions): ReadonlyArray<ExternalFile> => {
  const given = study.evaluation.blimp
  const path = given === undefined ? environment["BLIMP_DIR"] : resolve(folder, given)
  if (path === undefined || path === "") return []
  return existsSync(path) ? blimpFiles(path) : [{ name: "*.jsonl", path: join(path, "*.jsonl") }]
}

/** The graph of a study. Files that are not there are in it by path: whoever reads them is blocked until they are. */
export const graphOf = (study: Study, options: GraphOptions): Graph => {
  const { evaluation, sequenceLength, tokenizer, training } = study
  const { batchSize, steps } = training
  const graph = builder()
  const blimp = blimpOf(study, options)
  const checkpoints = checkpointSteps(study)
  const evaluated = new Set(evaluatedSteps(study))

  const corpus = graph.add(tokenize, {
    config: {
      corpus: study.corpus.source === "gutenberg" ? study.corpus : {
        source: "files",
        format: study.corpus.format,
        field: study.corpus.field,
        heldOutFraction: study.corpus.heldOutFraction
      },
      tokenizer: tokenizer.kind === "train" ? tokenizer : { kind: "file", endOfText: tokenizer.endOfText },
      sequenceLength,
      documentsPerBatch: fixed.documentsPerBatch,
      shuffleSeed: fixed.shuffleSeed
    },
    inputs: {},
    files: {
      corpus: study.corpus.source === "gutenberg"
        ? gutenbergFiles()
        : inputFiles(study.corpus.paths, options.folder, study.corpus.format),
      ...domainFiles(),
      tokenizer: tokenizer.kind === "file" ? [inputFile(tokenizer.path, options.folder)] : []
    },
    origins: { corpus: "corpus", tokenizer: "tokenizer", sequenceLength: "sequenceLength" }
  })

  const suite = graph.add(pairs, {
    config: {
      perParadigm: evaluation.pairsPerParadigm,
      minimumCount: fixed.minimumCount,
      seed: fixed.pairsSeed
    },
    inputs: { words: corpus.words },
    files: { blimp },
    origins: { perParadigm: "evaluation.pairsPerParadigm" }
  })
  const scoredTokens = evaluation.textsPerDomain * rough.domains * sequenceLength +
    2 * rough.tokensPerSentence *
      (evaluation.pairsPerParadigm * rough.paradigms + (blimp.length > 0 ? rough.blimpPairs : 0))

  const measured = {
    metrics: [] as Array<LabelledRef<typeof Metrics>>,
    spectra: [] as Array<LabelledRef<typeof Spectra>>,
    perplexity: [] as Array<LabelledRef<typeof Perplexity>>,
    accuracy: [] as Array<LabelledRef<typeof Accuracy>>
  }
  const sizes = Object.entries(study.sizes)
  const arms = Object.entries(study.arms)
  const modelOf = (size: Study["sizes"][string]): ModelShape =>
    initialise.config.shape.model.parse({
      ...size,
      vocabulary: tokenizer.vocabulary
    })

  for (const [size, shape] of sizes) {
    const model = modelOf(shape)
    const modelOrigins = { model: `sizes.${size}`, "model.vocabulary": "tokenizer.vocabulary" }

    for (const [seedIndex, seed] of study.seeds.entries()) {
      const seedOrigin = `seeds.${seedIndex}`
      const initial = graph.add(initialise, {
        path: [size, seed],
        labels: { size, seed },
        config: { model, seed },
        inputs: {},
        origins: { ...modelOrigins, seed: seedOrigin }
      })

      for (const [arm, settings] of arms) {
        const labels = { size, arm, seed }
        const armSettings = `arms.${arm}`
        const rates = {
          schedule: settings.schedule === undefined ? "training.schedule" : `${armSettings}.schedule`,
          merges: `${armSettings}.resetEvery`
        }
        /** Where the method of the update ending at a step is written. */
        const methodOrigins = (step: number) =>
          step <= warmStart(settings)
            ? { method: `${armSettings}.warmStartSteps` }
            : { method: armSettings, "method.kind": `${armSettings}.method`, "method.seed": seedOrigin }

        const states = new Map([[0, initial.state]])
        for (const [first, last] of segmentsOf(settings, study)) {
          const method = methodAt(settings, last, seed)
          const segment = graph.add(pretrain, {
            path: [size, arm, seed, `${first}-${last}`],
            labels: { ...labels, firstStep: first, lastStep: last },
            config: {
              model,
              method,
              optimizer: {
                beta1: training.beta1,
                beta2: training.beta2,
                epsilon: training.epsilon,
                weightDecay: training.weightDecay
              },
              batchSize,
              microBatch: training.microBatch ?? batchSize,
              sequenceLength,
              firstStep: first,
              ...scheduleOf(settings, training, first, last)
            },
            inputs: { packed: corpus.packed, previous: states.get(first)! },
            origins: {
              ...modelOrigins,
              ...methodOrigins(last),
              optimizer: "training",
              batchSize: "training.batchSize",
              microBatch: training.microBatch === undefined ? "training.batchSize" : "training.microBatch",
              sequenceLength: "sequenceLength",
              firstStep: "checkpoints",
              learningRates: rates.schedule,
              merges: rates.merges
            },
            flops: trainingFlops(model, method, sequenceLength, (last - first) * batchSize * sequenceLength)
          })
          states.set(last, segment.state)
          measured.metrics.push({ labels: { ...labels, firstStep: first, lastStep: last }, ref: segment.metrics })
        }

        for (const [index, step] of checkpoints.entries()) {
          const at = { path: [size, arm, seed, step], labels: { ...labels, step } }
          const before = checkpoints[index - 1]
          const method = step === 0 ? null : methodAt(settings, step, seed)
          const weights = graph.add(checkpoint, {
            ...at,
            config: { method },
            inputs: {
              state: states.get(step)!,
              previous: before === undefined ? [] : [{ labels: {}, ref: states.get(before)! }]
            },
            origins: step === 0 ? { method: "checkpoints" } : methodOrigins(step)
          })

          const values = graph.add(spectra, {
            ...at,
            config: {
              step,
              layers: model.layers,
              heads: model.heads,
              kvHeads: model.kvHeads,
              components: study.analysis.components,
              // Only a checkpoint with adapters has a product to store: without, arms share what is measured.
              productDtype: settings.method === "relora" && method?.kind === "relora"
                ? settings.productDtype
                : "float32"
            },
            inputs: { checkpoint: weights.checkpoint },
            origins: {
              step: "checkpoints",
              layers: `sizes.${size}.layers`,
              heads: `sizes.${size}.heads`,
              kvHeads: `sizes.${size}.kvHeads`,
              components: "analysis.components",
              productDtype: `${armSettings}.productDtype`
            }
          })
          measured.spectra.push({ labels: at.labels, ref: values.spectra })

          if (!evaluated.has(step)) continue
          const scores = graph.add(evaluate, {
            ...at,
            config: {
              step,
              model,
              sequenceLength,
              textsPerDomain: evaluation.textsPerDomain,
              pairsPerParadigm: evaluation.pairsPerParadigm
            },
            inputs: {
              checkpoint: weights.checkpoint,
              heldout: corpus.heldout,
              tokenizer: corpus.tokenizer,
              pairs: suite.pairs
            },
            origins: {
              ...modelOrigins,
              step: "checkpoints",
              sequenceLength: "sequenceLength",
              textsPerDomain: "evaluation.textsPerDomain",
              pairsPerParadigm: "evaluation.pairsPerParadigm"
            },
            flops: scoringFlops(model, sequenceLength, scoredTokens)
          })
          measured.perplexity.push({ labels: at.labels, ref: scores.perplexity })
          measured.accuracy.push({ labels: at.labels, ref: scores.accuracy })
        }
      }
    }
  }

  const cells = sizes.flatMap(([size, shape]) =>
    arms.map(([arm, settings]) => ({ size, arm, settings, model: modelOf(shape) }))
  )
  graph.add(report, {
    config: {
      study: study.name,
      about: study.about,
      sizes: sizes.map(([size, shape]) => {
        const model = modelOf(shape)
        const parameters = parameterCounts(model, { kind: "full-rank" }).total
        return { size, ...shape, vocabulary: model.vocabulary, parameters }
      }),
      arms: cells.map(({ arm, model, settings, size }) => {
        const { total, trained } = parameterCounts(model, methodAt(settings, steps, 0))
        return {
          size,
          arm,
          method: settings.method,
          rank: settings.method === "relora" ? settings.rank : null,
          settings: inWords(settings),
          totalParameters: total,
          trainedParameters: trained,
          merges: mergesOf(settings, 0, steps)
        }
      }),
      steps,
      batchSize,
      sequenceLength,
      seeds: study.seeds
    },
    inputs: { documents: corpus.documents, packed: corpus.packed, ...measured },
    origins: {
      study: "name",
      about: "about",
      ...Object.fromEntries(sizes.flatMap(([size], index) => [
        [`sizes.${index}`, `sizes.${size}`],
        [`sizes.${index}.vocabulary`, "tokenizer.vocabulary"]
      ])),
      ...Object.fromEntries(cells.flatMap(({ arm, size }, index) => [
        [`arms.${index}`, `arms.${arm}`],
        [`arms.${index}.size`, `sizes.${size}`],
        [`arms.${index}.merges`, `arms.${arm}.resetEvery`]
      ])),
      steps: "training.steps",
      batchSize: "training.batchSize",
      sequenceLength: "sequenceLength",
      seeds: "seeds"
    }
  })
  return graph.build()
}
