/**
 * Random histories of a toy study: what the plan announces is what the run does, and a run calls exactly the bodies that a
 * memory of all results would call.
 */
import * as fc from "fast-check"
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { runToy, temporaryStore, toy, type ToyStudy } from "../fixtures/toy.ts"
import { table } from "./compare.ts"

type Edit =
  | { readonly set: "size" | "digits"; readonly to: number }
  | { readonly set: "arm"; readonly name: string; readonly factor: number | undefined }
  | { readonly set: "order" }
  | { readonly set: "file"; readonly content: string | undefined }
  | { readonly set: "code"; readonly stage: Stage; readonly to: number }
  | { readonly set: "lost" }
type Stage = "make" | "scale" | "sum"

const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ set: fc.constant("size" as const), to: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ set: fc.constant("digits" as const), to: fc.integer({ min: 0, max: 1 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      set: fc.constant("arm" as const),
      name: fc.constantFrom("a", "b", "c"),
      // 13 fails; 2.001 and 2.03 come out as 2 where they are rounded; 1 gives its input back.
      factor: fc.constantFrom(1, 2, 2.001, 2.03, 3, 13, undefined)
    })
  },
  { weight: 1, arbitrary: fc.record({ set: fc.constant("order" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ set: fc.constant("file" as const), content: fc.constantFrom("one", "two", undefined) })
  },
  {
    weight: 2,
    arbitrary: fc.record({
      set: fc.constant("code" as const),
      stage: fc.constantFrom<Stage>("make", "scale", "sum"),
      to: fc.integer({ min: 0, max: 1 })
    })
  },
  { weight: 1, arbitrary: fc.record({ set: fc.constant("lost" as const) }) }
)
const history = fc.array(
  fc.record({ edits: fc.array(edit, { minLength: 0, maxLength: 3 }), jobs: fc.constantFrom(1, 2) }),
  { minLength: 1, maxLength: 8 }
)

interface Present {
  readonly study: ToyStudy
  readonly content: string | undefined
  readonly codes: Readonly<Record<Stage, number>>
}

const withArm = (arms: ToyStudy["arms"], name: string, factor: number | undefined): ToyStudy["arms"] => {
  const { [name]: _, ...others } = arms
  if (factor !== undefined) return { ...arms, [name]: factor }
  return Object.keys(others).length > 0 ? others : arms
}

const apply = (present: Present, edit: Edit, file: string): Present => {
  const { codes, study } = present
  switch (edit.set) {
    case "size":
    case "digits":
      return { ...present, study: { ...study, [edit.set]: edit.to } }
    case "arm":
      return { ...present, study: { ...study, arms: withArm(study.arms, edit.name, edit.factor) } }
    case "order":
      return { ...present, study: { ...study, arms: Object.fromEntries(Object.entries(study.arms).toReversed()) } }
    case "file": {
      const { file: _, ...others } = study
      return { ...present, content: edit.content, study: edit.content === undefined ? others : { ...others, file } }
    }
    case "code":
      return { ...present, codes: { ...codes, [edit.stage]: edit.to } }
    case "lost":
      return present
  }
}

/** A memory of all results by what they follow from, in values: no digests, no journal. */
const memory = () => {
  const results = new Map<string, string>()
  const held = new Set<string>()
  return {
    lose: () => held.clear(),
    /** Bodies that must be called to bring a study up to date. */
    calls: ({ codes, content, study }: Present): ReadonlyArray<string> => {
      const called: Array<string> = []
      const get = (call: string, cause: unknown, make: () => unknown): string => {
        const key = JSON.stringify([call.split(" ")[0], cause])
        const known = results.get(key)
        if (known !== undefined && held.has(known)) return known
        called.push(call)
        const made = JSON.stringify(make())
        results.set(key, made)
        held.add(made)
        return made
      }
      const numbers = get(
        "make",
        [codes.make, study.size, content ?? null],
        () => Array.from({ length: study.size }, (_, i) => i + 1)
      )
      let failed = false
      const scaled = Object.entries(study.arms).map(([arm, factor]) => {
        if (factor === 13) {
          failed = true
          const key = `scale ${factor}`
          // Two arms of one key fail once.
          if (!called.includes(key)) called.push(key)
          return ["", ""] as const
        }
        const values = get(
          `scale ${factor}`,
          [codes.scale, factor, study.digits, numbers],
          () => (JSON.parse(numbers) as ReadonlyArray<number>).map((x) => Number((x * factor).toFixed(study.digits)))
        )
        return [arm, values] as const
      })
      if (!failed) {
        get(
          "sum",
          [codes.sum, scaled],
          () =>
            scaled.map(([arm, values]) =>
              `${arm}: ${(JSON.parse(values) as ReadonlyArray<number>).reduce((a, b) => a + b, 0)}`
            )
        )
      }
      return called
    }
  }
}

const loseObjects = (root: string) => {
  const folder = join(root, "objects")
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".parquet")) continue
    chmodSync(join(folder, name), 0o644)
    rmSync(join(folder, name))
  }
}

const counts: Record<string, number> = {}
const count = (name: string, by = 1) => counts[name] = (counts[name] ?? 0) + by

/** Holds a run against its plan, instance by instance. */
const compare = ({ failed, plan, ran, results, reused, run, skipped }: Awaited<ReturnType<typeof runToy>>) => {
  for (const [id, verdict] of plan) {
    const outcome = ran.includes(id)
      ? "ran"
      : reused.includes(id)
      ? "reused"
      : failed.includes(id)
      ? "failed"
      : "skipped"
    count(`planned ${verdict.status}, ${outcome}`)
    switch (verdict.status) {
      case "fresh":
        expect([id, outcome]).toEqual([id, "reused"])
        break
      case "stale":
      case "missing":
        expect(["ran", "failed"], id).toContain(outcome)
        break
      case "shared":
        expect([id, outcome]).toEqual([id, failed.includes(verdict.with) ? "skipped" : "reused"])
        break
      case "waiting": {
        if (outcome !== "reused") break
        const made = results.get(id)!
        const changed = verdict.changes.length > 0 || !verdict.known
        // What changed of itself is spared only by a result that another time, or another instance, has left.
        if (changed) {
          count("  of these with a change of its own, by a result of before")
          expect(made.run !== run || made.instance !== id, id).toBe(true)
        }
        break
      }
      case "blocked":
        throw new Error(`${id} is blocked`)
    }
  }
  expect(skipped.length === 0 || failed.length > 0).toBe(true)
}

afterAll(() => table("random histories of a toy study", counts))

describe("random histories", () => {
  it("run what was planned, call what must be called, and nothing afterwards", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const root = temporaryStore()
        const file = join(root, "seed.txt")
        const oracle = memory()
        let present: Present = {
          study: { ...toy, arms: { a: 2, b: 3 } },
          content: undefined,
          codes: { make: 0, scale: 0, sum: 0 }
        }
        count("histories")
        for (const { edits, jobs } of steps) {
          for (const edit of edits) {
            present = apply(present, edit, file)
            count("edits")
            if (edit.set === "lost") {
              oracle.lose()
              loseObjects(root)
            }
          }
          if (present.content !== undefined) writeFileSync(file, present.content)
          const changed = Object.fromEntries(
            Object.entries(present.codes).map(([name, code]) => [name, `${name} ${code}`])
          )
          const done = await runToy(root, present.study, { changed, jobs, keepGoing: true })
          count("runs")
          expect(done.called.toSorted()).toEqual(oracle.calls(present).toSorted())
          compare(done)
          const again = await runToy(root, present.study, { changed, jobs, keepGoing: true })
          expect(again.called.filter((call) => call !== "scale 13")).toEqual([])
          compare(again)
          if (done.failed.length === 0) {
            expect([...again.plan.values()].map(({ status }) => status)).toEqual([...again.plan].map(() => "fresh"))
          }
        }
      }),
      { seed: 2509, numRuns: 40 }
    )
  })
})
