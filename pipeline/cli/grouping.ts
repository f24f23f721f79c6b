/** Lines about many instances as few: those of one stage of which the same is to be said are one line. */
import { stageOf } from "../explain.ts"

export interface Said {
  readonly instance: string
  readonly status: string
  readonly note: string
}

export interface Group<L extends Said> {
  /** The first of them, which stands for all. */
  readonly line: L
  readonly count: number
}

/** Lines up to which each instance has its own. */
const few = 60

/** States that are told alike, whichever instance each waits for, or shares with, and whichever job it is. */
export const alike: ReadonlySet<string> = new Set(["missing", "queued"])

/** Groups lines, in the order in which each group begins, where there are many; each is a group of its own otherwise. */
export const grouped = <L extends Said>(lines: ReadonlyArray<L>, limit = few): ReadonlyArray<Group<L>> => {
  if (lines.length <= limit) return lines.map((line) => ({ line, count: 1 }))
  const groups = new Map<string, { line: L; count: number }>()
  for (const line of lines) {
    const name = JSON.stringify([stageOf(line.instance), line.status, alike.has(line.status) ? "" : line.note])
    const group = groups.get(name)
    if (group === undefined) groups.set(name, { line, count: 1 })
    else group.count += 1
  }
  return [...groups.values()]
}
