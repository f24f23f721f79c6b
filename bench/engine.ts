/**
 * How the engine grows: whole processes over synthetic graphs with all results present, and engine time a trivial stage.
 *
 *     node bench/engine.ts [sizes, e.g. 20,1000,10000]
 *
 * Peer on the same graph in the same run, where it is installed: make (up to date, by file times).
 */
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"

const sizes = (process.argv[2] ?? "20,1000,10000").split(",").map(Number)
const work = mkdtempSync(join(tmpdir(), "relora-pipeline-bench-"))
const script = join(work, "synthetic.mjs")

const bundle = await rolldown({
  input: fileURLToPath(new URL("synthetic.ts", import.meta.url)),
  platform: "node",
  external: /^(@duckdb|onnxruntime)/,
  logLevel: "silent"
})
await bundle.write({ file: script, codeSplitting: false, format: "esm" })
await bundle.close()

interface Timed {
  readonly seconds: number
  readonly megabytes: number
}

/** Runs a command; wall time and largest resident set, by GNU time where there is one. */
const timed = (command: ReadonlyArray<string>, environment: Record<string, string>): Timed => {
  const began = performance.now()
  const { status, stderr } = spawnSync("/usr/bin/time", ["-f", "%M", ...command], {
    encoding: "utf8",
    env: { ...process.env, ...environment },
    maxBuffer: 1 << 30
  })
  const seconds = (performance.now() - began) / 1000
  if (status !== 0 && status !== 2) throw new Error(`${command.join(" ")}: ${stderr.slice(-2000)}`)
  return { seconds, megabytes: Number(stderr.trim().split("\n").at(-1)) / 1024 }
}

const best = (times: number, run: () => Timed): Timed =>
  Array.from({ length: times }, run).reduce((a, b) => a.seconds <= b.seconds ? a : b)

const makefile = (folder: string, size: number) => {
  mkdirSync(folder)
  const pairs = Math.floor((size - 1) / 2)
  const names = Array.from({ length: pairs }, (_, i) => i)
  writeFileSync(
    join(folder, "Makefile"),
    `final: ${names.map((i) => `b${i}`).join(" ")}\n\ttouch final\n${
      names.map((i) => `b${i}: a${i}\n\ttouch b${i}\n`).join("")
    }`
  )
  for (const i of names) {
    writeFileSync(join(folder, `a${i}`), "")
    writeFileSync(join(folder, `b${i}`), "")
  }
  writeFileSync(join(folder, "final"), "")
  for (const i of names) utimesSync(join(folder, `a${i}`), 1, 1)
  for (const i of names) utimesSync(join(folder, `b${i}`), 2, 2)
}

const line = (size: number, what: string, { megabytes, seconds }: Timed) =>
  console.log(
    `${String(size).padStart(7)}  ${what.padEnd(14)} ${seconds.toFixed(2).padStart(7)} s ${
      megabytes.toFixed(0).padStart(6)
    } MB`
  )

for (const size of sizes) {
  const store = join(work, `store-${size}`)
  const environment = { SYNTHETIC_SIZE: String(size), SYNTHETIC_STORE: store }
  spawnSync(process.execPath, [script], {
    env: { ...process.env, ...environment, SYNTHETIC: "fill" },
    stdio: "inherit"
  })
  const repeats = size > 20_000 ? 2 : 3
  const cli = (...args: ReadonlyArray<string>) =>
    best(repeats, () => timed([process.execPath, script, ...args, "--store", store], environment))
  line(size, "status", cli("status"))
  line(size, "why final", cli("why", "final"))
  line(size, "run, no-op", cli("run"))
  const made = join(work, `make-${size}`)
  if (spawnSync("make", ["--version"]).status === 0) {
    makefile(made, size)
    line(size, "make, no-op", best(repeats, () => timed(["make", "-s", "-C", made, "final"], {})))
  }
  rmSync(store, { recursive: true, force: true })
  rmSync(made, { recursive: true, force: true })
}

const stages = 201
const fresh = timed([process.execPath, script, "run", "--store", join(work, "fresh")], {
  SYNTHETIC_SIZE: String(stages)
})
console.log(
  `${
    ((fresh.seconds * 1000) / stages).toFixed(1)
  } ms a trivial stage, all of it: start, worker, commit with sync (${stages} stages)`
)
rmSync(work, { recursive: true, force: true })
