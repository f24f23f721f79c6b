/** Steps of a study: where weights are kept, where they are evaluated, and the segments of training between. */
import { cutsOf } from "../model/method.ts"
import { type Arm, stepsUpTo, type Study } from "../schemas/study.ts"
import { warmStart } from "./arm.ts"

const withEnds = (steps: ReadonlyArray<number>, last: number): ReadonlyArray<number> =>
  [...new Set([0, ...steps, last])].sort((a, b) => a - b)

/** Checkpoint steps of a study, ascending: 0 and the last step always among them. */
export const checkpointSteps = ({ checkpoints, training: { steps } }: Study): ReadonlyArray<number> =>
  withEnds(stepsUpTo(steps, checkpoints), steps)

/** Checkpoints that are evaluated, ascending: 0 and the last step always among them. */
export const evaluatedSteps = (study: Study): ReadonlyArray<number> => {
  const { steps } = study.training
  const kept = checkpointSteps(study)
  if (study.evaluation.steps === undefined) return kept
  const wanted = new Set(withEnds(stepsUpTo(steps, study.evaluation.steps), steps))
  return kept.filter((step) => wanted.has(step))
}

/** Segments of an arm's training: from checkpoint to checkpoint, never across the end of its warm start or a cut of its method. */
export const segmentsOf = (arm: Arm, study: Study): ReadonlyArray<readonly [first: number, last: number]> => {
  const ends = [...new Set([...checkpointSteps(study), warmStart(arm), ...cutsOf(arm)])].sort((a, b) => a - b)
  return ends.slice(1).map((last, index) => [ends[index]!, last])
}
