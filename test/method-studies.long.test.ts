/** The studies of methods, shrunk to seconds, from their files to their reports: every method goes through every stage. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, expect, it } from "vitest"
import { parseDocument, stringify } from "yaml"
import { kinds } from "../schemas/method.ts"
import type { Settings } from "./reruns/settings.ts"

const project = fileURLToPath(new URL("..", import.meta.url))
const work = mkdtempSync(join(tmpdir(), "relora-pipeline-methods-"))
afterAll(() => rmSync(work, { recursive: true, force: true }))

const study = (name: string): Settings =>
  parseDocument(readFileSync(join(project, "studies", `${name}.yaml`), "utf8"), { merge: true }).toJS() as Settings

/** Settings that are numbers of steps, in a study of 12. */
const steps: Settings = {
  resetEvery: 4,
  restartEvery: 4,
  warmStartSteps: 4,
  stageSteps: 5,
  squeezeAt: [6, 12], // the last step, too
  stageAt: [6],
  ranks: [2, 1],
  refreshEvery: 4,
  exactEvery: 4,
  mergeEvery: 4,
  heads: 2,
  fuseEvery: 4,
  fuseUntil: 10,
  decaySteps: 5,
  rewarmSteps: 2,
  warmupSteps: 2,
  restartWarmupSteps: 1,
  horizon: 120
}
const shrunk = (settings: Settings): Settings =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      name in steps
        ? steps[name]
        : name === "rank" && typeof value === "number"
        ? 4
        : name === "schedule"
        ? shrunk(value)
        : name === "sweep"
        ? value.slice(0, settings["method"] === "relora" ? 2 : 1)
        : value
    ])
  )

/** Runs a study of two seeds and one small size to its report; gives the rows of a table as it is printed. */
const run = (name: string, settings: Settings) => {
  const file = join(work, `${name}.yaml`)
  const arms = Object.fromEntries(
    Object.entries(settings["arms"] as Settings).map(([arm, of]) => [arm, shrunk(of)])
  )
  writeFileSync(
    file,
    stringify({
      ...settings,
      arms,
      claims: [],
      seeds: [1],
      tokenizer: { kind: "train", vocabulary: 300 },
      sequenceLength: 32,
      sizes: { pico: { width: 24, hidden: 48, layers: 1, heads: 6, kvHeads: 2 } },
      training: {
        ...settings["training"],
        steps: 12,
        batchSize: 2,
        schedule: shrunk(settings["training"]["schedule"])
      },
      checkpoints: [12],
      analysis: { components: ["v_proj"], probe: { sequences: 4, length: 8 } },
      evaluation: { textsPerDomain: 1, pairsPerParadigm: 0, steps: [12] }
    }, { aliasDuplicateObjects: false })
  )
  const store = join(work, "store")
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    [join(project, "bin/pipeline.mjs"), "run", "report", "--json", "--study", file, "--store", store],
    { cwd: project, encoding: "utf8", env: { ...process.env, BLIMP_DIR: "" } }
  )
  expect(stderr + stdout).toContain("\"failed\": []")
  expect(status).toBe(0)
  const tables = join(store, "report", settings["name"] as string, "tables")
  return (table: string) => {
    expect(readdirSync(tables)).toContain(`${table}.csv`)
    const [head, ...rows] = readFileSync(join(tables, `${table}.csv`), "utf8").trim().split("\n")
    const at = head!.split(",").indexOf("method") >= 0
      ? head!.split(",").indexOf("method")
      : head!.split(",").indexOf("arm")
    return rows.map((row) => row.split(",")[at])
  }
}

it("the study of methods trains, measures and compares every method", { timeout: 300_000 }, () => {
  const table = run("methods", study("methods"))
  const found = table("methods")
  expect(found).toHaveLength(Object.keys(study("methods")["arms"]).length)
  expect([...new Set(found)].toSorted()).toEqual(kinds.toSorted())
})

it("the study of the hybrid compares arms at equal memory and at equal work", { timeout: 300_000 }, () => {
  const { arms, ...others } = study("hybrid")
  const some = ["hybrid", "relora-memory", "full-rank-memory", "fira-work"].map((arm) => [arm, arms[arm]])
  const table = run("hybrid", { ...others, arms: Object.fromEntries(some) })
  // The hybrid stands in both comparisons.
  expect(table("budgets").toSorted()).toEqual(["fira", "full-rank", "relora", "subspace-muon", "subspace-muon"])
})

it("the audit trains and measures each of its arms", { timeout: 300_000 }, () => {
  const table = run("audit", study("audit"))
  expect(new Set(table("loss"))).toEqual(new Set(Object.keys(study("audit")["arms"])))
})
