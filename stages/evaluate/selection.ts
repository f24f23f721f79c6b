/** Which of the tables' rows are scored. */
import { elements, parameters } from "../../model/parameters.ts"
import type { Weights } from "../../model/parameters.ts"
import { floats } from "../../model/state.ts"
import type { ModelShape } from "../../schemas/model.ts"
import type { Columns } from "../../schemas/table.ts"
import type { Checkpoint, Files, HeldOut, Pairs } from "../../schemas/tables.ts"
import { Tokenizer } from "../tokenize/tokenizer.ts"

/** The matrices that the forward pass multiplies by, checked against the model's shape. */
export const effectiveWeights = (checkpoint: Columns<typeof Checkpoint>, shape: ModelShape): Weights => {
  const rows = new Map<string, number>()
  checkpoint.part.forEach((part, row) => {
    if (part === "effective") rows.set(checkpoint.name[row]!, row)
  })
  return new Map(
    parameters(shape).map(({ name, shape: dimensions }) => {
      const row = rows.get(name)
      if (row === undefined) {
        throw new Error(`the checkpoint holds no effective weights of ${name}: it belongs to another model`)
      }
      const values = floats(checkpoint.data[row]!)
      if (values.length !== elements(dimensions)) {
        throw new Error(
          `${name} of the checkpoint is ${checkpoint.shape[row]} and the model wants ${
            dimensions.join("x")
          }: it belongs ` +
            "to another model"
        )
      }
      return [name, values]
    })
  )
}

/** The tokenizer of the training run. */
export const tokenizerOf = (files: Columns<typeof Files>): Tokenizer => {
  const row = files.path.indexOf("tokenizer.json")
  if (row === -1) {
    throw new Error(`the tokenizer's files hold no tokenizer.json, only ${files.path.join(", ") || "none"}`)
  }
  const text = new TextDecoder().decode(files.content[row]!)
  // Sentences are encoded without an end-of-text token, so any token of the file may stand for it here.
  const { added_tokens, model } = JSON.parse(text) as {
    readonly added_tokens?: ReadonlyArray<{ readonly content: string }>
    readonly model: { readonly vocab: Readonly<Record<string, number>> }
  }
  return Tokenizer.fromJson(text, added_tokens?.[0]?.content ?? Object.keys(model.vocab)[0])
}

export interface Domain {
  readonly domain: string
  /** Token ids of the texts to score, cut to the model's sequence length. */
  readonly texts: ReadonlyArray<Int32Array>
  /** Texts of fewer than two tokens, which leave nothing to score. */
  readonly tooShort: number
}

/** `count` of the elements, spread evenly from the first on; all where there are fewer. */
export const spread = <A>(elements: ReadonlyArray<A>, count: number): ReadonlyArray<A> =>
  elements.length <= count
    ? elements
    : Array.from({ length: count }, (_, index) => elements[Math.floor(index * elements.length / count)]!)

/**
 * Texts of each domain, in the order in which domains come. A text is cut to its first `sequenceLength` tokens, of
 * which all but the first are scored, as the study cuts at its model's 2,048.
 */
export const domainsOf = (
  heldout: Columns<typeof HeldOut>,
  limits: { readonly textsPerDomain: number; readonly sequenceLength: number }
): ReadonlyArray<Domain> => {
  const domains = new Map<string, Array<Int32Array>>()
  const { domain, text, token } = heldout
  for (let start = 0, end = 0; start < token.length; start = end) {
    while (end < token.length && text[end] === text[start]) end += 1
    const texts = domains.get(domain[start]!)
    if (texts === undefined) domains.set(domain[start]!, [token.subarray(start, end)])
    else texts.push(token.subarray(start, end))
  }
  return [...domains].map(([domain, texts]) => {
    const scorable = texts.filter((text) => text.length >= 2)
    return {
      domain,
      texts: spread(scorable, limits.textsPerDomain).map((text) => text.slice(0, limits.sequenceLength)),
      tooShort: texts.length - scorable.length
    }
  })
}

/** Rows of the pairs to score: the first of each paradigm of the generated suite, and all of any other. */
export const scoredPairs = (pairs: Columns<typeof Pairs>, pairsPerParadigm: number): ReadonlyArray<number> =>
  Array.from(pairs.suite.keys()).filter((row) =>
    pairs.suite[row] !== "generated" || pairs.pair[row]! < pairsPerParadigm
  )
