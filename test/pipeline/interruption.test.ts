import { readdirSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { build } from "../fixtures/toy-application.ts"
import { temporaryStore, toy } from "../fixtures/toy.ts"

let application: Awaited<ReturnType<typeof build>>
beforeAll(async () => {
  application = await build(temporaryStore())
}, 60_000)

const study = { ...toy, grow: 40 }
const stored = () => application.store(temporaryStore(), study)
type Stored = ReturnType<typeof stored>

const sum = (store: Stored) => {
  const { outputs } = store.events(store.run(["log", "--json"]).stdout).findLast((event) =>
    event.type === "StageSucceeded" && event.stage === "sum"
  ) as unknown as { outputs: unknown }
  return outputs
}

describe("a run of real processes", () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const)(
    "on %s, to the whole group as a terminal sends it, saves the running state, gives its leases back, and goes on from there",
    async (signal) => {
      const store = stored()
      const run = store.start(["run", "--jobs", "1"], 40)
      await run.prints(/started grow/)
      await new Promise((resolve) => setTimeout(resolve, 300))
      run.kill(signal, true)
      expect(await run.ended).toBe(130)
      expect(run.printed()).toMatch(/stopping[^]*saved grow at \d+ of 40 steps[^]*interrupted/)
      expect(readdirSync(join(store.artifacts, "leases"))).toEqual([])
      expect(readdirSync(join(store.artifacts, "saved"))).toHaveLength(1)
      const reached = /saved grow at (\d+) of 40 steps/.exec(run.printed())![1]!
      expect(store.run(["status", "grow"]).stdout).toContain(`saved at ${reached} of 40 steps`)
      const again = store.run(["run"])
      expect(again.stdout).toContain(`started grow, going on at ${reached} of 40 steps`)
      expect(again.status).toBe(0)
      expect(readdirSync(join(store.artifacts, "saved"))).toEqual([])
      const undisturbed = stored()
      undisturbed.run(["run"])
      expect(sum(store)).toEqual(sum(undisturbed))
    }
  )
})
