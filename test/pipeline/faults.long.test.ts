import { Effect } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { decideAll } from "../../pipeline/decide.ts"
import { ofBytes } from "../../pipeline/digest.ts"
import type { Success } from "../../pipeline/journal/fold.ts"
import type { Notice } from "../../pipeline/notice.ts"
import { fastClock } from "../fixtures/fast-clock.ts"
import { type Fault, faulty, type Kind, kinds, traced } from "../fixtures/faults.ts"
import { calls as called, factsOf, graphOf, layer, runToy, temporaryStore, toy } from "../fixtures/toy.ts"

/** Three arms, one of which saves its state at every step. */
const study = { ...toy, grow: 3 }
const instances = 5

const digests = (results: ReadonlyMap<string, Success>) =>
  Object.fromEntries(
    [...results].map(([id, { outputs }]) => [id, Object.values(outputs).map(({ digest }) => digest)] as const).sort()
  )

const reference = async () => digests((await runToy(temporaryStore(), study)).results)

/** Every object of a store holds the bytes that it is named by. */
const checkObjects = (root: string) => {
  const folder = join(root, "objects")
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (name.endsWith(".parquet")) {
      expect(ofBytes(readFileSync(join(folder, name)))).toBe(name.replace(/\.parquet$|\//g, ""))
    }
  }
}

/** Whether a run would find nothing to do. */
const allFresh = (root: string) =>
  Effect.map(factsOf(root), (facts) => {
    const verdicts = decideAll(graphOf(study), facts)
    return verdicts.size === instances && [...verdicts.values()].every(({ status }) => status === "fresh")
  }).pipe(Effect.provide(layer(root)), Effect.scoped, Effect.runPromise)

/** What came of one fault. */
interface Came {
  readonly hit: string | undefined
  readonly redone: number
  readonly wrong: boolean
  readonly lost: ReadonlyArray<string>
  readonly unmended: boolean
}

/** One run that meets a fault, and one after it, which must leave nothing to do. */
const meet = async (fault: Fault, right: Awaited<ReturnType<typeof reference>>): Promise<Came> => {
  const root = temporaryStore()
  const { calls, end, seen } = faulty(root, fault)
  const committed: Array<string> = []
  const observe = (notice: Notice) => {
    if (notice.type === "succeeded") committed.push(notice.instance.id)
  }
  const before = called.length
  // One at a time: then a fault finds one stage running, and no more than that one may be done again.
  await runToy(root, study, { calls, observe, jobs: 1, keepGoing: true, saveEvery: 0 }).catch(() => undefined)
  end()
  // A lease that nobody can read has to be watched for seconds before it is taken for dead.
  const mended = await runToy(root, study, { jobs: 1, saveEvery: 0, clock: fastClock(200) })
  const stages = called.slice(before).filter((name) => !name.startsWith("grow "))
  const lost = committed.filter((id) => mended.ran.includes(id))
  const unmended = mended.failed.length > 0 || !(await allFresh(root))
  checkObjects(root)
  return {
    hit: seen.hit,
    redone: stages.length - instances,
    wrong: JSON.stringify(digests(mended.results)) !== JSON.stringify(right),
    lost,
    unmended
  }
}

describe("a disk that fails, a process that dies, a power cut", () => {
  it("at any call, in any way, costs no result, no manual step, and one stage of work at most", async () => {
    const right = await reference()
    // What is called does not depend on anything: a fault of one call is the same in every run.
    const root = temporaryStore()
    const { calls, names } = traced(root)
    await runToy(root, study, { calls, jobs: 1, keepGoing: true, saveEvery: 0 })
    const faults = new Map<Kind, number>()
    const told: Array<string> = []
    let redone = 0
    for (let at = 0, more = true; more; at++) {
      more = false
      for (const kind of kinds) {
        if (kind.startsWith("short") && names[at] !== "write") continue
        const came = await meet({ at, kind }, right)
        if (came.hit === undefined) continue
        more = true
        faults.set(kind, (faults.get(kind) ?? 0) + 1)
        redone += came.redone
        if (came.wrong || came.unmended || came.lost.length > 0 || came.redone > 1) {
          told.push(`${kind} at call ${at} (${came.hit}): ${JSON.stringify(came)}`)
        }
      }
    }
    const total = [...faults.values()].reduce((sum, many) => sum + many, 0)
    console.log(
      [
        `${total} faults: ${told.length} that cost more than one stage's work; ${redone} stages were done again`,
        ...[...faults].map(([kind, many]) => `  ${String(many).padStart(4)}  ${kind}`)
      ].join("\n")
    )
    expect(told).toEqual([])
    expect(total).toBeGreaterThan(2000)
  }, 3_600_000)
})
