import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import type { Success } from "../../pipeline/journal/fold.ts"
import { build } from "../fixtures/toy-application.ts"
import { history, temporaryStore, toy } from "../fixtures/toy.ts"

const study = { ...toy, grow: 40 }

let application: Awaited<ReturnType<typeof build>>
/** Digest of every output of an undisturbed run. */
let right: Record<string, string>

const stored = () => application.store(temporaryStore(), study)
const folderOf = (store: ReturnType<typeof stored>, name: string) => join(store.artifacts, name)

const results = async (root: string) =>
  new Map(
    (await history(root)).flatMap((event) =>
      event.type === "StageSucceeded" ? [[event.instance, event as Success]] : []
    )
  )
const digests = async (root: string) =>
  Object.fromEntries(
    [...await results(root)].map(([id, { outputs }]) =>
      [id, Object.values(outputs).map(({ digest }) => digest).join()] as const
    ).sort()
  )
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

beforeAll(async () => {
  application = await build(temporaryStore())
  const store = stored()
  expect(store.run(["run"]).status).toBe(0)
  right = await digests(store.artifacts)
}, 120_000)

describe("a run of real processes", () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const)(
    "on %s, to the whole group as a terminal sends it, saves the running state, gives its leases back, and goes on from there",
    async (signal) => {
      const store = stored()
      const run = store.start(["run", "--jobs", "1"], 40)
      await run.prints(/started grow/)
      await pause(300)
      run.kill(signal, true)
      // npm sends on what the terminal has sent to all.
      run.kill(signal)
      expect(await run.ended).toBe(130)
      expect(run.printed()).toMatch(/stopping[^]*saved grow at \d+ of 40 steps[^]*interrupted/)
      expect(readdirSync(folderOf(store, "leases"))).toEqual([])
      expect(readdirSync(folderOf(store, "saved"))).toHaveLength(1)
      const reached = /saved grow at (\d+) of 40 steps/.exec(run.printed())![1]!
      expect(store.run(["status", "grow"]).stdout).toContain(`saved at ${reached} of 40 steps`)
      const again = store.run(["run"])
      expect(again.stdout).toContain(`started grow, going on at ${reached} of 40 steps`)
      expect(again.status).toBe(0)
      expect(readdirSync(folderOf(store, "saved"))).toEqual([])
      expect(await digests(store.artifacts)).toEqual(right)
    }
  )

  it("leaves at once at the second signal, and what was committed and saved is there", async () => {
    const store = stored()
    expect(store.run(["run", "make"]).status).toBe(0)
    const run = store.start(["run", "--jobs", "1", "--save-every", "0"], 20_000)
    await run.prints(/started grow/)
    await pause(1500)
    run.kill("SIGINT", true)
    await run.prints(/stopping/)
    await pause(1100)
    // The step it is in takes twenty seconds.
    run.kill("SIGINT", true)
    expect(await run.ended).toBe(130)
    const events = await history(store.artifacts)
    expect(events.at(-1)!.type).toBe("StageStarted")
    expect(store.run(["run"]).status).toBe(0)
    expect(await digests(store.artifacts)).toEqual(right)
  })

  it("killed between two savings goes on from the last one", async () => {
    const store = stored()
    const run = store.start(["run", "--save-every", "0.2"], 40)
    await run.prints(/started grow/)
    while (!existsSync(folderOf(store, "saved"))) await pause(50)
    await pause(100)
    run.kill("SIGKILL", true)
    expect(await run.ended).toBe(null)
    const saved = (await history(store.artifacts)).findLast((event) => event.type === "StageSaved")!
    const again = store.run(["run"])
    expect(again.stdout).toContain(`started grow, going on at ${saved.done} of 40 steps`)
    expect(await digests(store.artifacts)).toEqual(right)
    const { seconds } = (await results(store.artifacts)).get("grow")!
    expect(seconds).toBeGreaterThan(saved.seconds)
  })

  it("goes by the study as it read it; status tells meanwhile what the edit will bring, and the next run does it", async () => {
    const store = stored()
    expect(store.run(["run"]).status).toBe(0)
    store.set({ ...study, grow: 45 })
    const run = store.start(["run", "--jobs", "1"], 60)
    await run.prints(/started grow/)
    // It stands still while it is looked at, however long that takes.
    run.kill("SIGSTOP", true)
    expect(store.run(["status", "grow"]).stdout).not.toContain("then")
    store.set({ ...study, grow: 41, arms: { two: 2, three: 4 } })
    const { stdout } = store.run(["status"])
    expect(stdout).toMatch(/running +grow .*then stale: grow 40 → 41/)
    expect(stdout).toMatch(/stale +scale\/three +arms\.three 3 → 4/)
    expect(stdout).toMatch(/fresh +scale\/two/)
    run.kill("SIGCONT", true)
    expect(await run.ended).toBe(0)
    const made = await results(store.artifacts)
    expect([made.get("grow")!.record["config.steps"], made.get("scale/three")!.record["config.factor"]]).toEqual([
      45,
      3
    ])
    expect(made.get("sum")!.record["input.numbers[2:arm=grown]"]).toBe(made.get("grow")!.outputs.numbers!.digest)
    const next = store.run(["run", "--json"])
    expect((JSON.parse(next.stdout) as { ran: Array<string> }).ran.toSorted()).toEqual(["grow", "scale/three", "sum"])
  })

  it("goes on with the code it began with: what is built meanwhile is for the next run", async () => {
    const store = stored()
    const run = store.start(["run", "--jobs", "1"], 60)
    await run.prints(/started grow/)
    const before = application.fingerprints.read()
    application.fingerprints.write(before.replace("code of sum", "new code of sum"))
    expect(await run.ended).toBe(0)
    expect((await results(store.artifacts)).get("sum")!.record.code).toBe("code of sum")
    const next = store.run(["run", "--json"])
    application.fingerprints.write(before)
    expect((JSON.parse(next.stdout) as { ran: Array<string> }).ran).toEqual(["sum"])
  })
})

describe("status, why and log", () => {
  const look = (root: string) =>
    readdirSync(root, { recursive: true, encoding: "utf8" }).sort().map((name) => {
      const { ctimeMs, mtimeMs, size } = statSync(join(root, name))
      return [name, size, mtimeMs, ctimeMs]
    })

  it("answer while a run stands still and after it was killed, without waiting for anybody and without a write", async () => {
    const store = stored()
    const run = store.start(["run", "--jobs", "1", "--save-every", "0"], 40)
    await run.prints(/started grow/)
    await pause(200)
    // Whatever waited for the run would wait forever.
    run.kill("SIGSTOP", true)
    const ask = (running: boolean) => {
      const before = look(store.artifacts)
      const status = store.run(["status"])
      expect(status).toMatchObject({ status: 0, stderr: "" })
      expect(status.stdout).toMatch(running ? /running +grow/ : /missing +grow +saved at \d+ of 40 steps/)
      expect(status.stdout).toMatch(/fresh +make/)
      expect(store.run(["why", "grow"])).toMatchObject({ status: 0, stderr: "" })
      const log = store.run(["log"])
      expect(log).toMatchObject({ status: 0, stderr: "" })
      expect(log.stdout).toMatch(/succeeded make[^]*started grow[^]*saved grow/)
      expect(look(store.artifacts)).toEqual(before)
    }
    try {
      ask(true)
    } finally {
      run.kill("SIGKILL", true)
    }
    await run.ended
    ask(false)
  })
})
