/** Resources of an instance's job: what the profile says, then the study, the most particular first. */
import type { Resources, Slurm } from "../../schemas/slurm.ts"
import type { Instance } from "../graph.ts"
import { patternOf } from "../target.ts"

/** Defaults of what belongs to no single stage. */
export const defaults = { jobs: 500, array: 500, interval: 15, retries: 3, together: 16, warning: 120 } as const

/** Seconds that the instances of one job may be predicted to take together. */
export const bundle = 300

/** One profile of several: a later one goes before an earlier one, setting by setting and stage by stage. */
export const merged = (...all: ReadonlyArray<Slurm | undefined>): Slurm => {
  const given = all.filter((one) => one !== undefined)
  const stages: Record<string, Resources> = {}
  for (const { stages: named = {} } of given) {
    for (const [name, resources] of Object.entries(named)) {
      const before = stages[name]
      // Of several that fit, the later counts: what is named again moves to the end.
      delete stages[name]
      stages[name] = { ...before, ...resources }
    }
  }
  return { ...Object.assign({}, ...given) as Slurm, ...(Object.keys(stages).length === 0 ? {} : { stages }) }
}

/** Resources of an instance. */
export const resourcesOf = ({ stages = {}, ...rest }: Slurm, { id }: Instance): Resources => {
  const { array: _array, interval: _interval, jobs: _jobs, retries: _retries, ...all } = rest
  const fitting = Object.entries(stages).filter(([name]) => patternOf(name).test(id)).map(([, resources]) => resources)
  return Object.assign({}, all, ...fitting) as Resources
}

/** Names under `stages` that fit no instance. */
export const unmatched = ({ stages = {} }: Slurm, instances: ReadonlyArray<Instance>): ReadonlyArray<string> =>
  Object.keys(stages).filter((name) => !instances.some(({ id }) => patternOf(name).test(id)))
