import { describe, expect, it } from "vitest"
import { hooks, runToy, temporaryStore, toy } from "../fixtures/toy.ts"

describe("a forced instance", () => {
  it("runs though it is fresh, and what follows is spared when it gives the same", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    const { called, plan, ran } = await runToy(root, toy, { force: ["scale/two"] })
    expect(called).toEqual(["scale 2"])
    expect(ran).toEqual(["scale/two"])
    expect(plan.get("scale/two")!.status).toBe("stale")
    expect(plan.get("sum")!.status).toBe("waiting")
    expect((await runToy(root, toy)).called).toEqual([])
  })

  it("runs after one that is forced as well, and with an equal twin once", async () => {
    const root = temporaryStore()
    const twins = { ...toy, arms: { one: 7, other: 7 } }
    await runToy(root, twins)
    const force = ["make", "scale/one", "scale/other"]
    for (const jobs of [1, 2]) {
      expect((await runToy(root, twins, { force, jobs })).called).toEqual(["make", "scale 7"])
    }
  })

  it("that fails keeps the result it had", async () => {
    const root = temporaryStore()
    await runToy(root, toy)
    hooks.make = () => Promise.reject(new Error("no luck"))
    const { failed } = await runToy(root, toy, { force: ["make"] })
    hooks.make = undefined
    expect(failed).toEqual(["make"])
    expect((await runToy(root, toy)).called).toEqual([])
  })
})
