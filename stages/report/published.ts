/**
 * What the study published: models, curves, minimal pairs, spectra and merges.
 *
 * Sources: arXiv 2509.12960 ("Investigating ReLoRA: Effects on the Learning Dynamics of Small Language Models") and the
 * authors' repository Yu-val-weiss/relora-pico at db8c358. Perplexities of ReLoRA and accuracies are its evaluation
 * files; losses, perplexities of the baselines and spectra are read off the coordinates of its vector figures. Where a
 * point could not be read the value is null.
 *
 * Correction: the repository's figures of weights draw the curves of the two baselines under each other's label. Runs
 * of one size share their initial weights, so the first point of both arms must agree, and does so only after the
 * exchange. The weights of the baselines below are exchanged back.
 */

export type PublishedSize = "tiny" | "small"
export type PublishedMethod = "full-rank" | "relora"

export const source =
  "arXiv 2509.12960 and its repository Yu-val-weiss/relora-pico; baseline labels of the weight figures, which are " +
  "swapped there, corrected"

/** Scale of the published runs up to the step their figures end at. */
export const scale = {
  steps: 20_000,
  batchSize: 1_024,
  sequenceLength: 2_048,
  vocabulary: 50_304,
  corpus: "Dolma v1.7",
  /** 1024 · 2048 · 20000 */
  tokens: 41_943_040_000
} as const

export const models = [
  {
    size: "tiny",
    width: 96,
    hidden: 384,
    layers: 12,
    heads: 12,
    kvHeads: 4,
    vocabulary: 50_304,
    parameters: 11_282_784,
    reloraTotal: 11_682_144,
    reloraTrained: 10_060_128
  },
  {
    size: "small",
    width: 384,
    hidden: 1_536,
    layers: 12,
    heads: 12,
    kvHeads: 4,
    vocabulary: 50_304,
    parameters: 64_595_328,
    reloraTotal: 66_192_768,
    reloraTrained: 40_240_512
  }
] as const

/** Step; training loss, perplexity (mean of texts, Paloma sample) and BLiMP accuracy in %, full-rank then ReLoRA. */
type Curve = readonly [
  step: number,
  loss: number | null,
  reloraLoss: number | null,
  perplexity: number | null,
  reloraPerplexity: number | null,
  blimp: number | null,
  reloraBlimp: number | null
]

export const curves: Readonly<Record<PublishedSize, ReadonlyArray<Curve>>> = {
  tiny: [
    [0, 11.00, 11.00, null, 59435, 50.01, 50.01],
    [1000, 7.437, 7.698, 2176.4, 3117.2, 55.87, 50.65],
    [2000, 6.43, 6.894, 884.8, 1520.9, 53.99, 51.59],
    [3000, 5.90, 5.963, 623.1, 590.5, 57.25, 56.12],
    [4000, 5.574, 5.704, 607.0, 480.1, 58.45, 57.79],
    [5000, 5.425, 5.510, 1044.7, 443.2, 60.14, 57.81],
    [6000, 5.312, 5.425, 786.9, 395.9, 61.33, 57.85],
    [8000, 5.169, 5.286, 359.7, 329.9, 61.93, 58.58],
    [10000, 5.082, 5.189, 313.8, 285.6, 62.19, 59.81],
    [12000, 5.023, 5.106, 254.5, 272.5, 62.91, 60.41],
    [14000, 4.978, 5.078, 260.2, 265.2, 63.90, 61.22],
    [16000, null, 5.033, 229.5, 242.0, 64.45, 61.98],
    [18000, 4.923, 4.998, 212.6, 232.8, 64.49, 62.20],
    [20000, 4.881, 4.969, 205.5, 228.1, 65.04, 62.36]
  ],
  small: [
    [0, 10.99, 10.99, null, 59236, 52.08, 52.08],
    [1000, 6.210, 7.001, 792.2, 1757.7, 56.70, 52.62],
    [2000, 5.36, 6.280, 430.5, 844.9, 60.87, 53.33],
    [3000, 4.87, 5.375, 251.4, 353.6, 64.13, 59.24],
    [4000, 4.44, 5.114, 140.4, 252.6, 65.20, 60.21],
    [5000, 4.22, 4.901, 89.4, 200.2, 65.52, 60.14],
    [6000, null, 4.730, 80.2, 154.0, 66.18, 60.68],
    [8000, 4.020, 4.535, 71.3, 117.6, 67.18, 61.70],
    [10000, 3.946, 4.419, 65.9, 105.2, 66.93, 61.64],
    [12000, 3.898, 4.326, 62.6, 98.1, 67.31, 61.78],
    [14000, 3.851, 4.291, 60.1, 93.0, 67.76, 61.63],
    [16000, 3.831, 4.251, 58.3, 89.3, 68.01, 62.13],
    [18000, 3.804, 4.206, 56.7, 86.1, 69.89, 62.44],
    [20000, 3.777, 4.170, 55.7, 83.5, 70.14, 63.08]
  ]
}

/** BLiMP accuracy in % at step 20,000, mean over the paradigms of a phenomenon. */
export const blimp: ReadonlyArray<{
  readonly phenomenon: string
  readonly tiny: readonly [fullRank: number, relora: number]
  readonly small: readonly [fullRank: number, relora: number]
}> = [
  { phenomenon: "anaphor_agreement", tiny: [64.30, 64.20], small: [79.35, 69.30] },
  { phenomenon: "argument_structure", tiny: [64.39, 63.97], small: [71.93, 66.01] },
  { phenomenon: "binding", tiny: [69.99, 68.14], small: [72.44, 67.13] },
  { phenomenon: "control_raising", tiny: [66.46, 62.74], small: [70.38, 64.94] },
  { phenomenon: "determiner_noun_agreement", tiny: [81.19, 80.14], small: [86.05, 79.99] },
  { phenomenon: "ellipsis", tiny: [61.05, 56.65], small: [75.90, 62.75] },
  { phenomenon: "filler_gap_dependency", tiny: [64.90, 65.83], small: [67.60, 65.27] },
  { phenomenon: "irregular_forms", tiny: [82.30, 77.10], small: [93.05, 88.50] },
  { phenomenon: "island_effects", tiny: [51.76, 51.85], small: [51.45, 44.56] },
  { phenomenon: "npi_licensing", tiny: [59.63, 41.93], small: [55.13, 47.67] },
  { phenomenon: "quantifiers", tiny: [60.25, 65.38], small: [70.08, 57.33] },
  { phenomenon: "s-selection", tiny: [67.65, 68.60], small: [74.50, 71.80] },
  { phenomenon: "subject_verb_agreement", tiny: [59.63, 55.85], small: [75.37, 61.43] },
  { phenomenon: "overall", tiny: [65.04, 62.36], small: [70.14, 63.08] }
]

/**
 * BLiMP pairs right at step 20,000, of 67,000: full-rank, then ReLoRA. The study tests these by one-sided two-proportion
 * z-tests that full-rank is better: p = 1.21e-24 (tiny) and 7.43e-166 (small).
 */
export const correctAtEnd: Readonly<Record<PublishedSize, readonly [fullRank: number, relora: number]>> = {
  tiny: [43_576, 41_784],
  small: [46_997, 42_263]
}
export const blimpPairs = 67_000

/** Training loss before each reset and in the first logged window of five steps after it. */
export const merges: Readonly<
  Record<PublishedSize, { readonly before: ReadonlyArray<number>; readonly after: ReadonlyArray<number> }>
> = {
  tiny: {
    before: [6.892, 5.697, 5.430, 5.278, 5.181, 5.121, 5.070, 5.031, 4.998],
    after: [6.881, 6.368, 5.759, 5.463, 5.286, 5.190, 5.108, 5.059, 5.021]
  },
  small: {
    before: [6.291, 5.107, 4.747, 4.520, 4.406, 4.339, 4.289, 4.245, 4.206],
    after: [6.293, 6.063, 5.327, 4.844, 4.589, 4.484, 4.383, 4.329, 4.289]
  }
}
/** Steps of the published resets. */
export const mergeSteps = [2001, 4001, 6001, 8001, 10001, 12001, 14001, 16001, 18001] as const

export interface Series {
  readonly component: "v_proj" | "o_proj" | "w_2" | "ov"
  readonly size: PublishedSize
  readonly method: PublishedMethod
  readonly per: ReadonlyArray<number>
  readonly conditionNumber: ReadonlyArray<number>
}

/** Step of a series' first value; the values are 2,000 steps apart. ReLoRA was analysed 100 steps after each reset. */
export const spacing = 2_000
export const weightsFrom = { "full-rank": 0, relora: 100 } as const
/** The product B·A is zero at step 100. */
export const updatesFrom = { "full-rank": 0, relora: 2_100 } as const

/** Base weights, mean over 12 layers. */
export const weights: ReadonlyArray<Series> = [
  {
    component: "w_2",
    size: "tiny",
    method: "full-rank",
    per: [.966, .952, .954, .956, .957, .958, .958, .958, .958, .959, .959],
    conditionNumber: [2.89, 4.14, 3.84, 3.71, 3.66, 3.61, 3.58, 3.56, 3.55, 3.56, 3.56]
  },
  {
    component: "w_2",
    size: "tiny",
    method: "relora",
    per: [.966, .966, .951, .924, .904, .891, .883, .879, .876, .875, .874],
    conditionNumber: [2.89, 2.89, 4.32, 5.82, 6.62, 7.05, 7.33, 7.51, 7.61, 7.66, 7.69]
  },
  {
    component: "w_2",
    size: "small",
    method: "full-rank",
    per: [.966, .951, .946, .946, .946, .946, .946, .946, .946, .946, .947],
    conditionNumber: [2.97, 5.26, 5.08, 5.03, 5.06, 5.11, 5.17, 5.18, 5.26, 5.34, 5.45]
  },
  {
    component: "w_2",
    size: "small",
    method: "relora",
    per: [.966, .966, .953, .931, .913, .898, .886, .878, .871, .867, .863],
    conditionNumber: [2.97, 2.97, 6.12, 8.70, 10.20, 11.20, 11.87, 12.32, 12.65, 12.88, 13.04]
  },
  {
    component: "ov",
    size: "tiny",
    method: "full-rank",
    per: [.987, .987, .984, .984, .983, .983, .982, .981, .980, .979, .978],
    conditionNumber: [1.69, 1.71, 1.78, 1.80, 1.82, 1.83, 1.84, 1.86, 1.89, 1.90, 1.91]
  },
  {
    component: "ov",
    size: "tiny",
    method: "relora",
    per: [.987, .987, .985, .978, .974, .972, .972, .972, .972, .972, .972],
    conditionNumber: [1.69, 1.69, 1.75, 1.94, 2.06, 2.09, 2.11, 2.12, 2.13, 2.13, 2.13]
  },
  {
    component: "ov",
    size: "small",
    method: "full-rank",
    per: [.986, .985, .982, .981, .980, .980, .979, .979, .978, .977, .977],
    conditionNumber: [1.85, 1.89, 2.01, 2.07, 2.12, 2.11, 2.17, 2.21, 2.25, 2.27, 2.31]
  },
  {
    component: "ov",
    size: "small",
    method: "relora",
    per: [.986, .986, .986, .980, .970, .960, .951, .945, .941, .938, .936],
    conditionNumber: [1.85, 1.85, 1.89, 2.12, 2.57, 3.09, 3.57, 3.89, 4.11, 4.28, 4.36]
  }
]

/**
 * What the study calls updates, mean over 12 layers: of ReLoRA the adapter's product B·A, stored in bf16; of the
 * baseline the gradient on a held-out batch. The two are different kinds of object.
 */
export const updates: ReadonlyArray<Series> = [
  {
    component: "w_2",
    size: "tiny",
    method: "relora",
    per: [.042, .150, .164, .167, .168, .168, .168, .168, .168, .168],
    conditionNumber: [2.01e4, 7.29e3, 5.92e3, 5.43e3, 5.30e3, 5.22e3, 5.33e3, 5.21e3, 5.08e3, 5.12e3]
  },
  {
    component: "w_2",
    size: "tiny",
    method: "full-rank",
    per: [.419, .408, .465, .491, .502, .516, .508, .524, .536, .535, .548],
    conditionNumber: [126, 228, 150, 126, 118, 105, 110, 98, 90, 94, 71]
  },
  {
    component: "w_2",
    size: "small",
    method: "relora",
    per: [.011, .038, .043, .044, .044, .044, .044, .044, .044, .044],
    conditionNumber: [8.82e4, 1.92e4, 1.22e4, 1.11e4, 1.06e4, 1.06e4, 1.01e4, 1.03e4, 1.05e4, 9.82e3]
  },
  {
    component: "w_2",
    size: "small",
    method: "full-rank",
    per: [.305, .340, .431, .477, .491, .547, .516, .502, .536, .540, .488],
    conditionNumber: [371, 369, 174, 154, 169, 122, 157, 159, 135, 141, 157]
  },
  {
    component: "v_proj",
    size: "tiny",
    method: "relora",
    per: [.064, .194, .281, .360, .418, .447, .462, .468, .468, .468],
    conditionNumber: [1.96e4, 7.85e3, 5.85e3, 4.64e3, 3.96e3, 3.46e3, 3.51e3, 3.57e3, 3.70e3, 4.03e3]
  },
  {
    component: "v_proj",
    size: "tiny",
    method: "full-rank",
    per: [.165, .260, .315, .303, .315, .342, .332, .344, .353, .368, .365],
    conditionNumber: [635, 415, 283, 285, 265, 221, 248, 210, 211, 187, 194]
  },
  {
    component: "v_proj",
    size: "small",
    method: "relora",
    per: [.025, .078, .106, .120, .124, .125, .126, .126, .126, .126],
    conditionNumber: [8.90e4, 2.06e4, 1.20e4, 9.48e3, 8.59e3, 8.00e3, 8.25e3, 8.12e3, 8.11e3, 8.08e3]
  },
  {
    component: "v_proj",
    size: "small",
    method: "full-rank",
    per: [.090, .208, .252, .253, .231, .300, .298, .272, .283, .311, .279],
    conditionNumber: [2000, 916, 579, 543, 607, 382, 429, 456, 462, 383, 443]
  },
  {
    component: "o_proj",
    size: "tiny",
    method: "relora",
    per: [.020, .072, .110, .139, .154, .160, .162, .163, .163, .163],
    conditionNumber: [8.7e6, 2.1e6, 1.2e6, 1.2e6, 1.8e6, 1.0e6, 1.5e6, 1.1e6, 1.5e6, 7.8e5]
  },
  {
    component: "o_proj",
    size: "tiny",
    method: "full-rank",
    per: [.059, .113, .156, .177, .181, .201, .204, .218, .226, .235, .247],
    conditionNumber: [7.5e5, 7.1e5, 2.5e5, 5.6e5, 3.5e5, 6.5e4, 9.9e4, 5.8e4, 1.4e5, 8.5e4, 5.5e4]
  },
  {
    component: "o_proj",
    size: "small",
    method: "relora",
    per: [.008, .031, .039, .042, .042, .043, .043, .043, .043, .043],
    conditionNumber: [6.3e7, 3.1e7, 5.8e6, 5.2e6, 6.8e6, 2.3e7, 4.9e6, 6.4e6, 4.1e6, 5.4e6]
  },
  {
    component: "o_proj",
    size: "small",
    method: "full-rank",
    per: [.034, .124, .166, .179, .175, .227, .233, .207, .229, .252, .212],
    conditionNumber: [4.8e6, 1.6e6, 8.4e5, 5.4e5, 6.5e5, 4.3e5, 1.1e6, 9.5e5, 4.3e5, 2.3e5, 9.1e5]
  }
]
