/** Where each kind of published figure was taken from, how, and what was corrected. */

export interface Source {
  /** What the figures are of. */
  readonly about: string
  readonly from: string
  /** How they were read, and what was corrected. */
  readonly how: string
}

const repository = "Yu-val-weiss/relora-pico at db8c358"

/** The study, whose repository the figures are from. */
export const study = "arXiv 2509.12960 and its repository Yu-val-weiss/relora-pico"

export const sources = {
  models: {
    about: "models",
    from: `${repository}, configurations and model code`,
    how: "parameters counted from the shapes; the paper's counts are the same, truncated"
  },
  training: {
    about: "settings of training",
    from: `${repository}, configurations and training code; pico-train at f0bfdf4 for defaults`,
    how:
      "as the code had it: A starts at zero and merges leave alpha/rank out; that the fresh pair is overwritten after a " +
      "merge follows from the code and the effective weights' spectra, and is inferred. Schedules are computed by their formula"
  },
  curves: {
    about: "training curves",
    from: `${repository}, vector figures; evaluation files in notebooks`,
    how:
      "losses and full-rank perplexities read off the figures' coordinates, the rest as in the files. Perplexity: mean over " +
      "texts of a sample of Paloma. A point that could not be read is left out"
  },
  pairs: {
    about: "accuracies on BLiMP",
    from: `${repository}, evaluation files in notebooks`,
    how: "means over paradigms of 1,000 pairs each, at step 20,000"
  },
  tests: {
    about: "tests of BLiMP accuracies",
    from: `${repository}, notebook blimp-hypo`,
    how: "one-sided two-proportion z-tests that full-rank is better, recomputed from the counts of pairs right"
  },
  merges: {
    about: "loss around resets",
    from: `${repository}, vector figures`,
    how: "read off the figures' coordinates: the mean just before, and the first logged window of five steps after"
  },
  weights: {
    about: "spectra of weights",
    from: `${repository}, vector figures per.pdf and cond_num.pdf`,
    how:
      "read off the figures' coordinates, mean over 12 layers; baseline labels, which are swapped there between the two " +
      "sizes, corrected: runs of a size share their first weights, and the curves do only after the exchange"
  },
  updates: {
    about: "spectra of updates",
    from: `${repository}, vector figures`,
    how:
      "read off the figures' coordinates, mean over 12 layers: of ReLoRA B·A in bf16, whose condition number is that format's " +
      "rounding floor; of full-rank runs the gradient on a held-out batch"
  },
  cost: {
    about: "cost",
    from: `${repository}, run metadata in a notebook`,
    how:
      "as printed; floating-point operations are computed by the formula that is used here, from parameters and tokens"
  }
} as const satisfies Readonly<Record<string, Source>>
export type SourceName = keyof typeof sources
