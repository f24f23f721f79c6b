/**
 * How stages are run by Slurm: resources, queue and nodes. In a study under `slurm`, or in a profile file of a cluster; operational
 * all of it: nothing of this is ever in a key.
 */
import * as z from "zod"

const text = z.string("expected text").min(1, "expected text")
const positive = z.int("expected a positive whole number").positive("expected a positive whole number")

/** Slurm's own forms (minutes, h:m:s, d-h, …), or a number with a unit. */
const time = z.union(
  [
    z.int().positive(),
    text.regex(/^\d+(-\d+)?(:\d+){0,2}$|^\d+(\.\d+)?\s*(s|m|min|h|d)$/)
  ],
  "expected a time: 90m, 4h, 2d, or a form of Slurm's such as 04:00:00 (a plain number is minutes)"
)

const memory = text.regex(/^\d+(\.\d+)?\s*[KMGT]i?B?$|^\d+$|^0$/i, "expected memory: 4G, 512M")

/** What a job asks for; whatever is left out is the cluster's default. */
export const Resources = z.strictObject({
  time: time.optional().describe("time limit of a job; a stage that saves goes on after it, in the requeued job"),
  memory: memory.optional().describe("memory of a node that a job takes, e.g. 16G"),
  cpus: positive.optional().describe("cores of a job: the threads that its stages use"),
  gpus: z.union([positive, text], "expected a number of GPUs, or type:number").optional().describe(
    "GPUs of a node, e.g. 1 or a100:1"
  ),
  partition: text.optional(),
  account: text.optional(),
  qos: text.optional(),
  constraint: text.optional().describe("features of nodes, e.g. avx512"),
  flags: z.array(text, "expected a list of flags").optional().describe("more flags of sbatch, e.g. --exclusive"),
  setup: z.array(text, "expected a list of shell commands").optional().describe(
    "shell commands before the stage, e.g. module load cuda"
  ),
  scratch: text.optional().describe(
    "folder on the node's own disk, e.g. $TMPDIR: inputs are copied there and drafts written there, both verified"
  ),
  together: positive.optional().describe(
    "instances that one job does, one after another, at most; stages that save always have a job each. Default: 16, as far as " +
      "past runs say that they take five minutes together"
  ),
  warning: z.int().nonnegative().optional().describe(
    "seconds before the time limit at which a stage that saves does so and its job is requeued; default 120"
  )
})
export type Resources = z.output<typeof Resources>

export const Slurm = z.strictObject({
  ...Resources.shape,
  jobs: positive.optional().describe("jobs in the queue at most, elements of arrays counted; default 500"),
  array: positive.optional().describe(
    "elements of a job array at most; default 500 (a cluster's MaxArraySize is often 1001)"
  ),
  interval: z.number("expected seconds").min(1, "expected at least a second").optional().describe(
    "seconds between two questions to the scheduler, one for all jobs; default 15. Ends of jobs are seen in the store within two"
  ),
  retries: z.int("expected a whole number, 0 or more").nonnegative().optional().describe(
    "how often an instance is handed in again whose job ended without a result and without getting further; default 3"
  ),
  stages: z.record(z.string(), Resources).optional().describe(
    "resources by stage, instance or glob (pretrain, pretrain/large/*), before those above; of several that fit, the later"
  )
}).meta({ title: "Slurm", description: "Resources of Slurm jobs; never in a key" })
export type Slurm = z.output<typeof Slurm>
