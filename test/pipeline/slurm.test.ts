import { existsSync } from "node:fs"
import { describe, expect, it } from "vitest"
import type { Event } from "../../schemas/event.ts"
import { digests, successes } from "../fixtures/results.ts"
import { here, ofType, place } from "../fixtures/slurm-place.ts"
import { history, toy } from "../fixtures/toy.ts"

describe.concurrent("a run by jobs of Slurm", { timeout: 180_000 }, () => {
  it("ends with the same tables and keys as a run here, each made once, by jobs that carry their keys", async () => {
    const study = { ...toy, grow: 4 }
    const alone = here(study)
    expect(alone.run(["run"]).status).toBe(0)
    const there = place(study)
    const run = there.start()
    expect(await run.ended, run.printed()).toBe(0)
    const events = await history(there.artifacts)
    const local = await history(alone.artifacts)
    expect(digests(events)).toEqual(digests(local))
    const keys = (all: ReadonlyArray<Event>) => new Map(successes(all).map(({ instance, key }) => [instance, key]))
    expect(keys(events)).toEqual(keys(local))
    expect(ofType(events, "StageStarted")).toHaveLength(5)
    // make; then the arms as an array and what saves as a job of its own; then the sum.
    expect(there.cluster.calls("sbatch")).toBe(4)
    const jobs = there.cluster.ids().map((id) => there.cluster.about(id))
    const grown = jobs.find(({ name }) => name.startsWith("grow"))!
    const key = keys(events).get("grow")!
    expect(grown.name).toContain(key.slice(0, 12))
    expect(grown.comment).toContain(key)
    const started = ofType(events, "StageStarted").find(({ instance }) => instance === "grow")!
    expect(started.job).toEqual({
      id: expect.stringMatching(/^\d+$/),
      node: expect.stringMatching(/^node/),
      restarts: 0
    })
    const arms = jobs.filter(({ name }) => name.startsWith("scale"))
    expect(arms).toHaveLength(2)
    expect(new Set(arms.map(({ comment }) => comment)).size).toBe(1)
    for (const arm of ["scale/two", "scale/three"]) expect(arms[0]!.comment).toContain(keys(events).get(arm))
    // The intent is in the journal before the scheduler's answer can be.
    const order = events.filter(({ type }) => type === "JobIntended" || type === "JobSubmitted").map(({ type }) => type)
    expect(order[0]).toBe("JobIntended")
    expect(order).toHaveLength(8)
    const again = there.start()
    expect(await again.ended).toBe(0)
    expect(again.printed()).toContain("nothing to do")
    expect(there.cluster.calls("sbatch")).toBe(4)
  })

  it("prints its scripts with --dry-run, with each stage's resources, and does nothing", () => {
    const store = place({ ...toy, grow: 4 }, {
      partition: "cpu",
      time: "90m",
      stages: {
        grow: {
          partition: "gpu",
          gpus: 1,
          memory: "16 GB",
          cpus: 8,
          account: "mine",
          flags: ["--exclusive"],
          setup: ["module load cuda"]
        }
      }
    })
    const { status, stdout } = store.run(["run", "--executor", "slurm", "--dry-run"])
    expect(status).toBe(2)
    const [, make, scale, grow] = stdout.split("\n# ")
    expect(make).toMatch(/^make: make\.SUBMISSION\.[0-9a-f]{12}\n#!\/bin\/bash\n/)
    expect(make).toContain("#SBATCH --partition=cpu\n")
    expect(make).toContain("#SBATCH --time=0-01:30:00\n")
    expect(make).not.toContain("--signal")
    expect(scale).toContain("#SBATCH --array=0-1\n")
    for (
      const line of [
        "--partition=gpu",
        "--gres=gpu:1",
        "--mem=16G",
        "--cpus-per-task=8",
        "--account=mine",
        "--signal=B:USR1@120",
        "--exclusive"
      ]
    ) expect(grow).toContain(`#SBATCH ${line}\n`)
    expect(grow).toMatch(/\nmodule load cuda\nexec .* exec grow --submission SUBMISSION --store /)
    expect(existsSync(store.artifacts)).toBe(false)
    expect(store.cluster.calls("sbatch") + store.cluster.calls("squeue")).toBe(0)
  })

  it("takes resources for no part of a key: other resources leave nothing to do", async () => {
    const store = place(toy, { cpus: 1 })
    expect(await store.start().ended).toBe(0)
    store.set({ ...toy, slurm: { interval: 1, cpus: 2, partition: "other", stages: { scale: { time: "1h" } } } })
    expect(store.run(["status", "--check"]).status).toBe(0)
  })

  it("goes on, when its driver was killed with jobs running, with these jobs: nothing is handed in or made twice", async () => {
    const store = place({ ...toy, grow: 3 })
    store.close(true)
    const first = store.start()
    await first.prints(/started grow/)
    first.kill("SIGKILL", true)
    const handed = store.cluster.calls("sbatch")
    const second = store.start()
    await second.prints(/grow: job .* of an earlier run makes it/)
    store.close(false)
    expect(await second.ended, second.printed()).toBe(0)
    const events = await history(store.artifacts)
    // Only the sum, whose inputs were not there before.
    expect(store.cluster.calls("sbatch")).toBe(handed + 1)
    expect(ofType(events, "StageStarted")).toHaveLength(5)
    expect(successes(events)).toHaveLength(5)
    expect(store.run(["status", "--check"]).status).toBe(0)
  })

  it("tells what the cluster refuses, and hands it in no more", async () => {
    const store = place(toy)
    store.cluster.refuse("sbatch: error: Batch job submission failed: Invalid partition name specified")
    const run = store.start()
    expect(await run.ended).toBe(1)
    expect(run.printed()).toContain("the cluster refuses the job: Batch job submission failed: Invalid partition name")
    expect(store.cluster.calls("sbatch")).toBe(1)
  })

  it("fails with what the body threw, as a run here does", async () => {
    const store = place({ ...toy, arms: { bad: 13 } })
    const run = store.start()
    expect(await run.ended).toBe(1)
    expect(run.printed()).toContain("thirteen is not allowed: choose another factor")
    expect(ofType(await history(store.artifacts), "JobEnded").map(({ reason }) => reason)).toEqual(["its stage failed"])
  })

  it("hands a key in once, also with two drivers at once", async () => {
    const store = place({ ...toy, grow: 4 })
    const both = [store.start([], 100), store.start([], 100)]
    for (const run of both) expect(await run.ended, run.printed()).toBe(0)
    const events = await history(store.artifacts)
    const handed = ofType(events, "JobIntended").flatMap(({ tasks }) => tasks.flat().map(({ instance }) => instance))
    expect(handed.sort()).toEqual(["grow", "make", "scale/three", "scale/two", "sum"])
    expect(ofType(events, "StageStarted")).toHaveLength(5)
    expect(successes(events)).toHaveLength(5)
  })
})
