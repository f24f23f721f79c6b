/** How arms are told apart: by colour, dash and symbol together, so that no one of them has to be seen. */
import type { Config } from "../config.ts"

export interface Look {
  readonly arm: string
  readonly color: string
  /** Dashes of the line, as in SVG; empty for a whole line. */
  readonly dash: string
  readonly symbol: "circle" | "square" | "triangle" | "diamond" | "plus" | "times"
}

/** The paper's two colours. */
const fullRank = "#1E88E5"
const relora = "#FF992F"
/** Further arms: told apart from both and from each other with the usual colour blindnesses, on white and on black. */
const others = ["#00A37A", "#B5549C", "#8D6E63", "#7A8288", "#C9352B", "#5E60CE"]

const dashes = ["", "7 3", "2 3", "9 3 2 3", "5 2 1 2 1 2"]
const symbols: ReadonlyArray<Look["symbol"]> = ["circle", "square", "triangle", "diamond", "plus", "times"]

/** Looks of the study's arms, in its order: the first full-rank arm is blue, the first ReLoRA arm orange. */
export const looks = (config: Config): ReadonlyArray<Look> => {
  const names = [...new Set(config.arms.map(({ arm }) => arm))]
  const methods = new Map(config.arms.map(({ arm, method }) => [arm, method]))
  const first = (method: string) => names.find((arm) => methods.get(arm) === method)
  const named = new Map([[first("full-rank"), fullRank], [first("relora"), relora]])
  const rest = names.filter((arm) => !named.has(arm))
  return names.map((arm, index) => ({
    arm,
    color: named.get(arm) ?? others[rest.indexOf(arm) % others.length]!,
    dash: dashes[index % dashes.length]!,
    symbol: symbols[index % symbols.length]!
  }))
}
