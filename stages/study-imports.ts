/** Wires the models of a study that were trained elsewhere: each is read, evaluated and measured. */
import { readdirSync } from "node:fs"
import { join, resolve } from "node:path"
import type { Builder, LabelledRef, Ref } from "../pipeline/graph.ts"
import type { ExternalFile } from "../pipeline/stage.ts"
import { plain } from "../schemas/operational.ts"
import type { ImportedModel, Study } from "../schemas/study.ts"
import type { Accuracy, Files, Pairs, Perplexity, Spectra, Texts } from "../schemas/tables.ts"
import { scoringFlops } from "./arm.ts"
import { evaluate } from "./evaluate/stage.ts"
import { shapeOf } from "./import/shape.ts"
import { imported } from "./import/stage.ts"
import { inputFile } from "./input-files.ts"
import { spectra } from "./spectra/stage.ts"

/** Files of a model in safetensors: its config.json and every .safetensors beside it. */
const folderFiles = (path: string): ReadonlyArray<ExternalFile> => {
  const names = ["config.json"]
  try {
    names.push(...readdirSync(path).filter((name) => name.endsWith(".safetensors")).sort())
  } catch {
    // A folder that is not there shows as a config.json that is not there.
  }
  return names.map((name) => ({ name, path: join(path, name) }))
}

const filesOf = (model: ImportedModel, folder: string) => {
  const path = plain(model.path)
  const tokenizer = model.tokenizer === undefined ? join(path, "tokenizer.json") : plain(model.tokenizer)
  return {
    model: model.format === "llama2.c" ? [inputFile(path, folder)] : folderFiles(resolve(folder, path)),
    tokenizer: [inputFile(tokenizer, folder)]
  }
}

export interface ImportsOptions {
  readonly graph: Builder
  readonly study: Study
  readonly folder: string
  readonly pairs: Ref<typeof Pairs>
  /** Tokenizes each collection of texts by a tokenizer; `of` names the model whose it is. */
  readonly texts: (tokenizer: Ref<typeof Files>, of: string) => ReadonlyArray<Ref<typeof Texts>>
  readonly scoredTokens: number
}

/** What was measured of each, with the label model. */
export const imports = ({ folder, graph, pairs, scoredTokens, study, texts }: ImportsOptions) => {
  const measured = {
    modelPerplexity: [] as Array<LabelledRef<typeof Perplexity>>,
    modelAccuracy: [] as Array<LabelledRef<typeof Accuracy>>,
    modelSpectra: [] as Array<LabelledRef<typeof Spectra>>
  }
  const { evaluation, sequenceLength } = study
  for (const [name, settings] of Object.entries(study.models)) {
    const setting = `models.${name}`
    const files = filesOf(settings, folder)
    const at = { path: ["models", name], labels: { model: name } }
    const origins = { model: setting, step: setting }
    const read = graph.add(imported, {
      path: [name],
      config: { format: settings.format },
      inputs: {},
      files,
      origins: { format: `${setting}.format` }
    })
    const model = shapeOf(settings.format, files.model)
    const scores = graph.add(evaluate, {
      ...at,
      config: {
        step: 0,
        model,
        sequenceLength,
        stride: evaluation.stride ?? null,
        textsPerDomain: evaluation.textsPerDomain,
        pairsPerParadigm: evaluation.pairsPerParadigm,
        startToken: settings.startToken ?? null
      },
      inputs: {
        checkpoint: read.checkpoint,
        // The corpus is held in the study's tokens, which are not this model's.
        heldout: [],
        texts: texts(read.tokenizer, name).map((ref) => ({ labels: {}, ref })),
        tokenizer: read.tokenizer,
        pairs
      },
      origins: {
        ...origins,
        sequenceLength: "sequenceLength",
        stride: "evaluation.stride",
        textsPerDomain: "evaluation.textsPerDomain",
        pairsPerParadigm: "evaluation.pairsPerParadigm",
        startToken: `${setting}.startToken`
      },
      flops: scoringFlops(model, sequenceLength, scoredTokens)
    })
    const values = graph.add(spectra, {
      ...at,
      config: {
        step: 0,
        since: 0,
        layers: model.layers,
        heads: model.heads,
        kvHeads: model.kvHeads,
        components: study.analysis.components,
        productDtype: "float32"
      },
      inputs: { checkpoint: read.checkpoint },
      origins: {
        step: setting,
        since: setting,
        layers: setting,
        heads: setting,
        kvHeads: setting,
        components: "analysis.components",
        productDtype: setting
      }
    })
    measured.modelPerplexity.push({ labels: at.labels, ref: scores.perplexity })
    measured.modelAccuracy.push({ labels: at.labels, ref: scores.accuracy })
    measured.modelSpectra.push({ labels: at.labels, ref: values.spectra })
  }
  return measured
}
