/** The CI recipe for users, .github/workflows/paper.yml, as far as it can be held without running it. */
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import * as z from "zod"

const Step = z.object({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional()
})
const workflow = z.object({
  permissions: z.record(z.string(), z.string()),
  jobs: z.object({ paper: z.object({ "timeout-minutes": z.int(), steps: z.array(Step) }) })
}).parse(parse(readFileSync(new URL("../.github/workflows/paper.yml", import.meta.url), "utf8")))
const { steps } = workflow.jobs.paper

describe("the workflow for users", () => {
  it("may read, and nothing else, and pins every action to a commit", () => {
    expect(workflow.permissions).toEqual({ contents: "read" })
    for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/^actions\/[\w/-]+@[0-9a-f]{40}$/)
    expect(steps.find(({ uses }) => uses?.startsWith("actions/checkout@"))!.with).toMatchObject({
      "persist-credentials": false
    })
  })

  it("makes what is missing before it compares, on one store, and keeps that under the name it restores", () => {
    const commands = steps.flatMap(({ run }) => run ?? [])
    const at = (part: string) => commands.findIndex((command) => command.includes(part))
    expect(at("npm ci")).toBe(0)
    expect(at("pipeline run report")).toBeGreaterThan(0)
    expect(at("pipeline verify --paper")).toBeGreaterThan(at("pipeline run report"))
    const stores = commands.join("\n").match(/--store \S+/g)!
    expect(new Set(stores)).toEqual(new Set(["--store artifacts/store"]))
    const caches = steps.filter(({ uses }) => uses?.startsWith("actions/cache/"))
    // The cache is found by its paths too.
    expect(caches.map((step) => step.with!.path)).toEqual(["artifacts/store", "artifacts/store"])
    expect(new Set(caches.map((step) => step.with!.key)).size).toBe(1)
  })
})
