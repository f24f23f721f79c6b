import { armSetting, baseline, methodOfArm } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { fixed, grouped, integer, ours, scientific, text, theirs } from "../table.ts"
import sql from "./cost.sql"

/** Settings that a run's operations follow from. */
const operations = ["warmStartSteps", "warmStartFlops", "stepFlops"]

export const cost: Question = {
  name: "cost",
  title: "Cost",
  caption: () =>
    "One row an arm at a size, for one seed. Floating-point operations of training: 6 for each parameter and token, 4 where it is " +
    "frozen, and those of attention (arXiv 2001.08361, section 2.1; arXiv 2204.02311, appendix B); evaluation is not in them. " +
    "Hours are no property of a result, so those of this study's runs are in no table: `pipeline plan` and `pipeline log` tell " +
    "them. Published hours compare no speeds: numbers of GPUs and how often was evaluated differ between the two methods. " +
    "Operations a second: of one A100, over all its hours.",
  published: ["cost", "models"],
  columns: [
    ...grouped(ours, [
      text("size", "size"),
      text("arm", "arm"),
      integer("tokens", "tokens"),
      fixed("tokens_per_parameter", "tokens a parameter", 1),
      scientific("flops", "operations", 3),
      fixed("of_full_rank", "of full-rank's", 1, "%")
    ]),
    ...grouped(theirs, [
      text("published_size", "model"),
      integer("published_tokens", "tokens"),
      fixed("published_tokens_per_parameter", "tokens a parameter", 1),
      scientific("published_flops", "operations", 3),
      integer("published_gpus", "GPUs"),
      fixed("published_gpu_hours", "GPU-hours", 2),
      fixed("published_wall_hours", "hours", 2),
      scientific("published_rate", "operations a second", 2)
    ])
  ],
  sql,
  sources: [
    { from: "study", columns: ["tokens", "tokens_per_parameter"], settings: ["steps", "batchSize", "sequenceLength"] },
    armSetting("tokens_per_parameter", "totalParameters"),
    { from: "study", columns: ["flops", "of_full_rank"], settings: ["steps"] },
    armSetting("flops", ...operations),
    { from: "arms", columns: ["of_full_rank"], where: { size: "size", arm: ["arm", baseline] }, settings: operations },
    {
      from: "published_models",
      columns: ["published_size", "published_tokens_per_parameter", "published_flops", "published_rate"],
      where: { size: "published_size" }
    },
    {
      from: "published_scale",
      columns: ["published_tokens", "published_tokens_per_parameter", "published_flops", "published_rate"]
    },
    {
      from: "published_costs",
      columns: ["published_gpus", "published_gpu_hours", "published_wall_hours", "published_rate"],
      where: { size: "published_size", method: methodOfArm }
    }
  ],
  section: "training"
}
