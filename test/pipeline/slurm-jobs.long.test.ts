import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { successes } from "../fixtures/results.ts"
import { ofType, pause, place, until } from "../fixtures/slurm-place.ts"
import { history, toy } from "../fixtures/toy.ts"

describe.concurrent("a run by jobs of Slurm", { timeout: 180_000 }, () => {
  it("finds by its name a job of which the driver died, or did not hear, before it had the id", async () => {
    const store = place({ ...toy, arms: {} })
    store.cluster.silent(true)
    const run = store.start()
    await run.prints(/not known whether its job got to the cluster: .*timed out/)
    store.cluster.silent(false)
    expect(await run.ended, run.printed()).toBe(0)
    const events = await history(store.artifacts)
    expect(ofType(events, "StageStarted")).toHaveLength(2)
    expect(ofType(events, "JobSubmitted").length).toBeGreaterThanOrEqual(1)
  })

  it("takes an empty or failed answer for no answer: a job that is gone is handed in again only by proper ones", async () => {
    const store = place({ ...toy, arms: {} })
    store.cluster.hold(true)
    const run = store.start()
    await run.prints(/queued make/)
    store.cluster.answers("empty")
    store.cluster.end(store.cluster.ids()[0]!, "GONE")
    await run.prints(/the scheduler does not answer/)
    await pause(2500)
    store.cluster.answers("fail")
    await pause(2500)
    // make, and the sum of no arms.
    expect(store.cluster.calls("sbatch")).toBe(2)
    store.cluster.hold(false)
    store.cluster.release()
    store.cluster.answers("properly")
    await run.prints(/the scheduler answers again/)
    await run.prints(/not in the queue any more.*handed in again/)
    expect(await run.ended, run.printed()).toBe(0)
    expect(successes(await history(store.artifacts))).toHaveLength(2)
  })

  it("hands in again what was cancelled or whose node failed, and goes on from what was saved", async () => {
    const store = place({ ...toy, arms: {}, grow: 60 })
    const run = store.start(["--save-every", "0"], 50)
    await until(async () => (await history(store.artifacts)).some(({ type }) => type === "StageSaved"))
    const job = store.cluster.ids().find((id) => store.cluster.about(id).name.startsWith("grow"))!
    store.cluster.end(job, "NODE_FAIL")
    await run.prints(/its node failed; it is handed in again/)
    expect(await run.ended, run.printed()).toBe(0)
    const starts = ofType(await history(store.artifacts), "StageStarted").filter(({ instance }) => instance === "grow")
    expect(starts).toHaveLength(2)
    expect(starts[1]!.from).toBeDefined()
    expect(starts[1]!.job!.id).not.toBe(starts[0]!.job!.id)
  })

  it("tells a job's end in words, with the end of what it printed: out of memory, time limit", async () => {
    const store = place({ ...toy, arms: {}, grow: 40 })
    for (
      const [state, words] of [["OUT_OF_MEMORY", /ran out of memory; give its stage more memory/], [
        "TIMEOUT",
        /reached its time limit; give its stage more time/
      ]] as const
    ) {
      store.cluster.hold(true)
      const run = store.start()
      const before = store.cluster.ids().length
      await until(() => store.cluster.ids().length > before)
      store.cluster.end(store.cluster.ids().at(-1)!, state, "slurmstepd: error: that was it\n")
      expect(await run.ended).toBe(1)
      expect(run.printed()).toMatch(words)
      expect(run.printed()).toContain("slurmstepd: error: that was it")
      expect(store.run(["status"]).stdout).toMatch(/failed +make/)
    }
  })

  it("leaves its jobs to the cluster when it is interrupted, and says how to end them", async () => {
    const store = place({ ...toy, arms: {}, grow: 3 })
    store.close(true)
    const run = store.start()
    await run.prints(/started grow/)
    run.kill("SIGINT")
    expect(await run.ended).toBe(130)
    expect(run.printed()).toMatch(/go on there; to end them: scancel \d+/)
    expect(store.run(["status", "grow"]).stdout).toMatch(/running +grow +on node\d, job \d+, since/)
    const again = store.start(["--detach"])
    expect(await again.ended).toBe(0)
    expect(again.printed()).toMatch(/in the background/)
    store.close(false)
    await until(() => store.run(["status", "--check"]).status === 0)
    expect(ofType(await history(store.artifacts), "StageStarted")).toHaveLength(3)
  })
})

describe.concurrent("a job", { timeout: 180_000 }, () => {
  it("that is requeued goes on from what it saved when it was told to stop, on another node", async () => {
    const store = place({ ...toy, arms: {}, grow: 600 })
    const run = store.start(["--save-every", "0"], 50)
    await until(async () => (await history(store.artifacts)).some(({ type }) => type === "StageSaved"))
    const job = store.cluster.ids().find((id) => store.cluster.about(id).name.startsWith("grow"))!
    const pid = Number(readFileSync(join(store.root, "cluster/state", `${job}.pid`), "utf8"))
    store.cluster.show(job, "PENDING")
    process.kill(-pid, "SIGTERM")
    await run.prints(/requeued/)
    await until(() => existsSync(join(store.root, "cluster/state", `${job}.code`)))
    expect(store.run(["status", "grow"]).stdout).toMatch(/requeued +grow +job \d+.*saved at \d+ of 600 steps/)
    store.cluster.restart(job)
    expect(await run.ended, run.printed()).toBe(0)
    const starts = ofType(await history(store.artifacts), "StageStarted").filter(({ instance }) => instance === "grow")
    expect(starts.map(({ job }) => job!.restarts)).toEqual([0, 1])
    expect(starts.map(({ job }) => job!.id)).toEqual([job, job])
    expect(starts[1]!.from).toBeDefined()
    expect(store.run(["show", "grow"]).stdout).toMatch(
      /attempts\s+interrupted\s+on node\d, job \d+\s[^]*succeeded\s+on node\d, job \d+, requeued 1 time/
    )
    expect(store.cluster.calls("sbatch")).toBe(3)
  })
})

describe("the scheduler", () => {
  it("is asked at most once an interval, and hands 1,000 instances in with a call for 500", async () => {
    const arms = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`a${index}`, index + 20]))
    const store = place({ ...toy, arms }, { interval: 2, jobs: 1000 })
    expect(store.run(["run", "make"]).status).toBe(0)
    store.cluster.hold(true)
    const begun = performance.now()
    const run = store.start()
    await until(() => store.cluster.ids().length === 1000)
    await until(async () => ofType(await history(store.artifacts), "JobSubmitted").length === 2)
    const took = (performance.now() - begun) / 1000
    console.log(`1,000 instances were planned and handed in within ${took.toFixed(1)} s`)
    expect(store.cluster.calls("sbatch")).toBe(2)
    const before = store.cluster.calls("squeue")
    const since = performance.now()
    await pause(4000)
    const asked = store.cluster.calls("squeue") - before
    expect(asked).toBeGreaterThan(0)
    expect(asked).toBeLessThanOrEqual(1 + (performance.now() - since) / 2000)
    expect(store.run(["status"]).stdout).toMatch(/queued +scale, 1,000 instances/)
    run.kill("SIGKILL", true)
    // A second driver takes them all for what they are.
    const second = store.start()
    await second.prints(/a999: job \d+_\d+ of an earlier run/)
    const answered = store.cluster.calls("squeue")
    await until(() => store.cluster.calls("squeue") > answered + 1)
    expect(store.cluster.calls("sbatch")).toBe(2)
  }, 180_000)
})
