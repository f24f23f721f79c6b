/** Measures that claims are about. */

/**
 * What a claim may be about, with what a higher value means. Values of one measure come by unit, and two arms are compared unit
 * by unit, at the last step unless it says otherwise.
 */
export const measures = {
  "training-loss": {
    about: "training loss, nats per token, over the last twentieth of training",
    unit: "steps"
  },
  "held-out-loss": {
    about: "loss on held-out text, nats per token, the logarithm of token-weighted perplexity",
    unit: "domains"
  },
  "perplexity-by-text": { about: "logarithm of the mean of per-text perplexities", unit: "domains" },
  accuracy: {
    about: "minimal pairs judged right, percent, of BLiMP where the study scores it, else generated",
    unit: "paradigms"
  },
  "weight-rank": { about: "proportional effective rank of stored weights", unit: "matrices" },
  "weight-condition": { about: "logarithm of the condition number of stored weights", unit: "matrices" },
  "update-rank": {
    about: "proportional effective rank of the realised change since the last checkpoint",
    unit: "matrices"
  },
  "update-condition": {
    about: "logarithm of the condition number, over its rank, of the realised change since the last checkpoint",
    unit: "matrices"
  },
  "merge-jump": {
    about: "change of training loss over a merge, five steps after less five before, less the full-rank run's there",
    unit: "merges"
  },
  "first-cycle-change": {
    about: "norm of the realised change of weights with adapters, from their attachment to the first merge",
    unit: "matrices"
  }
} as const
export type Measure = keyof typeof measures
