import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"
import { afterAll, beforeAll, expect, it } from "vitest"
import type { Method } from "../../schemas/model.ts"
import { trainingMemory } from "../../stages/training-memory.ts"
import { relora } from "../model/methods.ts"
import { small, tiny } from "../model/shapes.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
// In the project, so that its packages are found.
const folder = mkdtempSync(join(root, "node_modules/.memory-"))
const script = join(folder, "trains.mjs")

beforeAll(async () => {
  const bundle = await rolldown({
    input: join(root, "test/stages/trains.ts"),
    platform: "node",
    external: (name) => !name.startsWith(".") && !name.startsWith("/"),
    cwd: root,
    logLevel: "warn"
  })
  await bundle.write({ file: script, format: "esm", codeSplitting: false })
  await bundle.close()
})
afterAll(() => rmSync(folder, { recursive: true }))

const fullRank: Method = { kind: "full-rank" }
const adapted = relora({ rank: 16, alpha: 32, dropout: 0.1 })

it.each([
  ["tiny, vocabulary of 4,096, 4 × 256", { ...tiny, vocabulary: 4096 }, fullRank, 4, 256],
  ["tiny, 4 × 256", tiny, fullRank, 4, 256],
  ["tiny, vocabulary of 4,096, 1 × 1,024", { ...tiny, vocabulary: 4096 }, fullRank, 1, 1024],
  ["small, vocabulary of 4,096, 4 × 256, adapted", { ...small, vocabulary: 4096 }, adapted, 4, 256],
  ["small, 1 × 256", small, fullRank, 1, 256],
  // Not among those that the estimate was fitted to.
  ["6 of width 192, 8 × 128", { ...tiny, width: 192, hidden: 768, layers: 6, vocabulary: 16_384 }, fullRank, 8, 128],
  ["8 of width 192, 2 × 512", { ...tiny, width: 192, hidden: 512, layers: 8, vocabulary: 8192 }, adapted, 2, 512],
  ["4 of width 288, 1 × 1,024", { ...tiny, width: 288, hidden: 768, layers: 4, vocabulary: 4096 }, fullRank, 1, 1024],
  ["6 of width 96, 2 × 1,024", { ...tiny, layers: 6 }, fullRank, 2, 1024]
])("a training takes about the memory that is expected of it (%s)", (_, model, method, batchSize, sequenceLength) => {
  const settings = JSON.stringify({ model, method, batchSize, sequenceLength })
  const { stderr, stdout } = spawnSync(process.execPath, [script, settings], { encoding: "utf8" })
  expect(stderr).toBe("")
  const share = Number(stdout) / trainingMemory(model, method, { rows: batchSize, sequenceLength })
  expect(share).toBeGreaterThan(0.6)
  expect(share).toBeLessThan(1.3)
})
