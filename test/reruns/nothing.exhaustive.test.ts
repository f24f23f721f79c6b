/** Edits that must rerun nothing: the key records of every instance of the smoke study, leaf by leaf, before and after. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { difference, nothing, type Records, table } from "./compare.ts"
import { edits, smoke } from "./edits-that-rerun-nothing.ts"
import { copySources, fingerprint, type Fingerprints, project, type Sources, stageSources } from "./sources.ts"

let sources: Sources
let before: Records
let fingerprints: Fingerprints
const counts: Record<string, number> = {}
let missed = 0

beforeAll(async () => {
  delete process.env["BLIMP_DIR"]
  sources = copySources()
  fingerprints = await sources.fingerprints()
  before = await sources.records(sources.path(smoke))
})
afterEach(() => sources.restore())
afterAll(() => {
  sources.dispose()
  table("edits that must rerun nothing", {
    ...counts,
    "instances compared for each": Object.keys(before).length,
    "leaves compared for each": Object.values(before).reduce((sum, record) => sum + Object.keys(record).length, 0),
    "false reruns": missed
  })
})

for (const [kind, list] of Object.entries(edits)) {
  describe(kind, () => {
    for (const { apply, name, study = smoke } of list) {
      it(name, async () => {
        apply(sources)
        const after = await sources.records(sources.path(study))
        const found = difference(before, after)
        counts[kind] = (counts[kind] ?? 0) + 1
        if (found.leaves.length + found.added.length + found.removed.length > 0) missed += 1
        expect(found).toEqual(nothing)
      })
    }
  })
}

describe("surroundings of a run", () => {
  const environments: Record<string, Record<string, string>> = {
    "an empty BLIMP_DIR": { BLIMP_DIR: "" },
    "another language": { LANG: "de_DE.UTF-8", LC_ALL: "de_DE.UTF-8" },
    "another time zone": { TZ: "Asia/Kathmandu" },
    "production": { NODE_ENV: "production" },
    "colours, threads and log levels": {
      NO_COLOR: "1",
      OMP_NUM_THREADS: "7",
      NODE_DEBUG: "net",
      UV_THREADPOOL_SIZE: "9"
    }
  }
  for (const [name, variables] of Object.entries(environments)) {
    it(name, async () => {
      const kept = { ...process.env }
      Object.assign(process.env, variables)
      try {
        counts["environment"] = (counts["environment"] ?? 0) + 1
        expect(difference(before, await sources.records(sources.path(smoke)))).toEqual(nothing)
      } finally {
        process.env = kept
      }
    })
  }

  it("another folder of the project", async () => {
    counts["environment"]! += 1
    for (const source of stageSources(project)) {
      expect(await fingerprint(project, source), source).toEqual(fingerprints[source])
    }
  })
})
