import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Success } from "../../pipeline/journal/fold.ts"
import type { Event } from "../../schemas/event.ts"
import type { Slurm } from "../../schemas/slurm.ts"
import { fakeSlurm } from "../fixtures/fake-slurm.ts"
import { build } from "../fixtures/toy-application.ts"
import { history, temporaryStore, toy, type ToyStudy } from "../fixtures/toy.ts"

let application: Awaited<ReturnType<typeof build>>
beforeAll(async () => {
  application = await build(temporaryStore())
}, 120_000)

const running: Array<{ kill: (signal: NodeJS.Signals, group?: boolean) => void }> = []
afterAll(() => {
  for (const one of running.splice(0)) one.kill("SIGKILL", true)
})

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
/** Waits until something is so. */
const until = async (isSo: () => boolean | Promise<boolean>) => {
  while (!(await isSo())) await pause(50)
}

/** A store with a study, and a cluster that does what it is told. */
const place = (study: ToyStudy, slurm: Slurm = {}) => {
  const root = temporaryStore()
  mkdirSync(join(root, "cluster"))
  const cluster = fakeSlurm(join(root, "cluster"))
  const gate = join(root, "gate")
  const environment = { PATH: cluster.path, TOY_GATE: gate }
  const store = application.store(root, { ...study, slurm: { interval: 1, ...slurm } }, environment)
  const start = (args: ReadonlyArray<string> = [], delay = 0) => {
    const run = store.start(["run", "--executor", "slurm", ...args], delay)
    running.push(run)
    return run
  }
  /** What grows stands still while it is closed. */
  const close = (closed: boolean) => closed ? writeFileSync(gate, "") : rmSync(gate)
  return { ...store, close, cluster, root, start }
}

const successes = (events: ReadonlyArray<Event>) =>
  events.filter((event): event is Success => event.type === "StageSucceeded")
const digests = (events: ReadonlyArray<Event>) =>
  Object.fromEntries(
    successes(events).map(({ instance, outputs }) =>
      [instance, Object.values(outputs).map(({ digest }) => digest).join()] as const
    ).sort()
  )
const ofType = <T extends Event["type"]>(events: ReadonlyArray<Event>, type: T) =>
  events.filter((event): event is Extract<Event, { type: T }> => event.type === type)

describe.concurrent("a run by jobs of Slurm", { timeout: 180_000 }, () => {
  it("ends with the same tables and keys as a run here, each made once, by jobs that carry their keys", async () => {
    const study = { ...toy, grow: 4 }
    const here = application.store(temporaryStore(), study)
    expect(here.run(["run"]).status).toBe(0)
    const there = place(study)
    const run = there.start()
    expect(await run.ended, run.printed()).toBe(0)
    const events = await history(there.artifacts)
    const local = await history(here.artifacts)
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
    const run = store.start([], 50)
    await run.prints(/started grow/)
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
