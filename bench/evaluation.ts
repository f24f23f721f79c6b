/**
 * Scores BLiMP with the paper's two shapes, their first weights and their tokenizer, beside PyTorch where its Python is named.
 *
 * Run: node bench/evaluation.ts [--pairs 6700] [--threads 1] [--rounds 3] [--sizes tiny,small] [--python PYTHON]
 *   [--blimp FOLDER] [--tokenizer FILE]
 */
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { parseArgs } from "node:util"
import { initialise, parameters, type Weights } from "../model/parameters.ts"
import { encode } from "../model/safetensors.ts"
import { scorer } from "../model/score.ts"
import { ModelShape } from "../schemas/model.ts"
import { blimpFiles, readBlimp } from "../stages/evaluate/blimp.ts"
import { logLikelihood } from "../stages/evaluate/scoring.ts"
import { Tokenizer } from "../stages/tokenize/tokenizer.ts"

const data = new URL("../../shared/data", import.meta.url).pathname
const { values: options } = parseArgs({
  options: {
    pairs: { type: "string", default: "6700" },
    threads: { type: "string", default: "1" },
    rounds: { type: "string", default: "3" },
    sizes: { type: "string", default: "tiny,small" },
    python: { type: "string" },
    blimp: { type: "string", default: process.env["BLIMP_DIR"] ?? `${data}/blimp/data` },
    tokenizer: { type: "string", default: `${data}/olmo-tokenizer/allenai_gpt-neox-olmo-dolma-v1_5.json` }
  }
})
const [wanted, threads, rounds] = [options.pairs, options.threads, options.rounds].map(Number) as [
  number,
  number,
  number
]

const common = { layers: 12, heads: 12, kvHeads: 4, vocabulary: 50_304 }
const shapes: Record<string, ModelShape> = {
  tiny: ModelShape.parse({ ...common, width: 96, hidden: 384 }),
  small: ModelShape.parse({ ...common, width: 384, hidden: 1536 })
}

const tokenizer = Tokenizer.fromJson(readFileSync(options.tokenizer, "utf8"))
const all = await readBlimp(blimpFiles(options.blimp))
const pairs = all.filter((_, at) => at % Math.max(1, Math.round(all.length / wanted)) === 0)
const sentences = [...new Set(pairs.flatMap(({ bad, good }) => [good, bad]))].map((text) => tokenizer.encode(text))

/** Seconds that scoring all sentences took, by the clock and of the processor: the latter mind no other programs. */
interface Seconds {
  readonly clock: number
  readonly processor: number
}
const never: Seconds = { clock: Infinity, processor: Infinity }
const least = (a: Seconds, b: Seconds): Seconds => ({
  clock: Math.min(a.clock, b.clock),
  processor: Math.min(a.processor, b.processor)
})

interface Peer {
  readonly seconds: () => Promise<Seconds>
  /** Ends it; the sums of log-probabilities. */
  readonly end: () => Promise<ReadonlyArray<number>>
}

const pytorch = (python: string, model: ModelShape, weights: Weights): Peer => {
  const folder = mkdtempSync(join(tmpdir(), "bench-evaluation-"))
  const tensors = parameters(model).map(({ name, shape }) => [name, { shape, data: weights.get(name)! }] as const)
  writeFileSync(join(folder, "weights.safetensors"), Buffer.concat(encode(new Map(tensors))))
  writeFileSync(join(folder, "case.json"), JSON.stringify({ model, sentences: sentences.map((ids) => [...ids]) }))
  const program = new URL("reference/score.py", import.meta.url).pathname
  const child = spawn(python, [program, folder, String(threads)], { stdio: ["pipe", "pipe", "inherit"] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = new Promise((resolve) => child.on("close", resolve))
  return {
    seconds: async () => {
      child.stdin.write("\n")
      const [clock, processor] = String((await lines.next()).value).split(" ").map(Number)
      return { clock: clock!, processor: processor! }
    },
    end: async () => {
      child.stdin.end()
      await ended
      const sums = JSON.parse(readFileSync(join(folder, "sums.json"), "utf8")) as ReadonlyArray<number>
      rmSync(folder, { recursive: true })
      return sums
    }
  }
}

console.log(`${pairs.length} pairs, ${sentences.length} sentences, ${threads} threads, best of ${rounds}`)
for (const size of options.sizes.split(",")) {
  const shape = shapes[size]!
  const weights = initialise(shape, 1)
  const peer = options.python === undefined ? undefined : pytorch(options.python, shape, weights)
  const scoring = scorer(shape, weights, { engine: "onnx", threads })
  let [ours, theirs] = [never, never]
  let scores: ReadonlyArray<Float32Array> = []
  for (let round = 0; round < rounds; round++) {
    const [start, used] = [performance.now(), process.cpuUsage()]
    scores = await scoring.logProbabilities(sentences)
    const { system, user } = process.cpuUsage(used)
    ours = least(ours, { clock: (performance.now() - start) / 1000, processor: (user + system) / 1e6 })
    if (peer !== undefined) theirs = least(theirs, await peer.seconds())
  }
  await scoring.dispose()
  const per = (seconds: number) => (pairs.length / seconds).toFixed(0)
  const rate = ({ clock, processor }: Seconds) => `${per(clock)} pairs/s (${per(processor)} a processor second)`
  const line = [`${size.padEnd(6)} ${rate(ours)}`]
  if (peer !== undefined) {
    const sums = await peer.end()
    const apart = sums.reduce((most, sum, at) => Math.max(most, Math.abs(sum - logLikelihood(scores[at]!))), 0)
    const times = (by: keyof Seconds) => (theirs[by] / ours[by]).toFixed(2)
    line.push(`PyTorch ${rate(theirs)}`, `${times("clock")} (${times("processor")}) times PyTorch's`)
    line.push(`sums apart by ${apart.toExponential(1)} nats at most`)
  }
  console.log(line.join(", "))
}
