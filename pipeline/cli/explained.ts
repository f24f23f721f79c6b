/** An explanation in lines: the headline, then each cause. */
import type { Explanation } from "../explain.ts"
import * as Format from "./format.ts"

const headline = ({ instance, missing, reason, status }: Explanation): string => {
  switch (reason) {
    case "blocked":
      return `${instance} cannot run: ${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing`
    case "never ran":
      return status === "fresh" ? `${instance} is fresh; it has run once` : `${instance} has never run`
    case "accepted":
      return `${instance} counts as fresh, since what changed is accepted`
    case "same":
      return `${instance} stood for the same key in both runs`
    case "differs":
      return `${instance} differs between the two runs because`
    case "absent":
      return `${instance} had no result at the end of one of the two runs`
    case "lost":
      return `${instance} must run again: its object is gone from the store`
    case "changed":
      return status === "fresh" ? `${instance} is fresh; it last changed because` : `${instance} is stale because`
  }
}

export interface Line {
  readonly text: string
  /** Whether it only says how the line before came to matter. */
  readonly isAside: boolean
}

export const lines = (explanation: Explanation): ReadonlyArray<Line> => {
  const line = (text: string, isAside = false): Line => ({ text, isAside })
  return [
    line(headline(explanation)),
    ...(explanation.accepted ?? []).map((accepted) => line(Format.acceptance(accepted))),
    ...explanation.roots.flatMap((root) => [
      ...Format.rootLines(root).map((text) => line(text)),
      ...(root.path.length > 1 ? [line(`by way of ${root.path.join(" → ")}`, true)] : [])
    ])
  ]
}
