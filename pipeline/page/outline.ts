/** A run's view as a reader sees it: stages, in each the groups of instances that their words tell apart, and what takes from what. */
import type { RunInstance, RunState, RunView } from "../../schemas/run-view.ts"

/** States in the order in which they are told: what wants attention first. */
export const states: ReadonlyArray<RunState> = [
  "failed",
  "blocked",
  "running",
  "requeued",
  "queued",
  "stale",
  "missing",
  "fresh"
]

export type Counts = Readonly<Record<RunState, number>>

/** Instances taken together. */
export interface Share {
  readonly instances: ReadonlyArray<RunInstance>
  readonly counts: Counts
  /** Seconds of work on their results; a result that several of them share counts once. */
  readonly seconds: number
  /** Seconds of the one that took longest. */
  readonly longest: number
}

export interface Group extends Share {
  /** Labels that are words, e.g. nano · relora; empty where there are none. Numbers (seeds, steps) tell instances of a group apart. */
  readonly name: string
  /** Those of the words that are not the same in all groups of the stage. */
  readonly short: string
}

export interface Stage extends Share {
  readonly name: string
  readonly groups: ReadonlyArray<Group>
  /** Column of the drawing, from 0: after every stage it takes from. */
  readonly layer: number
}

export interface Outline extends Share {
  /** In the order of the graph. */
  readonly stages: ReadonlyArray<Stage>
  /** Stages that take from others, as positions in `stages`; none from a later to an earlier one. */
  readonly edges: ReadonlyArray<{ readonly from: number; readonly to: number }>
}

const share = (instances: ReadonlyArray<RunInstance>): Share => {
  const counts = Object.fromEntries(states.map((state) => [state, 0])) as Record<RunState, number>
  const made = new Set<string>()
  let [seconds, longest] = [0, 0]
  for (const instance of instances) {
    counts[instance.state] += 1
    if (instance.seconds === undefined || instance.key === undefined || made.has(instance.key)) continue
    made.add(instance.key)
    seconds += instance.seconds
    longest = Math.max(longest, instance.seconds)
  }
  return { instances, counts, seconds, longest }
}

const wordsOf = ({ labels }: RunInstance): ReadonlyArray<string> =>
  Object.values(labels).filter((value) => typeof value === "string")

const groupsOf = (instances: ReadonlyArray<RunInstance>): ReadonlyArray<Group> => {
  const groups = [...by(instances, (instance) => wordsOf(instance).join(" · "))]
  const words = groups.map(([, members]) => wordsOf(members[0]!))
  return groups.map(([name, members], index) => {
    const own = words[index]!
    const short = own.filter((word, at) => words.some((others) => others[at] !== word)).join(" · ")
    return { name, short: short === "" ? name : short, ...share(members) }
  })
}

const by = <A>(items: ReadonlyArray<A>, name: (item: A) => string): ReadonlyMap<string, Array<A>> => {
  const groups = new Map<string, Array<A>>()
  for (const item of items) {
    const group = groups.get(name(item))
    if (group === undefined) groups.set(name(item), [item])
    else group.push(item)
  }
  return groups
}

/**
 * Outlines a view. A stage's column is one after the last column of the stages it takes from; where two stages take from one another
 * by turns, what the later one gives to the earlier one is left out.
 */
export const outline = ({ instances }: RunView): Outline => {
  const stages = by(instances, ({ stage }) => stage)
  const place = new Map([...stages.keys()].map((name, index) => [name, index]))
  const stageOf = new Map(instances.map(({ id, stage }) => [id, stage]))
  const taken = new Map<number, Set<number>>()
  for (const { inputs, stage } of instances) {
    const to = place.get(stage)!
    const from = taken.get(to) ?? new Set()
    taken.set(to, from)
    for (const input of inputs) {
      const source = place.get(stageOf.get(input.from) ?? "")
      if (source !== undefined && source < to) from.add(source)
    }
  }
  const layers: Array<number> = []
  for (let index = 0; index < stages.size; index++) {
    layers.push(Math.max(-1, ...[...taken.get(index) ?? []].map((source) => layers[source]!)) + 1)
  }
  return {
    ...share(instances),
    stages: [...stages].map(([name, own], index) => ({
      name,
      ...share(own),
      groups: groupsOf(own),
      layer: layers[index]!
    })),
    // What follows by way of another stage needs no line of its own.
    edges: [...taken].flatMap(([to, sources]) =>
      [...sources].filter((from) => ![...sources].some((other) => other !== from && reaches(taken, from, other)))
        .map((from) => ({ from, to }))
    )
  }
}

/** Whether a stage takes from another one, by way of any others. */
const reaches = (taken: ReadonlyMap<number, ReadonlySet<number>>, from: number, to: number): boolean => {
  const seen = new Set<number>()
  const visit = (at: number): boolean => {
    if (at === from) return true
    if (seen.has(at)) return false
    seen.add(at)
    return [...taken.get(at) ?? []].some(visit)
  }
  return [...taken.get(to) ?? []].some(visit)
}
