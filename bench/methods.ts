/**
 * Time and memory of an optimizer step of every method beside full-rank training, in turns within one run.
 *
 *     node bench/methods.ts [--size tiny] [--methods relora,galore,…] [--vocabulary 4096] [--sequence 256] [--batch 4]
 *                           [--threads 1] [--rounds 5]
 *
 * Ratios are method over full-rank: of time as it passes, and of processor time, which what else the machine does leaves nearly alone.
 * State is what the method claims for weights and optimizer. Work between steps, such as a merge, is not timed; the step that renews a
 * subspace is, in so far as it is the first.
 */
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { Arm, kinds } from "../schemas/method.ts"
import { type Method, ModelShape } from "../schemas/model.ts"
import { methodAt, stateSize } from "../stages/arm.ts"
import { peer } from "./peer.ts"
import type { Cell } from "./training-step.ts"

const widths: Record<string, { readonly width: number; readonly hidden: number }> = {
  tiny: { width: 96, hidden: 384 },
  small: { width: 384, hidden: 1536 }
}

/** What a method needs that has no default. */
const needed: Readonly<Record<string, object>> = {
  relora: { resetEvery: 1000 },
  lte: { mergeEvery: 1000, heads: 4 },
  "periodic-lora": { stageSteps: 1000 },
  "lora-squeeze": { squeezeAt: [1000], ranks: [8] },
  "sd-lora": { stageAt: [1000] },
  switchlora: { decaySteps: 1000 }
}

const { values: flags } = parseArgs({
  options: {
    size: { type: "string", default: "tiny" },
    methods: { type: "string", default: kinds.filter((kind) => kind !== "full-rank").join(",") },
    vocabulary: { type: "string", default: "4096" },
    sequence: { type: "string", default: "256" },
    batch: { type: "string", default: "4" },
    threads: { type: "string", default: "1" },
    rounds: { type: "string", default: "5" }
  }
})

const widthsOf = widths[flags.size]
if (widthsOf === undefined) throw new Error(`--size ${flags.size}: expected one of ${Object.keys(widths).join(", ")}`)
const shape = ModelShape.parse({ layers: 12, heads: 12, kvHeads: 4, vocabulary: Number(flags.vocabulary), ...widthsOf })
const program = (method: Method) => {
  const cell: Cell = {
    shape,
    method,
    batchSize: Number(flags.batch),
    sequenceLength: Number(flags.sequence),
    threads: Number(flags.threads)
  }
  return peer(process.execPath, [fileURLToPath(new URL("training-step.ts", import.meta.url)), JSON.stringify(cell)])
}
const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

const fullRank: Method = { kind: "full-rank" }
const base = program(fullRank)
await base.steps(2)
const full = stateSize(shape, fullRank)
console.log(
  `${flags.size}, ${flags.batch}×${flags.sequence} tokens, vocabulary ${flags.vocabulary}, threads ${flags.threads}`
)
for (const kind of flags.methods.split(",")) {
  const method = methodAt(Arm.parse({ method: kind, ...needed[kind] }), 1, { width: shape.width, seed: 1 })
  const other = program(method)
  await other.steps(2)
  const ratios: Array<readonly [time: number, effort: number]> = []
  let memory = 0
  for (let round = 0; round < Number(flags.rounds); round++) {
    const [one, two] = [await base.steps(1), await other.steps(1)]
    ratios.push([two.milliseconds[0]! / one.milliseconds[0]!, two.processor / one.processor])
    memory = two.memory
  }
  await other.end()
  const state = stateSize(shape, method)
  console.log(
    `${kind.padEnd(14)} time ${median(ratios.map(([time]) => time)).toFixed(2)}, processor time ${
      median(ratios.map(([, effort]) => effort)).toFixed(2)
    }, state ${(state / 1e6).toFixed(1)} MB (${(state / full).toFixed(2)}), peak ${(memory / 2 ** 20).toFixed(0)} MB`
  )
}
await base.end()
