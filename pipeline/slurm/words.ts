/** How a job ended, in words. */

/** States of a job that has ended, as squeue names them. */
const ends: Readonly<Record<string, string>> = {
  COMPLETED: "it ended, and left no result",
  FAILED: "its command failed",
  CANCELLED: "somebody cancelled it",
  TIMEOUT: "it reached its time limit",
  DEADLINE: "it reached its deadline",
  OUT_OF_MEMORY: "it ran out of memory",
  NODE_FAIL: "its node failed",
  BOOT_FAIL: "its node did not start",
  PREEMPTED: "it gave way to a job that goes before it",
  REVOKED: "another cluster took it",
  LAUNCH_FAILED: "it could not be launched",
  RECONFIG_FAIL: "its node could not be configured"
}

export const hasEnded = (state: string): boolean => state in ends

/** State of a job that is in the queue no more, without a word on why. */
export const gone = "GONE"
/** State of a submission that has not got to the cluster. */
export const lost = "LOST"
/** State of a submission that the cluster has refused. */
export const refused = "REFUSED"

/** The state in words, with the job and its node. */
export const words = (state: string, job: string | undefined, node: string): string => {
  if (state === lost) return "the job did not get to the cluster"
  const on = node === "" ? "" : ` on ${node}`
  return `job ${job ?? "?"}${on}: ${ends[state] ?? "it is not in the queue any more, and left no result"}`
}

/** What to do about an end that would come again. */
export const remedy = (state: string): string => {
  switch (state) {
    case "OUT_OF_MEMORY":
      return "give its stage more memory under slurm in the study or in the profile"
    case "TIMEOUT":
    case "DEADLINE":
      return "give its stage more time under slurm in the study or in the profile"
    default:
      return "see what it printed, mend that, and run again"
  }
}
