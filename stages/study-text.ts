/** Whether a study's text is enough for its steps. */
import { statSync } from "node:fs"
import type { Expectation } from "../pipeline/graph.ts"
import type { ExternalFile } from "../pipeline/stage.ts"
import { plain } from "../schemas/operational.ts"
import type { Study } from "../schemas/study.ts"
import { mostSteps } from "./budget.ts"
import { inputFiles } from "./input-files.ts"
import { gutenbergFiles } from "./tokenize/sources.ts"

const whole = (count: number) => Math.floor(count).toLocaleString("en")

/** Rows that training takes, and how many there must be for none to be taken too often. */
const rowsOf = (study: Study) => {
  const { sequenceLength, training: { batchSize, passes } } = study
  const taken = mostSteps(study) * batchSize
  return { taken, least: Math.ceil(taken / passes), rowLength: sequenceLength + 1 }
}

const remedy = (study: Study, rows: number): string => {
  const { taken } = rowsOf(study)
  const { batchSize, passes } = study.training
  const { steps: usual } = study.training
  // An arm with as much work as another may make more steps than the study says.
  const steps = Math.floor(rows * passes / batchSize * usual / mostSteps(study))
  return [
    ...(steps > 0 ? [`lower training.steps to at most ${whole(steps)}`] : []),
    "give more text in corpus",
    ...(rows >= 1
      ? [`or set training.passes to ${whole(Math.ceil(taken / rows))} to train on rows more than once`]
      : [])
  ].join(", ")
}

/** The rows that the packed text must have: known when it is tokenized. The table packed has a row for each token. */
export const textExpectation = (study: Study): Expectation => {
  const { least, rowLength, taken } = rowsOf(study)
  const { batchSize, passes } = study.training
  const steps = mostSteps(study)
  return {
    output: "packed",
    rows: least * rowLength,
    otherwise: (tokens) => {
      const rows = tokens / rowLength
      return `too little text: the training split makes ${whole(rows)} rows of ${rowLength} tokens, and ${
        whole(steps)
      } steps of ${batchSize} rows take ${whole(taken)}, each at most ${
        passes === 1 ? "once" : `${passes} times`
      } (training.passes). To mend it, ${remedy(study, rows)}`
    }
  }
}

const sizeOf = ({ path }: ExternalFile): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

/**
 * Mistakes that show before anything is tokenized: a token of a byte-level tokenizer is at least a byte of text, so files
 * with fewer bytes than tokens are asked for are too little whatever the tokenizer. Compressed files and token ids say
 * nothing about it.
 */
export const textMistakes = (
  study: Study,
  folder: string
): ReadonlyArray<{ readonly path: ReadonlyArray<string>; readonly message: string }> => {
  const { corpus } = study
  const files = corpus.source === "gutenberg"
    ? gutenbergFiles()
    : corpus.format === "parquet"
    ? []
    : inputFiles(plain(corpus.paths), folder, corpus.format)
  if (files.length === 0 || files.some(({ path }) => path.endsWith(".gz") || sizeOf({ name: "", path }) === 0)) {
    return []
  }
  const bytes = files.reduce((sum, file) => sum + sizeOf(file), 0) * (1 - corpus.heldOutFraction)
  const { least, rowLength } = rowsOf(study)
  if (bytes >= least * rowLength) return []
  return [{
    path: ["training", "steps"],
    message: `asks for more text than there is: about ${whole(bytes)} bytes to train on cannot be ${
      whole(least * rowLength)
    } tokens. To mend it, ${remedy(study, bytes / rowLength)}`
  }]
}
