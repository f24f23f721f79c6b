/** Garbage collection on request. */
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

/**
 * Lets go of arrays that nothing refers to any more. V8 counts on memory being asked for again and again, and so on a chance to find
 * them; an engine asks for gigabytes without V8 seeing it, while what a state was read from still lies about.
 */
export const collect = (): void => {
  setFlagsFromString("--expose-gc")
  const gc = runInNewContext("gc") as (() => void) | undefined
  setFlagsFromString("--no-expose-gc")
  gc?.()
}
