/** Published spectra of what the study calls updates, over training. */
import type { Series } from "./weights.ts"

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
