/**
 * Training here beside an independent implementation in PyTorch (bench/reference/*.py), on the same weights, batches,
 * dropout masks and draws. Run as a program: node bench/fidelity.ts [case…] [--python PATH] [--float64] [--golden]
 *
 * --float64 runs the reference in double precision: what is then left between the two is our rounding alone.
 * --golden writes what the reference found to test/fixtures/fidelity.json, which the tests hold training against.
 */
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { decode, encode } from "../model/safetensors.ts"
import { armsOf, type Case, cases, firstGradients, train } from "./reference/cases.ts"
import { givenTensors, settingsOf } from "./reference/exchange.ts"
import { type Golden, sampled } from "./reference/golden.ts"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: "string", default: "python3" },
    float64: { type: "boolean", default: false },
    golden: { type: "boolean", default: false }
  }
})
const scripts = new URL("reference/", import.meta.url).pathname
const goldenFile = new URL("../test/fixtures/fidelity.json", import.meta.url).pathname

const distance = (ours: ArrayLike<number>, theirs: ArrayLike<number>): number => {
  let [difference, size] = [0, 0]
  for (let i = 0; i < theirs.length; i++) {
    difference += (ours[i]! - theirs[i]!) ** 2
    size += theirs[i]! ** 2
  }
  return difference === 0 ? 0 : Math.sqrt(difference / size)
}

const worst = (entries: Iterable<readonly [name: string, value: number]>): string => {
  const [name, value] = [...entries].reduce((most, entry) => entry[1] > most[1] ? entry : most, ["none", 0] as const)
  return `${value.toExponential(1)} (${name})`
}

const compare = async (given: Case, name: string): Promise<Golden[string]> => {
  const arm = armsOf(given)[name]!
  const folder = mkdtempSync(join(tmpdir(), "fidelity-"))
  try {
    const parts = encode(givenTensors(given, arm))
    const inputs = createHash("sha256")
    for (const part of parts) inputs.update(part)
    writeFileSync(join(folder, "given.safetensors"), Buffer.concat(parts))
    writeFileSync(join(folder, "case.json"), JSON.stringify(settingsOf(given, arm)))
    const options = values.float64 ? ["--float64"] : []
    const said = execFileSync(values.python, [join(scripts, "train.py"), folder, ...options], { encoding: "utf8" })
    if (name === "full-rank") {
      const laws = execFileSync(values.python, [join(scripts, "laws.py"), folder], { encoding: "utf8" })
      console.log(`${given.name}: first weights against PyTorch's laws ${laws.trim()}`)
    }
    const found = decode(readFileSync(join(folder, "found.safetensors")))
    const theirs = (of: string) => found.get(of)!.data
    const { metrics, state } = await train(given, arm)
    const gradients = await firstGradients(given, arm)

    const losses = theirs("losses")
    const norms = theirs("gradient_norms")
    const apart = (i: number) => Math.abs(metrics[i]!.loss - losses[i]!)
    const stateOf = new Map(
      [...state].flatMap(([tensor, { moments, values }]) => [
        [tensor, values] as const,
        ...(moments
          ? [[`${tensor}.exp_avg`, moments.expAvg] as const, [`${tensor}.exp_avg_sq`, moments.expAvgSq] as const]
          : [])
      ])
    )
    const missing = [...found.keys()].filter((tensor) =>
      (tensor.startsWith("gradient/") && !gradients.has(tensor.slice(9))) ||
      (tensor.startsWith("final/") && !stateOf.has(tensor.slice(6)))
    )
    if (missing.length > 0) throw new Error(`ours lacks ${missing.join(", ")}`)
    const distances = (prefix: string, ours: ReadonlyMap<string, Float32Array>) =>
      Array.from(ours, ([tensor, data]) => [tensor, distance(data, theirs(prefix + tensor))] as const)
    console.log([
      `${given.name} ${name} (${said.trim()})`,
      `  step 0: loss ${(apart(0) / losses[0]!).toExponential(1)} relative, gradients ${
        worst(distances("gradient/", gradients))
      }`,
      `  ${metrics.length} steps: loss ${
        worst(metrics.map(({ step }, i) => [`step ${step}`, apart(i)] as const))
      } nats, gradient norm ${
        worst(metrics.map(({ gradient_norm, step }, i) => [
          `step ${step}`,
          Math.abs(gradient_norm - norms[i]!) / norms[i]!
        ]))
      }, rate ${
        worst(metrics.map(({ learning_rate, step }, i) => [
          `step ${step}`,
          Math.abs(learning_rate - theirs("learning_rates")[i]!)
        ]))
      }`,
      `  last state: ${worst(distances("final/", stateOf))}`
    ].join("\n"))
    return {
      inputs: inputs.digest("hex"),
      reference: said.trim().split(":")[0]!,
      losses: Array.from(losses, (loss) => Number(loss.toPrecision(9))),
      gradientNorms: Array.from(norms, (norm) => Number(norm.toPrecision(7))),
      gradients: Object.fromEntries(
        Array.from(gradients.keys(), (tensor) => [tensor, sampled(theirs(`gradient/${tensor}`))])
      ),
      state: Object.fromEntries(Array.from(state.keys(), (tensor) => [tensor, sampled(theirs(`final/${tensor}`))]))
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const golden: Golden = {}
for (const given of cases) {
  if (positionals.length > 0 && !positionals.includes(given.name)) continue
  for (const arm of Object.keys(armsOf(given))) golden[`${given.name} ${arm}`] = await compare(given, arm)
}
if (values.golden) writeFileSync(goldenFile, `${JSON.stringify(golden)}\n`)
