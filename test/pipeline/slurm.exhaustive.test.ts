import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Slurm } from "../../schemas/slurm.ts"
import { digests, isWhole, successes } from "../fixtures/results.ts"
import { type Cluster, freezer, lacking, startCluster } from "../fixtures/slurm-cluster.ts"
import { build } from "../fixtures/toy-application.ts"
import { history, toy, type ToyStudy } from "../fixtures/toy.ts"

if (lacking !== undefined) console.log(`no real Slurm is tested: ${lacking}`)

const folder = mkdtempSync(join(tmpdir(), "relora-slurm-"))
let application: Awaited<ReturnType<typeof build>>
/** Where disasters happen, and where none do. */
let cluster: Cluster
let quiet: Cluster

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

const study = { ...toy, grow: 30 }
/** Milliseconds of a step: a study's longest stage takes some seconds, most of which its job sleeps. */
const delay = 100
const args = ["run", "--executor", "slurm", "--save-every", "0"]

/** A study that is run on the cluster, and by whom. */
const begin = (name: string, slurm: Slurm, given: ToyStudy) => {
  const root = join(folder, name)
  const whole = { ...given, slurm: { interval: 2, time: "10m", ...slurm } }
  const store = application.store(root, whole, cluster.environment)
  const drivers = [store.start(args, delay)]
  return {
    ...store,
    drivers,
    more: () => void drivers.push(store.start(args, delay)),
    /** Waits for a job that works on an instance, and gives it. */
    working: async (instance: string) => {
      while (true) {
        const events = existsSync(store.artifacts) ? await history(store.artifacts) : []
        const started = events.findLast((event) => event.type === "StageStarted" && event.instance === instance)
        const ended = events.some((event) => event.type === "StageSucceeded" && event.instance === instance)
        if (ended) return undefined
        if (started?.type === "StageStarted" && started.job !== undefined) {
          const job = started.job
          if (cluster.jobs().some(({ id, state }) => id === job.id && state === "RUNNING")) return job
        }
        await pause(200)
      }
    }
  }
}
type Begun = ReturnType<typeof begin>

/** The controller takes a node for dead, as it would after a while; then the node is back. */
const revive = async (node: string) => {
  cluster.scontrol("update", `NodeName=${node}`, "State=DOWN", "Reason=silent")
  await pause(1500)
  cluster.startNode(node)
  cluster.scontrol("update", `NodeName=${node}`, "State=RESUME")
}

/** What happens to a study, its driver or the cluster; nobody does anything about it but to start the same command again. */
const disasters = {
  "driver killed": async (one: Begun) => {
    await one.working("grow")
    one.drivers.at(-1)!.kill("SIGKILL", true)
    await one.drivers.at(-1)!.ended
    one.more()
  },
  "driver killed while it hands in": async (one: Begun) => {
    while (!existsSync(join(one.artifacts, "slurm"))) await pause(10)
    one.drivers.at(-1)!.kill("SIGKILL", true)
    await one.drivers.at(-1)!.ended
    one.more()
  },
  "two drivers": async (one: Begun) => {
    one.more()
    await one.working("grow")
  },
  "job cancelled": async (one: Begun) => {
    const job = await one.working("grow")
    if (job !== undefined) cluster.scancel(job.id)
  },
  "job requeued": async (one: Begun) => {
    const job = await one.working("grow")
    if (job !== undefined) cluster.scontrol("requeue", job.id)
  },
  "job told to make place": async (one: Begun) => {
    const job = await one.working("grow")
    if (job !== undefined) cluster.scancel("--signal=TERM", "--batch", job.id)
  },
  "node's daemon killed": async (one: Begun) => {
    const job = await one.working("grow")
    if (job === undefined) return
    cluster.killDaemon(job.node)
    await revive(job.node)
  },
  "node's power cut": async (one: Begun) => {
    const job = await one.working("grow")
    if (job === undefined) return
    cluster.cut(job.node)
    await revive(job.node)
  },
  "controller restarted": async (one: Begun) => {
    await one.working("grow")
    cluster.killController()
    await pause(2500)
    cluster.startController()
  },
  /** Comes by itself, where the limit is short. */
  "time limit": async (one: Begun) => {
    await one.working("grow")
  },
  "store read-only": async (one: Begun) => {
    await one.working("grow")
    const freezing = freezer(one.artifacts)
    if (freezing === undefined) {
      return console.log("the file system here cannot be made unchangeable: that disaster is left out")
    }
    freezing.freeze()
    await pause(3000)
    freezing.thaw()
  }
} as const
type Disaster = keyof typeof disasters

/** What went wrong, over all disasters. */
const tally = { disasters: 0, lost: [] as Array<string>, twice: [] as Array<string>, manual: [] as Array<string> }

/** Runs a study to its end through disasters, one after another. */
const survive = async (
  name: string,
  right: Record<string, string>,
  kinds: ReadonlyArray<Disaster>,
  slurm: Slurm = {},
  given: ToyStudy = study
) => {
  const one = begin(name, slurm, given)
  for (const kind of kinds) {
    await disasters[kind](one)
    tally.disasters += 1
  }
  const about = `${name} (${kinds.join(", ")})`
  for (const driver of one.drivers) {
    const code = await driver.ended
    if (code !== 0 && code !== null) tally.manual.push(`${about}: exit ${code}\n${driver.printed()}`)
  }
  const events = await history(one.artifacts)
  const made = successes(events)
  if (JSON.stringify(digests(events)) !== JSON.stringify(right)) {
    tally.lost.push(`${about}: ${JSON.stringify(digests(events))}`)
  }
  for (const result of made) if (!isWhole(one.artifacts, result)) tally.lost.push(`${about}: ${result.instance}`)
  if (made.length !== Object.keys(right).length) {
    tally.twice.push(`${about}: ${made.map(({ instance }) => instance).join()}`)
  }
  return events
}

describe.skipIf(lacking !== undefined).concurrent("a real Slurm of three nodes", () => {
  beforeAll(async () => {
    application = await build(join(folder, "application"))
    cluster = await startCluster(join(folder, "cluster"), 3)
    quiet = await startCluster(join(folder, "quiet"), 3)
  }, 120_000)
  afterAll(async () => {
    await cluster?.stop()
    await quiet?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Tables of a run here. */
  const made = async (name: string, given: ToyStudy = study) => {
    const here = application.store(join(folder, name), given)
    expect(here.run(["run"]).status).toBe(0)
    return digests(await history(here.artifacts))
  }

  it("30 disasters: no result lost, no stage made twice to its end, nobody needed", async () => {
    const right = await made("here")
    expect(Object.keys(right)).toHaveLength(5)
    const lanes: ReadonlyArray<ReadonlyArray<ReadonlyArray<Disaster>>> = [
      [["driver killed", "driver killed"], ["node's daemon killed", "two drivers"], ["job cancelled", "job cancelled"]],
      [["driver killed while it hands in", "job requeued"], ["controller restarted", "job cancelled"], [
        "store read-only",
        "driver killed"
      ]],
      [["two drivers", "node's power cut"], ["driver killed while it hands in", "job cancelled"], [
        "job told to make place",
        "driver killed"
      ]],
      [["store read-only", "job requeued"], ["two drivers", "driver killed"], [
        "node's daemon killed",
        "driver killed while it hands in"
      ]],
      [["job cancelled", "controller restarted"], ["node's power cut", "driver killed"], [
        "two drivers",
        "job told to make place"
      ]]
    ]
    // Slurm counts in minutes, and looks at limits every half of one, later where its controller has just begun anew: the stage takes
    // longer than that and a limit together, so that it cannot end before it is warned.
    const slow = { ...study, arms: {}, grow: 800 }
    const limited = async () => {
      const events = await survive(
        "limited",
        await made("slow", slow),
        ["time limit"],
        { time: "1m", warning: 58 },
        slow
      )
      const starts = events.flatMap((event) =>
        event.type === "StageStarted" && event.instance === "grow" ? [event] : []
      )
      expect(events.some(({ type }) => type === "JobRequeued")).toBe(true)
      expect(starts.at(-1)!.job!.restarts).toBeGreaterThan(0)
      expect(starts.at(-1)!.from).toBeDefined()
    }
    const keeping = setInterval(cluster.resume, 3000)
    await Promise.all([
      limited(),
      ...lanes.map(async (lane, number) => {
        for (const [index, kinds] of lane.entries()) await survive(`${number}-${index}`, right, kinds)
      })
    ]).finally(() => clearInterval(keeping))
    const { disasters, lost, manual, twice } = tally
    console.log(
      `${disasters} disasters: ${lost.length} results lost, ${twice.length} made twice, ${manual.length} manual steps`
    )
    expect({ lost, manual, twice }).toEqual({ lost: [], manual: [], twice: [] })
    expect(disasters).toBeGreaterThanOrEqual(30)
  })

  it("a job that its time limit kills before it can save is handed in again, and goes on from what was saved before", async () => {
    const slow = { ...study, arms: {}, grow: 30 }
    const right = await made("killed-here", slow)
    // No warning, and steps longer than Slurm waits between asking and killing.
    const slurm = { interval: 2, time: "1m", flags: ["--signal=B:CONT@1"] }
    const store = application.store(join(folder, "killed"), { ...slow, slurm }, quiet.environment)
    const driver = store.start(args, 5000)
    expect(await driver.ended, driver.printed()).toBe(0)
    const events = await history(store.artifacts)
    const starts = events.flatMap((event) => event.type === "StageStarted" && event.instance === "grow" ? [event] : [])
    expect(events.flatMap((event) => event.type === "JobEnded" ? [event.state] : [])).toContain("TIMEOUT")
    expect(new Set(starts.map(({ job }) => job!.id)).size).toBe(starts.length)
    expect(starts.map(({ from }) => from !== undefined)).toEqual([false, true])
    expect(digests(events)).toEqual(right)
    expect(successes(events)).toHaveLength(Object.keys(right).length)
  })
})
