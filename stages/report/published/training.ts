/** How the published runs were trained: what their configurations and code say, by the names of a study's settings. */

/** Setting; full-rank runs; ReLoRA runs. The same at both sizes. */
export const settings: ReadonlyArray<readonly [setting: string, fullRank: string, relora: string]> = [
  ["method", "full-rank", "relora"],
  ["rank", "", "16"],
  ["alpha", "", "32"],
  ["dropout", "", "0.1"],
  ["targets", "", "attention, swiglu"],
  ["resetEvery", "", "2000"],
  ["initA", "", "zero"],
  ["mergeScale", "", "1"],
  ["reinitEffective", "", "false"],
  ["optimizerPrune", "", "0.999"],
  ["warmStartSteps", "", "0"],
  ["productDtype", "", "bf16"],
  ["learningRate", "0.0003", "0.0003"],
  ["schedule.kind", "linear", "jagged-cosine"],
  ["schedule.warmupSteps", "2500", "2000"],
  ["schedule.restartEvery", "", "2000"],
  ["schedule.restartWarmupSteps", "", "100"],
  ["schedule.minRatio", "", "0.1"],
  ["schedule.horizon", "200000", "200000"],
  ["steps", "20000", "20000"],
  ["batchSize", "1024", "1024"],
  ["sequenceLength", "2048", "2048"],
  ["beta1", "0.9", "0.9"],
  ["beta2", "0.999", "0.999"],
  ["epsilon", "1e-8", "1e-8"],
  ["weightDecay", "0.01", "0.01"]
]

/** Steps of which the rates are given: round ones, and those after them, where the rate of ReLoRA falls to 0. */
export const rateSteps: ReadonlyArray<number> = Array.from(
  { length: 1000 },
  (_, index) => [20 * index + 1, 20 * index + 20]
)
  .flat()

/** Their learning rates, for the figure and the table of schedules: peak, and the schedule that reaches it. */
export const peak = 3e-4
export const schedules = {
  "full-rank": { kind: "linear", warmupSteps: 2_500, horizon: 200_000 },
  relora: {
    kind: "jagged-cosine",
    warmupSteps: 2_000,
    restartEvery: 2_000,
    restartWarmupSteps: 100,
    minRatio: 0.1,
    horizon: 200_000
  }
} as const
