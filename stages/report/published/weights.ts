/** Published spectra of weights, over training. */
import type { PublishedMethod, PublishedSize } from "./models.ts"

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

/**
 * Base weights, mean over 12 layers.
 *
 * Correction: the repository's figures of weights draw the curves of the two baselines under each other's label. Runs
 * of one size share their initial weights, so the first point of both arms must agree, and does so only after the
 * exchange. The weights of the baselines below are exchanged back.
 */
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
