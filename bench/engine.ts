/**
 * How the engine grows: whole processes over synthetic graphs with all results present, the time to read a history, and the engine's
 * own time a trivial stage; each beside its bar, and beside other tools on the same graph.
 *
 *     node bench/engine.ts [sizes, e.g. 20,1000,10000]
 *
 * Peers: make and ninja where they are installed; DVC and Snakemake where `dvc` and `snakemake` are found in PATH or named by the
 * environment variables DVC and SNAKEMAKE. make, ninja and Snakemake go by file times, DVC by hashes.
 * Wall time is that of the fastest of a few; beside it that run's processor time, which says more on a busy machine.
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import * as os from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"
import { peers, prepare, versionOf } from "./peers.ts"

const sizes = (process.argv[2] ?? "20,1000,10000,100000").split(",").map(Number)
const work = mkdtempSync(join(os.tmpdir(), "relora-pipeline-bench-"))
process.on("exit", () => rmSync(work, { recursive: true, force: true }))
const script = join(work, "synthetic.mjs")

const bundle = await rolldown({
  input: fileURLToPath(new URL("synthetic.ts", import.meta.url)),
  platform: "node",
  external: /^(@duckdb|onnxruntime|@aws-sdk)/,
  logLevel: "silent"
})
await bundle.write({ dir: work, entryFileNames: "[name].mjs", chunkFileNames: "[name]-[hash].mjs", format: "esm" })
await bundle.close()

interface Timed {
  readonly seconds: number
  /** Processor time, user and system; memory at most. Not known without GNU time. */
  readonly processor: number
  readonly megabytes: number
}

const gnuTime = existsSync("/usr/bin/time") ? ["/usr/bin/time", "-f", "%U %S %M"] : []

const timed = (command: ReadonlyArray<string>, environment: Record<string, string> = {}): Timed => {
  const [program, ...args] = [...gnuTime, ...command]
  const began = performance.now()
  const { status, stderr } = spawnSync(program!, args, {
    encoding: "utf8",
    env: { ...process.env, NODE_COMPILE_CACHE: join(work, "compiled"), ...environment },
    maxBuffer: 1 << 30
  })
  const seconds = (performance.now() - began) / 1000
  if (status !== 0 && status !== 2) throw new Error(`${command.join(" ")}: ${stderr.slice(-2000)}`)
  const [user = NaN, system = NaN, kilobytes = NaN] = gnuTime.length === 0
    ? []
    : stderr.trim().split("\n").at(-1)!.split(" ").map(Number)
  return { seconds, processor: user + system, megabytes: kilobytes / 1024 }
}

const best = (times: number, run: () => Timed): Timed =>
  Array.from({ length: times }, run).reduce((a, b) => a.seconds <= b.seconds ? a : b)

/** These processes do one thing at a time: what they did not compute, they waited for the machine. */
const verdict = (seconds: number, processor: number, bar: number) =>
  seconds <= bar ? "met" : processor <= bar ? "NOT MET, met by processor time: the machine was busy" : "NOT MET"

const tell = (what: string, { megabytes, processor, seconds }: Timed, bar?: number) =>
  console.log(
    [
      what.padEnd(46),
      `${seconds.toFixed(2).padStart(7)} s`,
      `${processor.toFixed(2).padStart(7)} s cpu`,
      `${megabytes.toFixed(0).padStart(5)} MB`,
      bar === undefined ? "" : `  bar ${bar} s ${verdict(seconds, processor, bar)}`
    ].join(" ").trimEnd()
  )

const ofStore = (store: string, size: number) => ({ SYNTHETIC_SIZE: String(size), SYNTHETIC_STORE: store })
const make = (mode: string, store: string, size: number) => {
  timed([process.execPath, script], { ...ofStore(store, size), SYNTHETIC: mode })
}
const cli = (repeats: number, store: string, size: number, ...args: ReadonlyArray<string>) =>
  best(repeats, () => timed([process.execPath, script, ...args, "--store", store], ofStore(store, size)))
const changed = (store: string, size: number, ...args: ReadonlyArray<string>) =>
  timed([process.execPath, script, ...args, "--store", store], { ...ofStore(store, size), SYNTHETIC_CODE: "changed" })

console.log(
  `${os.cpus()[0]?.model}, ${os.availableParallelism()} cores, load ${
    os.loadavg()[0]!.toFixed(1)
  }; Node ${process.versions.node}`
)
const installed = peers.flatMap((peer) => {
  const version = versionOf(peer)
  console.log(`${peer.name}: ${version ?? "not found, so not timed"}`)
  return version === undefined ? [] : [peer]
})

const bars: Readonly<Record<number, number>> = { 20: 0.25, 1000: 0.4, 10_000: 1.5, 100_000: 12 }
const times = new Map<number, number>()
for (const size of sizes) {
  const store = join(work, `store-${size}`)
  make("fill", store, size)
  const repeats = size > 20_000 ? 3 : 5
  const of = `${size.toLocaleString("en")} instances: `
  tell(`${of}status, no snapshot`, cli(repeats, store, size, "status"))
  tell(`${of}run, nothing to do`, cli(repeats, store, size, "run"))
  const status = cli(repeats, store, size, "status")
  times.set(size, gnuTime.length === 0 ? status.seconds : status.processor)
  tell(`${of}status`, status, bars[size])
  tell(`${of}why final`, cli(repeats, store, size, "why", "final"), size === 1000 ? 0.4 : undefined)
  tell(`${of}status, all stale`, changed(store, size, "status"))
  tell(`${of}plan, all stale`, changed(store, size, "plan"))
  rmSync(store, { recursive: true, force: true })
  for (const peer of installed) {
    if (size > peer.most) continue
    const folder = join(work, `${peer.name}-${size}`)
    prepare(peer, folder, size)
    tell(`${of}${peer.name}`, best(peer.most < Infinity ? 2 : repeats, () => timed(peer.command(folder))))
    rmSync(folder, { recursive: true, force: true })
  }
}
const [small, large] = [times.get(10_000), times.get(100_000)]
if (small !== undefined && large !== undefined) {
  const growth = large / small
  console.log(
    `status grows ${growth.toFixed(1)}× in processor time from 10,000 to 100,000: bar 12× ${
      growth <= 12 ? "met" : "NOT MET"
    }`
  )
}

for (const past of [0, 100_000, 1_000_000]) {
  const store = join(work, "history")
  make("fill", store, 1000)
  if (past > 0) make("past", store, past)
  cli(1, store, 1000, "run")
  tell(`1,000 instances, ${past.toLocaleString("en")} old events: status`, cli(5, store, 1000, "status"), 0.4)
  rmSync(store, { recursive: true, force: true })
}

const replayed = join(work, "replay")
make("replay", replayed, 100_000)
tell("replay of 100,000 events, no snapshot: status", cli(5, replayed, 20, "status"), 0.8)
if (existsSync(join(replayed, "snapshot.ndjson"))) throw new Error("a reader wrote")

// What a stage costs is what more stages cost more: start and end of the process are not its.
const [few, many] = [21, 221]
const ran = (size: number) =>
  best(2, () => {
    const store = join(work, `fresh-${size}`)
    const took = timed([process.execPath, script, "run", "--jobs", "1", "--store", store], {
      SYNTHETIC_SIZE: String(size)
    })
    const journal = readdirSync(join(store, "journal")).map((file) =>
      readFileSync(join(store, "journal", file), "utf8")
    )
    const succeeded = journal.join("").split("\"type\":\"StageSucceeded\"").length - 1
    if (succeeded !== size) throw new Error(`${succeeded} of ${size} stages were executed`)
    rmSync(store, { recursive: true })
    return took
  })
const each = (ran(many).seconds - ran(few).seconds) * 1000 / (many - few)
console.log(
  `a trivial stage, executed in a worker process and committed with every sync: ${each.toFixed(1)} ms: bar 20 ms ${
    each <= 20 ? "met" : "NOT MET"
  }`
)
