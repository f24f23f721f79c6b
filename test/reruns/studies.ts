/** Studies whose keys are put to the test, as data. */
import { readFileSync } from "node:fs"
import { parseDocument } from "yaml"
import type { Settings } from "./settings.ts"

const study = (name: string): Settings => {
  const file = new URL(`../../studies/${name}.yaml`, import.meta.url)
  return parseDocument(readFileSync(file, "utf8"), { merge: true }).toJS() as Settings
}

const smoke = study("smoke")

export const studies: Readonly<Record<"smoke" | "default" | "warm-start", Settings>> = {
  smoke,
  default: study("default"),
  "warm-start": {
    ...smoke,
    name: "warm-start",
    arms: {
      "full-rank": smoke["arms"]["full-rank"],
      warm: { ...smoke["arms"]["relora-described"], resetEvery: 10, warmStartSteps: 20 },
      constant: {
        method: "relora",
        rank: 4,
        resetEvery: 10,
        warmStartSteps: 10,
        schedule: { kind: "constant", warmupSteps: 35 }
      }
    }
  }
}
