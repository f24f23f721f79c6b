/** Which instances share a job, and which jobs an array: jobs of the same resources, small instances together. */
import type { Resources, Slurm } from "../../schemas/slurm.ts"
import type { Instance } from "../graph.ts"
import { bundle, defaults, resourcesOf } from "./resources.ts"

/** Instances to hand in at once, with one script. */
export interface Batch<A> {
  readonly resources: Resources
  /** Whether the stage saves its state; then the batch is one instance. */
  readonly saves: boolean
  /** An element of the array each: what a job makes, one after another. */
  readonly tasks: ReadonlyArray<ReadonlyArray<A>>
}

/** Cuts a list into parts of at most a size. */
const parts = <A>(all: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size))

/** Fills jobs with instances, as far as they may be and are predicted to be done together. */
const tasksOf = <A>(
  all: ReadonlyArray<A>,
  most: number,
  seconds: (one: A) => number | undefined
): ReadonlyArray<ReadonlyArray<A>> => {
  const tasks: Array<Array<A>> = []
  let left = 0
  for (const one of all) {
    const taken = seconds(one) ?? Infinity
    const last = tasks.at(-1)
    if (last !== undefined && last.length < most && taken <= left) {
      last.push(one)
      left -= taken
    } else {
      tasks.push([one])
      left = bundle - taken
    }
  }
  return tasks
}

/**
 * Groups instances, in their order. Those that save their state have a job each; of the others, as many go into a job as are
 * predicted to take five minutes, or as `together` says, and the jobs of equal resources into arrays.
 */
export const batches = <A extends { readonly instance: Instance }>(
  all: ReadonlyArray<A>,
  slurm: Slurm,
  predicted: (instance: Instance) => number | undefined
): ReadonlyArray<Batch<A>> => {
  const alone: Array<Batch<A>> = []
  const groups = new Map<string, { readonly resources: Resources; readonly members: Array<A> }>()
  for (const one of all) {
    const { instance } = one
    const resources = resourcesOf(slurm, instance)
    if (Object.keys(instance.stage.saves).length > 0) {
      alone.push({ resources, saves: true, tasks: [[one]] })
      continue
    }
    const name = JSON.stringify([instance.stage.name, resources])
    const group = groups.get(name)
    if (group === undefined) groups.set(name, { resources, members: [one] })
    else group.members.push(one)
  }
  const grouped = [...groups.values()].flatMap(({ members, resources }) => {
    // Whoever says how many go together need not wait until they have been timed.
    const seconds = resources.together === undefined ? ({ instance }: A) => predicted(instance) : () => 0
    const tasks = tasksOf(members, resources.together ?? defaults.together, seconds)
    return parts(tasks, slurm.array ?? defaults.array).map((tasks) => ({ resources, saves: false, tasks }))
  })
  return [...alone, ...grouped]
}
