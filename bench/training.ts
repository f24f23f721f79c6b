/**
 * Speed and memory of whole optimizer steps, beside PyTorch eager on the same model, batch and threads, in turns within one run.
 *
 *     node bench/training.ts [--sizes tiny,small] [--vocabularies 4096,50304] [--sequences 256,512] [--threads 1,2]
 *                            [--methods full-rank,relora] [--batch 4] [--rounds 5] [--python PATH]
 *                            [--ways sdpa,fused]
 *
 * PATH (or the environment's PYTORCH_PYTHON) is a Python that can import torch; without it only this project's half is
 * timed. Of PyTorch's ways to attend and to update, the fastest at each shape is taken, unless named.
 */
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { type Method, ModelShape } from "../schemas/model.ts"
import { peer } from "./peer.ts"
import type { Answer, Cell } from "./training-step.ts"

const widths: Record<string, { readonly width: number; readonly hidden: number }> = {
  tiny: { width: 96, hidden: 384 },
  small: { width: 384, hidden: 1536 }
}

const methods: Record<string, Method> = {
  "full-rank": { kind: "full-rank" },
  relora: {
    kind: "relora",
    rank: 16,
    alpha: 32,
    dropout: 0.1,
    targets: ["attention", "swiglu"],
    initA: "kaiming",
    mergeScale: "alpha/rank",
    reinitEffective: true,
    optimizerPrune: 0.999,
    seed: 1
  }
}

/** How PyTorch attends and updates (see training_speed.py). */
interface Ways {
  readonly attention: string
  readonly optimizer: string
}

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

const ours = (cell: Cell) => peer(process.execPath, [path("training-step.ts"), JSON.stringify(cell)])

const torch = (python: string, cell: Cell, ways: Ways) =>
  peer(python, [path("reference/training_speed.py"), JSON.stringify({ ...cell, ...ways })])

const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

const best = (answer: Answer): number => Math.min(...answer.milliseconds)

/** The fastest of PyTorch's ways at a shape, each by the best of three steps after one. */
const fastestWays = async (python: string, cell: Cell): Promise<Ways> => {
  const timed = async (ways: Ways): Promise<number> => {
    const program = torch(python, cell, ways)
    await program.steps(1)
    const answer = await program.steps(3)
    await program.end()
    return best(answer)
  }
  let [fastest, least]: [Ways, number] = [{ attention: "sdpa", optimizer: "fused" }, Infinity]
  const attempt = async (ways: Ways) => {
    const taken = await timed(ways)
    if (taken < least) [fastest, least] = [ways, taken]
  }
  for (const attention of ["sdpa", "repeated", "plain"]) await attempt({ attention, optimizer: "fused" })
  await attempt({ ...fastest, optimizer: "foreach" })
  return fastest
}

/** What one program needs for a step. */
interface Taken {
  /** Median time of a step, ms. */
  readonly milliseconds: number
  readonly memory: number
  readonly outside: number
}

/** Times programs in turns, so that what else the machine does meets all alike. Also the median ratio of neighbouring turns. */
const inTurns = async (programs: ReadonlyArray<ReturnType<typeof peer>>, rounds: number, steps: number) => {
  const answers = programs.map((): Array<Answer> => [])
  for (const program of programs) await program.steps(2)
  for (let round = 0; round < rounds; round++) {
    for (const [i, program] of programs.entries()) answers[i]!.push(await program.steps(steps))
  }
  for (const program of programs) await program.end()
  const taken = answers.map((of): Taken => ({
    milliseconds: median(of.flatMap(({ milliseconds }) => milliseconds)),
    memory: Math.max(...of.map(({ memory }) => memory)),
    outside: median(of.map(({ outside = 0 }) => outside))
  }))
  const [mine, theirs] = answers
  const ratio = (of: (answer: Answer) => number) =>
    theirs && median(mine!.map((answer, round) => of(theirs[round]!) / of(answer)))
  return {
    taken,
    ratio: ratio(({ milliseconds }) => median(milliseconds)),
    effort: ratio(({ processor }) => processor)
  }
}

const { values: flags } = parseArgs({
  options: {
    sizes: { type: "string", default: Object.keys(widths).join(",") },
    vocabularies: { type: "string", default: "4096,50304" },
    sequences: { type: "string", default: "256,512" },
    threads: { type: "string", default: "1,2" },
    methods: { type: "string", default: Object.keys(methods).join(",") },
    batch: { type: "string", default: "4" },
    rounds: { type: "string", default: "5" },
    ways: { type: "string" },
    python: { type: "string", default: process.env.PYTORCH_PYTHON ?? "" }
  }
})
const list = (text: string): ReadonlyArray<string> => text.split(",")
const { python } = flags
const batchSize = Number(flags.batch)
if (python === "") {
  console.log("no PyTorch: name a Python that has it by --python or PYTORCH_PYTHON; timing this project alone")
}
const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MB`
const shapeOf = (size: string, vocabulary: number): ModelShape =>
  ModelShape.parse({ layers: 12, heads: 12, kvHeads: 4, vocabulary, ...widths[size] })

for (const threads of list(flags.threads).map(Number)) {
  for (const size of list(flags.sizes)) {
    for (const sequenceLength of list(flags.sequences).map(Number)) {
      const of = (vocabulary: number, method: string): Cell => ({
        shape: shapeOf(size, vocabulary),
        method: methods[method]!,
        batchSize,
        sequenceLength,
        threads
      })
      const [attention, optimizer] = flags.ways?.split(",") ?? []
      const named = attention !== undefined && optimizer !== undefined ? { attention, optimizer } : undefined
      const ways = python === "" ? undefined : named ?? await fastestWays(python, of(4096, "full-rank"))
      for (const vocabulary of list(flags.vocabularies).map(Number)) {
        for (const method of list(flags.methods)) {
          const cell = of(vocabulary, method)
          const programs = [ours(cell), ...(ways ? [torch(python, cell, ways)] : [])]
          const { effort, ratio, taken: [mine, theirs] } = await inTurns(
            programs,
            Number(flags.rounds),
            size === "tiny" ? 3 : 1
          )
          const tokens = (milliseconds: number) => (batchSize * sequenceLength / milliseconds * 1000).toFixed(0)
          console.log(
            `${size.padEnd(5)} V=${String(vocabulary).padEnd(5)} ${batchSize}×${sequenceLength} ${method.padEnd(9)} ` +
              `${threads} ${threads === 1 ? "thread " : "threads"} ${tokens(mine!.milliseconds).padStart(6)} tokens/s` +
              `, ${(100 * mine!.outside).toFixed(1)} % outside the engine, ${megabytes(mine!.memory)}` +
              (theirs
                ? `; PyTorch ${tokens(theirs.milliseconds)} tokens/s (${ways!.attention}, ${ways!.optimizer}), ` +
                  `${megabytes(theirs.memory)}; ratio ${ratio!.toFixed(2)}, of processor time ${effort!.toFixed(2)}`
                : "")
          )
        }
      }
    }
  }
}
