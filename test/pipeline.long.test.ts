/** The command line on the smoke study, as a user runs it: processes, kills, threads, changed settings. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { rowsBehind } from "../pipeline/behind.ts"
import { withoutPosition } from "../schemas/leaf.ts"
import { readStudy } from "../stages/study-file.ts"
import { graphOf } from "../stages/study.ts"
import { stream } from "../tensor/random.ts"
import { filesBehind, walk } from "./cells.ts"

const project = fileURLToPath(new URL("..", import.meta.url))
const work = mkdtempSync(join(tmpdir(), "relora-pipeline-smoke-"))
const study = join(work, "smoke.yaml")
const smoke = readFileSync(join(project, "studies/smoke.yaml"), "utf8")
const store = join(work, "store")

const command = (args: ReadonlyArray<string>) => [join(project, "bin/pipeline.mjs"), ...args, "--study", study]

const pipeline = (args: ReadonlyArray<string>, into = store) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [...command(args), "--store", into], {
    cwd: project,
    encoding: "utf8",
    env: { ...process.env, BLIMP_DIR: "" }
  })
  return { status, stderr, stdout }
}

interface Outcome {
  readonly ran: ReadonlyArray<string>
  readonly reused: ReadonlyArray<string>
  readonly failed: ReadonlyArray<string>
}
const run = (args: ReadonlyArray<string> = [], into = store): Outcome => {
  const { status, stderr, stdout } = pipeline(["run", "report", "--json", ...args], into)
  expect(stderr + stdout, "the run's output").toContain("\"failed\": []")
  expect(status).toBe(0)
  return JSON.parse(stdout) as Outcome
}

interface Succeeded {
  readonly type: string
  readonly instance: string
  readonly outputs: Record<string, { digest: string }>
}
/** Logical digest of every output of a store, by instance and output. */
const digests = (into: string): Record<string, string> => {
  const { stdout } = pipeline(["log", "--json"], into)
  const events = stdout.trim().split("\n").map((line) => JSON.parse(line) as Succeeded)
  return Object.fromEntries(
    events.filter(({ type }) => type === "StageSucceeded").flatMap(({ instance, outputs }) =>
      Object.entries(outputs).map(([name, { digest }]) => [`${instance} ${name}`, digest])
    ).sort()
  )
}

/** Settings of the ReLoRA arms changed; the file is read anew at every run. */
const setRank = (rank: number) => {
  const changed = smoke.replace(/rank: 4\b/, `rank: ${rank}`)
  expect(rank === 4 || changed !== smoke).toBe(true)
  writeFileSync(study, changed)
}

afterAll(() => rmSync(work, { recursive: true, force: true }))

beforeAll(() => {
  setRank(4)
  // Built here once, so that no two of the processes below build at a time.
  pipeline(["--version"])
})

describe("the smoke study", () => {
  /** What an undisturbed run makes. */
  let reference: Record<string, string> = {}

  it("runs to its report, and a second run does nothing and says so", () => {
    const first = run(["--threads", "1"])
    expect(first.ran).toContain("report")
    reference = digests(store)
    const again = pipeline(["run", "report"])
    expect(again.stdout).toContain("nothing to do")
    expect(run().ran).toEqual([])
    expect(pipeline(["status", "--check"]).status).toBe(0)
    const report = readFileSync(join(store, "report/smoke/report.html"), "utf8")
    expect(report).toContain("<svg")
    expect(report).not.toMatch(/(src|href)="https?:/)
  })

  it("writes a paper that it finds again byte by byte at one and at two threads, and in numbers alone after other training", () => {
    const papers = join(work, "papers")
    expect(pipeline(["paper", "--to", papers]).status).toBe(0)
    const verify = (args: ReadonlyArray<string>, into = store) => {
      const { status, stdout } = pipeline(["verify", "--paper", "--against", papers, "--json", ...args], into)
      const { exact, files, settings } = JSON.parse(stdout) as {
        exact: boolean
        files: ReadonlyArray<{ path: string; verdict: string }>
        settings: ReadonlyArray<{ leaf: string }>
      }
      const paths = (verdict: string) => files.filter((file) => file.verdict === verdict).map(({ path }) => path)
      return { status, exact, files, settings: settings.map(({ leaf }) => leaf), paths }
    }
    for (const threads of ["1", "2"]) {
      const { exact, files, paths, status } = verify(["--threads", threads])
      expect({ status, exact, same: paths("same").length }).toEqual({ status: 0, exact: true, same: files.length })
    }
    // Training that differs by as little as another machine's does, which only a setting can make here.
    const into = join(work, "nearly")
    cpSync(store, into, { recursive: true })
    writeFileSync(study, smoke.replace("learningRate: 2.0e-3", "learningRate: 2.000002e-3"))
    expect(run([], into).ran).toContain("pretrain/pico/full-rank/42/20-40")
    const nearly = verify([], into)
    setRank(4)
    expect(nearly).toMatchObject({ status: 1, exact: false, settings: ["training.learningRate"] })
    expect(nearly.paths("within")).toContain("tables/loss.parquet")
    // The table of settings has the one that was changed.
    const wrong = nearly.files.filter(({ verdict }) => verdict !== "same" && verdict !== "within")
    expect(wrong.map(({ path }) => path)).toEqual(["tables/configuration.parquet"])
  })

  it("leads from every cell of the report to what it was made from, down to files and code", async () => {
    const { study: settings } = readStudy(study)
    const walked = await walk(store, settings.name, graphOf(settings, { folder: work, environment: {} }))
    expect(walked.cells.length).toBeGreaterThan(2000)
    const behind = filesBehind(walked)
    const kinds = { inputs: 0, settings: 0, facts: 0 }
    for (const { cell, trace: { facts, inputs, settings } } of walked.cells) {
      const name = `${cell.table}/${cell.row}/${cell.column}`
      kinds.inputs += inputs.length
      kinds.settings += settings.length
      kinds.facts += facts.length
      if (cell.value !== "") expect(inputs.length + settings.length + facts.length, name).toBeGreaterThan(0)
      for (const { maker, output } of inputs) {
        expect(walked.file(maker!.outputs[output!]!), name).toBeDefined()
        // Weights that nothing was trained on come from their seed alone.
        const initial = /^(checkpoint|spectra)\/.*\/0$/.test(maker!.instance)
        expect([...behind(maker!)].some((file) => file.startsWith("file.corpus.")), name).toBe(!initial)
      }
    }
    for (const [kind, count] of Object.entries(kinds)) expect(count, kind).toBeGreaterThan(100)
    // Of each table, the rows behind one cell of each row.
    for (const { rows } of walked.book.tables.values()) {
      const row = rows[Math.floor(rows.length / 2)]!
      const cells = walked.cells.filter(({ cell }) => row.get(cell.column) === cell && cell.value !== "")
      const last = cells.findLast(({ trace }) => trace.inputs.length > 0)
      if (last === undefined) continue
      for (const { count, gone } of await rowsBehind(walked.instance.stage, last.trace.inputs, walked.file, 3)) {
        expect([count > 0, gone], `${last.cell.table} ${last.cell.column}`).toEqual([true, 0])
      }
    }
    // The same by the command, and in the file that people open.
    const shown = JSON.parse(pipeline(["show", "loss/pico,full-rank/nats_per_token", "--json"]).stdout) as {
      readonly value: string
      readonly inputs: ReadonlyArray<{ readonly leaf: string; readonly instance: string }>
      readonly rows: ReadonlyArray<{ readonly rows: ReadonlyArray<{ readonly nats: number; readonly tokens: string }> }>
    }
    const sum = (column: "nats" | "tokens") => shown.rows[0]!.rows.reduce((all, row) => all + Number(row[column]), 0)
    expect((sum("nats") / sum("tokens")).toFixed(4)).toBe(shown.value)
    expect(shown.inputs.map(({ instance }) => instance)).toEqual(["evaluate/pico/full-rank/42/40"])
    const csv = readFileSync(join(store, "report/smoke/tables/loss.csv"), "utf8").split("\n")
    expect(csv[1]!.split(",")).toContain(shown.value)
    const besides = JSON.parse(readFileSync(join(store, "report/smoke/tables/loss.provenance.json"), "utf8")) as {
      readonly columns: ReadonlyArray<{ readonly name: string }>
      readonly cells: ReadonlyArray<ReadonlyArray<number>>
      readonly origins: ReadonlyArray<{ readonly inputs: ReadonlyArray<{ readonly leaf: string }> }>
    }
    const column = besides.columns.findIndex(({ name }) => name === "nats_per_token")
    expect(besides.origins[besides.cells[0]![column]!]!.inputs.map(({ leaf }) => leaf))
      .toEqual(shown.inputs.map(({ leaf }) => withoutPosition(leaf)))
    expect(pipeline(["show", "loss"]).stdout).toMatch(/nats_per_token +held-out loss[^]*pico +full-rank/)
    expect(pipeline(["show", "loss/pico/loss"]).stderr).toContain("3 rows of table loss have pico: 0 (pico,full-rank)")
    expect(pipeline(["show", "loss/9/loss"]).stderr).toContain("table loss has no row 9; it has 0 (pico,full-rank)")
    expect(pipeline(["show", "loss/0/los"]).stderr).toContain("table loss has no column los; near: loss")
    expect(pipeline(["show", "losss"]).stderr).toContain("a table is called loss")
  })

  it("with a learning rate of 10⁶ stops at the step that diverges, and keeps the checkpoint before it", () => {
    const changed = smoke.replace("learningRate: 2.0e-3", "learningRate: 1.0e6").replace("{ every: 20 }", "[1, 20]")
    expect(changed).toContain("1.0e6")
    writeFileSync(study, changed)
    const into = join(work, "diverging")
    const { status, stdout } = pipeline(["run", "pretrain/*/full-rank/*"], into)
    expect(status).toBe(1)
    expect(stdout).toMatch(/full-rank\/42\/1-20: step \d+: .*NaN.*learningRate.*Checkpoints before this step are kept/)
    expect(Object.keys(digests(into))).toContain("pretrain/pico/full-rank/42/0-1 state")
    setRank(4)
  })

  it("reruns the ReLoRA arms and what follows when their rank changes, nothing else, and nothing when it is changed back", () => {
    setRank(3)
    const dry = pipeline(["run", "--dry-run", "--json"])
    expect(dry.status).toBe(2)
    const planned = (JSON.parse(dry.stdout) as Array<{ instance: string; reason: string }>).map(({ instance }) =>
      instance
    )
    const why = pipeline(["why", "spectra/pico/relora-described/42/40"])
    expect(why.stdout).toMatch(/arms\.relora-described\.rank 4 → 3 \(.*smoke\.yaml:\d+\)/)
    const line = Number(/smoke\.yaml:(\d+)\)/.exec(why.stdout)![1])
    expect(readFileSync(study, "utf8").split("\n")[line - 1]).toContain("rank: 3")
    const { ran } = run()
    expect([...ran].sort()).toEqual([...planned].sort())
    for (const id of ran) {
      expect(id).toMatch(/^(pretrain|checkpoint|spectra|probe|dynamics|similarity|evaluate)\/pico\/relora-|^report$/)
    }
    for (const stage of ["pretrain", "checkpoint", "spectra", "evaluate"]) {
      expect(ran.some((id) => id.startsWith(`${stage}/`)), stage).toBe(true)
    }
    // Step 0 comes before any adapter: its checkpoint is every arm's.
    expect(ran.filter((id) => id.endsWith("/0"))).toEqual([])
    setRank(4)
    expect(run().ran).toEqual([])
  })

  it("answers a wrong flag with what is wrong and where to look, not with the whole help", () => {
    const { status, stderr, stdout } = pipeline(["status", "--chek"])
    expect(status).toBe(64)
    expect(stdout).toBe("")
    expect(stderr).toMatch(/Unrecognized flag: --chek[^]*--check[^]*See pipeline status --help/)
  })

  it("announces as many as it runs, though several share a result, and at two threads makes the same tables as at one", () => {
    const into = join(work, "announced")
    const planned = JSON.parse(pipeline(["plan", "report", "--json"], into).stdout) as { steps: Array<unknown> }
    const said = /: (\d+) of \d+ instances would run, (\d+) would share/.exec(
      pipeline(["run", "report", "--dry-run"], into).stdout
    )!
    const { ran, reused } = run(["--jobs", "1", "--threads", "2"], into)
    expect(digests(into)).toEqual(reference)
    expect([Number(said[1]), Number(said[2])]).toEqual([ran.length, reused.length])
    expect(planned.steps).toHaveLength(ran.length)
  })

  it("trains only what a checkpoint more divides", () => {
    writeFileSync(study, smoke.replace("checkpoints: { every: 20 }", "checkpoints: [10, { every: 20 }]"))
    const { ran } = run()
    setRank(4)
    const trained = ran.filter((id) => id.startsWith("pretrain/")).map((id) => id.split("/").at(-1))
    expect([...new Set(trained)].sort()).toEqual(["0-10", "10-20"])
  })

  it("takes an accepted change as none, says so, and takes it back", () => {
    setRank(2)
    const segment = "pretrain/pico/relora-described/42/0-20"
    const accept = (...flags: ReadonlyArray<string>) => pipeline(["accept", segment, "method.rank", ...flags])
    expect(pipeline(["status", segment]).stdout).toContain("stale")
    expect(accept().stderr).toContain("--reason TEXT is needed")
    expect(pipeline(["accept", segment, "code", "--reason", "none"]).stderr).toContain("what has: config.method.rank")
    expect(accept("--reason", "a test", "--author", "ada").stdout).toContain("now fresh")
    expect(pipeline(["status", segment]).stdout).toMatch(/fresh .*accepted by ada on .*: a test/)
    expect(pipeline(["why", segment]).stdout).toContain("method.rank 4 → 2, accepted by ada")
    expect(pipeline(["show", segment]).stdout).toMatch(/accepted .*method\.rank 4 → 2/)
    expect(accept("--revoke").stdout).toContain("stale")
    expect(pipeline(["log"]).stdout).toMatch(/accepted for .*[^]*revoked for/)
    setRank(4)
    expect(run().ran).toEqual([])
  })

  it("exports a checkpoint that a study reads back, and scores to the same bits", () => {
    const folder = join(work, "exported")
    const { status, stdout } = pipeline(["export", "checkpoint/pico/relora-published/42/40", "--to", folder, "--json"])
    expect(status).toBe(0)
    expect(readdirSync(folder)).toEqual(["config.json", "model.safetensors", "tokenizer.json"])
    expect((JSON.parse(stdout) as { files: Array<unknown> }).files).toHaveLength(3)
    writeFileSync(study, `${smoke}\nmodels:\n  back: { format: safetensors, path: ${folder} }\n`)
    expect(run().ran).toContain("evaluate/models/back")
    const both = pipeline([
      "sql",
      "--json",
      "select count(*)::integer as pairs, max(abs(a.good - b.good) + abs(a.bad - b.bad)) as apart " +
      "from scores a join scores b using (suite, paradigm, pair) " +
      "where a.arm = 'relora-published' and a.step = 40 and b.model = 'back'"
    ])
    expect(JSON.parse(both.stdout)).toEqual([{ pairs: 400, apart: 0 }])
    setRank(4)
    const wrong = pipeline(["export", "report", "--to", folder])
    expect(wrong.status).toBe(64)
    expect(wrong.stderr).toContain("report is no checkpoint")
    expect(pipeline(["export", "checkpoint/pico/full-rank/42/40", "--format", "gguf"]).stderr).toContain("safetensors")
  })

  it("plans, shows, verifies and clears a store, and is none the worse for it", () => {
    const json = (args: ReadonlyArray<string>) => JSON.parse(pipeline([...args, "--json"]).stdout) as never
    expect(json(["plan"])).toMatchObject({ steps: [], work: 0 })
    setRank(3)
    const planned = json(["plan"]) as { steps: Array<{ instance: string; seconds: number }>; unknown: Array<string> }
    setRank(4)
    expect(planned.unknown).toEqual([])
    const { event, outputs } = json(["show", "report"]) as {
      event: { key: string; outputs: { files: { digest: string } } }
      outputs: Array<{ file: string }>
    }
    expect(json(["show", event.outputs.files.digest.slice(0, 12)])).toMatchObject({
      event: { key: event.key },
      asked: "files"
    })
    expect(pipeline(["show", "pretrain"]).status).toBe(64)
    expect(pipeline(["verify", "--rebuild", "spectra", "-n", "2"]).stdout).toContain("all as their stages promise")
    // What the arms with other ranks made is what nothing needs, and what followed from a checkpoint more, at step 10.
    const garbage = json(["gc", "--grace", "0"]) as { garbage: Array<{ instance: string; size: number }> }
    expect(garbage.garbage.length).toBeGreaterThan(5)
    for (const { instance } of garbage.garbage) {
      expect(instance).toMatch(/relora|^report$|^similarity|\/(10|20|0-10|10-20)$/)
    }
    expect(pipeline(["gc", "--delete", "--grace", "0"]).status).toBe(0)
    expect((json(["gc", "--grace", "0"]) as { garbage: Array<unknown> }).garbage).toEqual([])
    expect(run().ran).toEqual([])
    expect(pipeline(["verify"]).status).toBe(0)
    const damaged = outputs[0]!.file
    rmSync(damaged)
    writeFileSync(damaged, "damaged")
    const found = pipeline(["verify"])
    expect(found.status).toBe(1)
    expect(found.stdout).toMatch(/damaged .*report/)
    expect(run().ran).toEqual(["report"])
    expect(run(["--force", "spectra/pico/full-rank/42/40"]).ran).toEqual(["spectra/pico/full-rank/42/40"])
    expect(pipeline(["status", "--at", "1"]).stdout).toContain("missing")
    expect(pipeline(["doctor"]).stdout).toContain("nothing essential is missing")
  })

  it("ends with the same tables after kill -9 at random moments", async () => {
    const killed = join(work, "killed")
    const random = stream(7, "kills")
    for (let kills = 0; kills < 6; kills++) {
      const child: ChildProcess = spawn(process.execPath, [...command(["run", "report"]), "--store", killed], {
        cwd: project,
        stdio: "ignore",
        env: { ...process.env, BLIMP_DIR: "" }
      })
      const ended = new Promise((resolve) => child.once("exit", resolve))
      await new Promise((resolve) => setTimeout(resolve, 1000 + random.uniform() * 4000))
      child.kill("SIGKILL")
      await ended
    }
    run([], killed)
    const after = digests(killed)
    expect(after).toEqual(reference)
  })

  it("stops in order on Ctrl-C and SIGTERM: exit 130, no lease left, and ends afterwards with the same bits", async () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const into = join(work, signal)
      const child = spawn(process.execPath, [...command(["run", "report"]), "--store", into], {
        cwd: project,
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, BLIMP_DIR: "" }
      })
      let printed = ""
      child.stderr.on("data", (chunk: Buffer) => printed += chunk.toString())
      await new Promise<void>((resolve) =>
        child.stdout.on("data", (chunk: Buffer) => {
          if (chunk.toString().includes("started pretrain")) resolve()
        })
      )
      await new Promise((resolve) => setTimeout(resolve, 300))
      child.kill(signal)
      expect(await new Promise((resolve) => child.once("exit", (code) => resolve(code)))).toBe(130)
      expect(printed).toContain("interrupted")
      expect(readdirSync(join(into, "leases"))).toEqual([])
      expect(pipeline(["log"], into).stdout).toMatch(/interrupted pretrain[^]*run .* interrupted/)
      // Each step is saved, and killed once more on the way.
      const killed = spawn(process.execPath, [...command(["run", "report", "--save-every", "0"]), "--store", into], {
        cwd: project,
        stdio: ["ignore", "pipe", "ignore"],
        env: { ...process.env, BLIMP_DIR: "" }
      })
      killed.stdout.on("data", (chunk: Buffer) => {
        if (chunk.toString().includes("started pretrain")) setTimeout(() => killed.kill("SIGKILL"), 500)
      })
      await new Promise((resolve) => killed.once("exit", resolve))
      expect(run([], into).ran).toContain("report")
      expect(digests(into)).toEqual(reference)
    }
  })

  it("notices an object that is gone, makes it again, and names a damaged study", () => {
    const copy = join(work, "copy")
    mkdirSync(copy, { recursive: true })
    cpSync(store, copy, { recursive: true })
    rmSync(join(copy, "objects"), { recursive: true, force: true })
    expect(pipeline(["status", "tokenize"], copy).stdout).toContain("gone from the store")
    writeFileSync(study, smoke.replace(/rank: 4\b/, "rnk: 4").replace(/steps: 40/, "steps: -1"))
    const bad = pipeline(["run", "report"])
    setRank(4)
    expect(bad.status).toBe(64)
    expect(bad.stderr).toMatch(/smoke\.yaml:\d+: arms\.relora-described.*rank/)
    expect(bad.stderr).toMatch(/smoke\.yaml:\d+: training\.steps/)
  })
})
