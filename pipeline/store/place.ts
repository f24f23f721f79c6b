/** Where a process runs: what its process id is unique in. */
import { readFileSync, readlinkSync } from "node:fs"
import * as os from "node:os"

export interface Place {
  /** Host name, for people. */
  readonly host: string
  /** The machine's run since it was switched on; empty where the system does not tell. */
  readonly boot: string
  /** The namespace of process ids: a container has its own. Empty where the system does not tell. */
  readonly space: string
}

const orEmpty = (read: () => string): string => {
  try {
    return read().trim()
  } catch {
    return ""
  }
}

/** The place of this process. */
export const here: Place = {
  host: os.hostname(),
  boot: orEmpty(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8")),
  space: orEmpty(() => readlinkSync("/proc/self/ns/pid"))
}

/** Whether process ids of a place are those of this one. */
export const isHere = ({ boot, host, space }: Place): boolean =>
  host === here.host && boot === here.boot && space === here.space

/** Whether a process of some place has ended for certain. `false` says nothing: of other places it cannot be asked. */
export const hasEnded = (place: Place, pid: number): boolean =>
  place.host === here.host && place.space === here.space && (place.boot !== here.boot || !isAlive(pid))

/** Whether a process of this place runs, by its id. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}
