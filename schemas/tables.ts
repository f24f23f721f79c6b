/** Every table the study's stages write: what a row is, and each column with its unit. */
import { bytes, float64, int32, int64, table, text } from "./table.ts"

/** Files that a stage produces for people or other tools (a tokenizer.json, an HTML page), one row a file. */
export const Files = table("files", "one file", {
  path: text("path relative to the folder the files belong in, with forward slashes"),
  content: bytes("the file's bytes")
})

/** Token ids, packed: documents joined with an end-of-text token between them and cut to rows of equal length. */
export const Packed = table("packed", "one token of a packed row", {
  row: int32("row, from 0, in training order"),
  token: int32("token id")
})

/** What was tokenized. */
export const Documents = table("documents", "one document of the corpus", {
  name: text("name of the document, by whose hash it is held out or not"),
  split: text("train or held-out"),
  domain: text("domain of a held-out document, empty when trained on"),
  characters: int32("Unicode code points after cleaning"),
  tokens: int32("tokens, without the end-of-text token"),
  digest: text("SHA-256 of the cleaned text, hex")
})

/** Words of the training split: what a suite of sentences in the training vocabulary may use. */
export const Words = table("words", "one word of the training split", {
  word: text("word as written, letters and inner apostrophes only"),
  count: int32("occurrences")
})

/** Held-out texts by domain, tokenized: what perplexity is measured on. Passages, or whole packed rows. */
export const HeldOut = table("heldout", "one token of a held-out text", {
  domain: text("domain, e.g. fiction"),
  text: int32("text within the whole table, from 0"),
  token: int32("token id")
})

/** Texts from outside the corpus that perplexity is measured on, tokenized. */
export const Texts = table("texts", "one token of a text", {
  source: text("collection the text is of: one of Paloma's sources, or the name that the study gives it"),
  domain: text("domain within its source; the source's name where it has no domains"),
  text: int32("text within the whole table, from 0"),
  token: int32("token id")
})

/** One minimal pair of sentences. */
export const Pairs = table("pairs", "one minimal pair", {
  suite: text("generated, blimp, or the name that the study gives a suite of its own"),
  phenomenon: text("BLiMP's linguistics_term, e.g. anaphor_agreement"),
  paradigm: text("paradigm, BLiMP's UID"),
  pair: int32("pair within its paradigm, from 0"),
  good: text("the acceptable sentence"),
  bad: text("the unacceptable sentence")
})

/** Model parameters and optimizer state, one row a tensor. */
export const Tensors = table("tensors", "one tensor", {
  name: text(
    "name, e.g. layers.0.attention.v_proj; adapters end in .A or .B; AdamW moments in .exp_avg, .exp_avg_sq; .step is " +
      "AdamW's count of a tensor's updates; .shown is what the next forward pass sees in a tensor's place, once"
  ),
  shape: text("dimensions joined by x, row-major, e.g. 96x384; empty for a scalar"),
  dtype: text("float32 or float64"),
  data: bytes("little-endian values, row-major")
})

/** The weights of a step as the study looks at them. */
export const Checkpoint = table("checkpoint", "one tensor of a checkpoint", {
  name: text("parameter name, e.g. layers.0.attention.v_proj"),
  part: text(
    "effective (what the forward pass uses: W, or W + alpha/rank·B·A; of the kept pair on the step of a merge whose fresh " +
      "pair is seen by one pass only), base (W, where it differs), adapter (B·A, unscaled, as the study plots updates), " +
      "A, B, realised (effective minus the previous checkpoint's, rounded once). A layer y = B·silu(A x) has no effective " +
      "weight, and of these A, B and product (B·A) alone"
  ),
  shape: text("dimensions joined by x, row-major"),
  data: bytes("little-endian float32, row-major")
})

/** What happened at each optimizer step. */
export const Metrics = table("metrics", "one optimizer step", {
  step: int32("optimizer steps completed, from 1"),
  loss: float64("mean cross-entropy of the step's batch before its update, nats per token"),
  learning_rate: float64("learning rate of the step's update"),
  gradient_norm: float64("Euclidean norm of all trained parameters' gradients"),
  tokens: int64("tokens trained on so far, this step included"),
  event: text(
    "merge, or another event of the method (docs/methods.md), after the step's update; attach or squeeze: the first step of a " +
      "segment before which tensors were made or cut; else empty"
  )
})

/** What a method did to a training state between updates. */
export const Events = table("method_events", "one event of a method", {
  step: int32("optimizer steps completed when it happened"),
  event: text(
    "attach, merge, unload, squeeze, refresh, switch, ...: what happened, as docs/methods.md says of the method"
  ),
  jump: float64(
    "change of the effective matrices of all layers over their size before, both Frobenius norms of all together: rounding " +
      "where the event keeps the function; NaN where layers have no effective weight"
  )
})

/** Singular-value statistics of one matrix. */
export const Spectra = table("spectra", "one matrix of one checkpoint", {
  step: int32("optimizer steps completed"),
  since: int32("step of the previous checkpoint, where a realised change begins; step itself at the first checkpoint"),
  layer: int32("layer, from 0"),
  component: text(
    "v_proj, o_proj, w_2, ov (V·O of all heads beside one another, as pico-analyze has it) or ov_heads (O·V of one head)"
  ),
  head: int32("query head of ov_heads, from 0; -1 of all else"),
  kind: text(
    "weight (the stored W, as the study plots), effective, adapter (B·A, unscaled), realised (change of effective since " +
      "the previous checkpoint); A, B and product (B·A) of a layer y = B·silu(A x), which has no effective weight and none of " +
      "the others"
  ),
  rows: int32("rows of the matrix"),
  columns: int32("columns of the matrix"),
  per: float64("proportional effective rank: exp(entropy of σ/Σσ) / min(rows, columns); NaN for a zero matrix"),
  per_of_rank: float64("the same exponential over rank_bound: 1 where all directions it can have are used alike"),
  condition_number: float64(
    "σ_max / σ_min; infinite when σ_min is 0; NaN for a zero matrix. Where rows and columns exceed the rank, as in " +
      "adapters and what they change, σ_min is rounding and the quotient says nothing of the matrix"
  ),
  numerical_rank: int32(
    "singular values above the rounding floor: max(rows, columns)·2⁻²⁴·σ_max; of an adapter stored in bf16 " +
      "2⁻⁹ of the largest row's and the largest column's norm together; 0 for a zero matrix"
  ),
  condition_number_of_rank: float64("σ_max over σ number numerical_rank, counted from 1; NaN for a zero matrix"),
  condition_number_of_factors: float64(
    "of a product of factors, largest over smallest singular value among those it can have, found by QR of the factors " +
      "and so free of the product's rounding; NaN of other matrices and of zero ones, infinite where the factors lack rank"
  ),
  sigma_max: float64("largest singular value"),
  sigma_min: float64("smallest singular value"),
  zeros: int32("singular values that are exactly 0; all of a zero matrix"),
  frobenius: float64("Frobenius norm"),
  nuclear: float64("nuclear norm, the sum of singular values"),
  max_abs: float64("largest absolute entry, pico-analyze's inf norm; NaN where only factors are known"),
  gini: float64("Gini coefficient of the entries' sizes; 0 for a zero matrix; NaN where only factors are known"),
  hoyer: float64("Hoyer's sparsity of the entries; NaN for a zero matrix and where only factors are known"),
  rank_bound: int32("rank the matrix cannot exceed by construction: of an adapter its rank, else min(rows, columns)")
})

/** All singular values, for whoever wants another statistic. */
export const SingularValues = table("singular_values", "one singular value", {
  step: int32("optimizer steps completed"),
  layer: int32("layer, from 0"),
  component: text("as in spectra"),
  head: int32("as in spectra"),
  kind: text("as in spectra"),
  index: int32("position in descending order, from 0"),
  sigma: float64("singular value")
})

/** Activations and gradients on a fixed batch of held-out text. */
export const Probe = table("probe", "one tensor", {
  name: text("name of a linear layer's weight, e.g. layers.0.attention.v_proj"),
  part: text(
    "activation (windows, outputs): what the layer gives at the last position of each window; gradient of the mean " +
      "cross-entropy with respect to the effective weight; gradient_A and gradient_B, which follow from it, of an adapter's pair; " +
      "where there is no effective weight, gradient_A and gradient_B alone"
  ),
  shape: text("dimensions joined by x, row-major"),
  data: bytes("little-endian float32, row-major")
})

/** Statistics of activations and gradients. */
export const Dynamics = table("dynamics", "one matrix of activations or gradients of one checkpoint", {
  step: int32("optimizer steps completed"),
  layer: int32("layer, from 0"),
  component: text("v_proj, o_proj, w_2, or ov_heads (O·∇V + ∇O·V of one head, by its factors)"),
  head: int32("query head of ov_heads, from 0; -1 of all else"),
  kind: text("activation, gradient, gradient_A or gradient_B"),
  rows: int32("rows of the matrix; of activations, windows of text"),
  columns: int32("columns of the matrix"),
  per: float64("as in spectra"),
  condition_number: float64("as in spectra"),
  numerical_rank: int32("as in spectra"),
  condition_number_of_rank: float64("as in spectra"),
  zeros: int32("as in spectra"),
  frobenius: float64("as in spectra"),
  nuclear: float64("as in spectra"),
  max_abs: float64("as in spectra"),
  gini: float64("as in spectra"),
  hoyer: float64("as in spectra"),
  anisotropy: float64(
    "mean cosine of all pairs of rows of activations; NaN of gradients, and where fewer than two rows are not 0"
  )
})

/** Directions of weights that the initial weights did not have. */
export const Intruders = table("intruders", "one weight of one checkpoint", {
  step: int32("optimizer steps completed"),
  layer: int32("layer, from 0"),
  component: text("v_proj, o_proj or w_2; the effective weight. A layer that has none has no row"),
  top: int32("left singular vectors looked at, of the largest singular values"),
  threshold: float64("absolute cosine below which with every initial vector one is an intruder"),
  intruders: int32("how many of them are"),
  least_similarity: float64("least, over those looked at, of the largest absolute cosine; NaN for a zero matrix")
})

/** How alike the activations of two checkpoints of an arm are. */
export const Similarity = table("similarity", "one layer at two checkpoints", {
  step: int32("optimizer steps completed"),
  other: int32("step compared with: the last one, and the one before"),
  layer: int32("layer, from 0"),
  component: text("v_proj, o_proj or w_2"),
  samples: int32("windows of text"),
  cka: float64("linear CKA, in [0, 1]; NaN where activations are constant"),
  pwcca: float64(
    "projection-weighted CCA of the first beside the other, in [0, 1]; NaN where activations are constant or samples too few"
  )
})

/** Held-out perplexity by domain. */
export const Perplexity = table("perplexity", "one domain at one checkpoint", {
  step: int32("optimizer steps completed"),
  source: text("held-out (of the corpus, or beside it), or the collection that the texts are of"),
  domain: text("domain within its source"),
  texts: int32("texts"),
  tokens: int64("scored tokens"),
  nats: float64("summed negative log-likelihood"),
  token_weighted: float64("exp(nats / tokens)"),
  mean_of_texts: float64("unweighted mean over texts of exp(mean token cross-entropy), as the study reports")
})

/** Log-likelihoods of minimal pairs, one by one: what tests and intervals of accuracies are made from. */
export const Scores = table("scores", "one minimal pair at one checkpoint", {
  step: int32("optimizer steps completed"),
  suite: text("as in pairs"),
  phenomenon: text("as in pairs"),
  paradigm: text("as in pairs"),
  pair: int32("as in pairs"),
  good: float64("log-likelihood of the acceptable sentence, nats"),
  bad: float64("log-likelihood of the unacceptable sentence, nats")
})

/** Minimal-pair accuracy by paradigm. */
export const Accuracy = table("accuracy", "one paradigm at one checkpoint", {
  step: int32("optimizer steps completed"),
  suite: text("as in pairs"),
  phenomenon: text("BLiMP's linguistics_term"),
  paradigm: text("paradigm"),
  pairs: int32("pairs scored"),
  correct: int32("pairs whose good sentence scores strictly higher"),
  ties: int32("pairs scoring equal; counted as wrong"),
  identical: int32("pairs whose two sentences are the same text; among the ties")
})

/** A cell of a table of the report, long form. */
export const Cells = table("cells", "one cell of one table of the report", {
  table: text("table, e.g. loss"),
  row: int32("row, from 0"),
  column: text("column"),
  heading: text("the column's heading, with its unit"),
  value: text("the cell as printed"),
  number: float64("the cell as a number, NaN where it is text"),
  source: int32("what it was made from: source in cell_sources, which may have none of an empty cell")
})

/** What cells were made from: the value of a cell depends on nothing outside of what its source lists. */
export const CellSources = table("cell_sources", "one thing that cells were made from", {
  source: int32("source, as cells name it"),
  leaf: text(
    "leaf of the key record of what made the cells: an input, without its position (input.perplexity[size=nano,arm=relora]); a " +
      "setting, or the beginning of several (config.arms[3]); or fact.NAME, where the stage's code holds it"
  ),
  digest: text("logical digest of an input; empty of all else"),
  rows: text("condition in SQL on the rows of an input, or of a fact, that count; empty where all do"),
  about: text("of a fact, where it comes from; empty of all else")
})

/** Tables of the report, with their queries. */
export const CellQueries = table("cell_queries", "one table of the report", {
  table: text("table, e.g. loss"),
  title: text("its title"),
  file: text("file of its query, from the project's root"),
  sql: text("the query as it was asked"),
  views: text("definitions of the views that it goes by, in SQL; empty where there are none")
})
