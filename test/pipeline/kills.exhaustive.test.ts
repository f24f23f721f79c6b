import { beforeAll, describe, expect, it } from "vitest"
import type { Success } from "../../pipeline/journal/fold.ts"
import { stream } from "../../tensor/random.ts"
import { digests, isWhole, successes } from "../fixtures/results.ts"
import { build } from "../fixtures/toy-application.ts"
import { history, temporaryStore, toy } from "../fixtures/toy.ts"

const study = { ...toy, grow: 8 }
const jobs = 2
const args = ["run", "--jobs", String(jobs), "--save-every", "0"]
/** Milliseconds of each step of a stage, so that there are moments between. */
const delay = 10

/** Real kills, all lanes together. */
const wanted = 300
/** Stores worked on at a time. */
const lanes = 2

let application: Awaited<ReturnType<typeof build>>
beforeAll(async () => {
  application = await build(temporaryStore())
}, 120_000)

/** What a lane has seen. */
interface Tally {
  kills: number
  rounds: number
  /** Kills that met a running stage, and stages that were begun in vain by them. */
  begunInVain: number
  /** Steps of the stage that saves which were done again. */
  wrong: Array<string>
  lost: Array<string>
  manual: Array<string>
  tooMuch: Array<string>
}

/** Runs studies to their end, killing whoever does it, until there were enough kills. */
const lane = async (number: number, enough: () => boolean, right: Record<string, string>, tally: Tally) => {
  const random = stream(number, "kills")
  /** How long an undisturbed run takes on this machine, as it is now. */
  let whole = 2000
  while (!enough()) {
    const root = temporaryStore()
    const store = application.store(root, study)
    let kills = 0
    let committed: ReadonlyArray<Success> = []
    for (let ended = false; !ended;) {
      const begun = performance.now()
      const run = store.start(args, delay)
      const timer = setTimeout(() => run.kill("SIGKILL", true), whole * (0.1 + random.uniform()))
      const code = await run.ended
      clearTimeout(timer)
      const took = performance.now() - begun
      // Most kills shall come while there is something to kill.
      whole = code === null ? whole * 1.02 : 0.5 * whole + 0.5 * took
      if (code === null) kills++
      else if (code === 0) ended = true
      else {
        tally.manual.push(`exit ${code}: ${run.printed()}`)
        break
      }
      const now = successes(await history(store.artifacts))
      for (const before of committed) {
        const still = now.some(({ seq, writer }) => seq === before.seq && writer === before.writer)
        if (!still || !isWhole(store.artifacts, before)) tally.lost.push(`${before.instance} of round ${tally.rounds}`)
      }
      committed = now
    }
    const events = await history(store.artifacts)
    if (JSON.stringify(digests(events)) !== JSON.stringify(right)) tally.wrong.push(JSON.stringify(digests(events)))
    const begun = events.filter(({ type }) => type === "StageStarted").length
    const made = new Set(committed.map(({ key }) => key))
    const inVain = begun - made.size
    if (committed.length !== made.size || inVain > kills * jobs) {
      tally.tooMuch.push(`${inVain} in vain by ${kills} kills`)
    }
    tally.begunInVain += inVain
    tally.kills += kills
    tally.rounds += 1
  }
}

describe("real processes, killed with SIGKILL at random moments", () => {
  it("end with the same results, lose none, need nobody, and do again at most the stages that ran", async () => {
    const undisturbed = application.store(temporaryStore(), study)
    expect(undisturbed.run(args, delay).status).toBe(0)
    const right = digests(await history(undisturbed.artifacts))
    expect(Object.keys(right)).toHaveLength(5)
    const tally: Tally = { kills: 0, rounds: 0, begunInVain: 0, wrong: [], lost: [], manual: [], tooMuch: [] }
    const enough = () => tally.kills >= wanted
    await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number, enough, right, tally)))
    const { begunInVain, kills, lost, manual, rounds, tooMuch, wrong } = tally
    console.log(
      `${kills} kills in ${rounds} studies: ${wrong.length} wrong results, ${lost.length} lost, ${manual.length} manual ` +
        `steps; ${begunInVain} stages were begun in vain, at most ${jobs} (those that ran) by a kill`
    )
    expect({ lost, manual, tooMuch, wrong }).toEqual({ lost: [], manual: [], tooMuch: [], wrong: [] })
    expect(kills).toBeGreaterThanOrEqual(wanted)
  }, 3_600_000)
})
