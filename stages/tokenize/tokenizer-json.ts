/**
 * Hugging Face's tokenizer.json, as far as byte-level BPE uses it.
 *
 * Only what changes ids is looked at; what is not supported is refused by name, since ignoring it would give other
 * ids without a word.
 */

export interface AddedToken {
  readonly id: number
  readonly content: string
  /** Matches only where no letter, digit or underscore adjoins. */
  readonly single_word: boolean
  /** Takes the white space before it with it. */
  readonly lstrip: boolean
  /** Takes the white space after it with it. */
  readonly rstrip: boolean
  /** Is looked for after normalization, itself normalized. */
  readonly normalized: boolean
  readonly special: boolean
}

export interface ByteLevel {
  readonly type: "ByteLevel"
  readonly add_prefix_space: boolean
  readonly trim_offsets?: boolean
  /** Whether text is cut by GPT-2's pattern; absent means yes. */
  readonly use_regex?: boolean
}

const forms = ["NFC", "NFD", "NFKC", "NFKD"] as const
/** Unicode normalization form. */
export type Form = typeof forms[number]
type Normalizer = { readonly type: Form } | {
  readonly type: "Sequence"
  readonly normalizers: ReadonlyArray<Normalizer>
}
type PreTokenizer = ByteLevel | { readonly type: "Sequence"; readonly pretokenizers: ReadonlyArray<PreTokenizer> }

export interface Model {
  readonly type: "BPE"
  readonly dropout?: number | null
  readonly unk_token?: string | null
  readonly continuing_subword_prefix?: string | null
  readonly end_of_word_suffix?: string | null
  readonly fuse_unk?: boolean
  readonly byte_fallback?: boolean
  /** Takes a word that is itself a token whole. */
  readonly ignore_merges?: boolean
  readonly vocab: Readonly<Record<string, number>>
  /** By rank; "left right" or, since tokenizers 0.20, ["left", "right"]. */
  readonly merges: ReadonlyArray<string | readonly [string, string]>
}

export interface TokenizerJson {
  readonly version: string
  readonly truncation: unknown
  readonly padding: unknown
  readonly added_tokens: ReadonlyArray<AddedToken>
  readonly normalizer: Normalizer | null
  readonly pre_tokenizer: PreTokenizer
  readonly post_processor: unknown
  readonly decoder: unknown
  readonly model: Model
}

const refuse = (what: string): never => {
  throw new Error(
    `tokenizer.json: ${what}. Supported are byte-level BPE files with a ByteLevel pre-tokenizer and no normalizer ` +
      `or ${forms.join(", ")}; use such a tokenizer, or train one with tokenizer: { kind: train }`
  )
}

const nameOf = (part: unknown): string =>
  typeof part === "object" && part !== null && "type" in part ? String(part.type) : JSON.stringify(part)

/** Forms to apply, in order. */
export const normalizerForms = (normalizer: Normalizer | null | undefined): ReadonlyArray<Form> => {
  if (normalizer === null || normalizer === undefined) return []
  if (normalizer.type === "Sequence") return normalizer.normalizers.flatMap(normalizerForms)
  return forms.includes(normalizer.type) ? [normalizer.type] : refuse(`unsupported normalizer ${nameOf(normalizer)}`)
}

/** The one ByteLevel pre-tokenizer. */
export const byteLevelOf = (preTokenizer: PreTokenizer): ByteLevel => {
  if (preTokenizer?.type === "ByteLevel") return preTokenizer
  if (preTokenizer?.type === "Sequence" && preTokenizer.pretokenizers.length === 1) {
    return byteLevelOf(preTokenizer.pretokenizers[0]!)
  }
  return refuse(
    preTokenizer?.type === "Sequence"
      ? `unsupported pre-tokenizer Sequence of ${preTokenizer.pretokenizers.map(nameOf).join(", ")}`
      : `unsupported pre-tokenizer ${nameOf(preTokenizer)}`
  )
}

const checkModel = (model: Model | undefined): void => {
  if (model === undefined || typeof model.vocab !== "object" || !Array.isArray(model.merges)) {
    return refuse("model needs vocab and merges")
  }
  // Files written before the field existed say no type.
  if ((model.type ?? "BPE") !== "BPE") refuse(`unsupported model ${nameOf(model)}`)
  if (model.dropout) refuse(`unsupported model.dropout ${model.dropout}`)
  if (model.continuing_subword_prefix) refuse("unsupported model.continuing_subword_prefix")
  if (model.end_of_word_suffix) refuse("unsupported model.end_of_word_suffix")
  if (model.byte_fallback) refuse("unsupported model.byte_fallback")
}

/** Reads and checks the text of a tokenizer.json. */
export const parse = (text: string): TokenizerJson => {
  let json: TokenizerJson
  try {
    json = JSON.parse(text) as TokenizerJson
  } catch (cause) {
    throw new Error("tokenizer.json: not JSON; give the file that Hugging Face tokenizers saves", { cause })
  }
  if (typeof json !== "object" || json === null) refuse("not an object")
  checkModel(json.model)
  normalizerForms(json.normalizer)
  byteLevelOf(json.pre_tokenizer)
  return json
}
