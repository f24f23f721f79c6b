import { Effect } from "effect"
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { Disk } from "../../pipeline/disk.ts"
import * as Lease from "../../pipeline/store/lease.ts"
import { runToy, temporaryStore, toy } from "../fixtures/toy.ts"

const key = "k".repeat(64)
const run = <A, E>(effect: Effect.Effect<A, E, Disk>) => effect.pipe(Effect.provide(Disk.layer), Effect.runPromise)
const acquire = (root: string) => Effect.scoped(Lease.acquire(root, key, "one"))

const write = (root: string, lease: Partial<Lease.Holder>) => {
  mkdirSync(join(root, "leases"), { recursive: true })
  const path = join(root, "leases", key)
  writeFileSync(path, JSON.stringify({ host: hostname(), pid: process.pid, instance: "x", token: "t", ...lease }))
  return path
}
/** A process id that no process has: ids above the kernel's greatest are never given. */
const nobody = 2 ** 22 + 1

describe("a lease", () => {
  it("is given to one at a time, and to the next when it is released", async () => {
    const root = temporaryStore()
    const [first, second] = await run(Effect.scoped(Effect.gen(function*() {
      return [yield* Lease.acquire(root, key, "one"), yield* Lease.acquire(root, key, "two")]
    })))
    expect([first, second]).toEqual([true, false])
    expect(readdirSync(join(root, "leases"))).toEqual([])
    expect(await run(acquire(root))).toBe(true)
  })

  it("of a dead process is taken over", async () => {
    const root = temporaryStore()
    write(root, { pid: nobody })
    expect(await run(Lease.holder(root, key))).toBeUndefined()
    expect(await run(acquire(root))).toBe(true)
  })

  it("of a dead namesake, whose process id is now ours, is taken over", async () => {
    const root = temporaryStore()
    write(root, {})
    expect(await run(acquire(root))).toBe(true)
  })

  it("of a silent holder is taken over, on this host and on others; of a beating one it is not", async () => {
    for (const host of [hostname(), "elsewhere"]) {
      const root = temporaryStore()
      const path = write(root, { host, pid: 1 })
      expect(await run(acquire(root))).toBe(false)
      const old = new Date(Date.now() - 120_000)
      utimesSync(path, old, old)
      expect(await run(acquire(root))).toBe(true)
    }
  })

  it("that somebody else took over is not removed by its first holder", async () => {
    const root = temporaryStore()
    let path = ""
    await run(Effect.scoped(Effect.gen(function*() {
      yield* Lease.acquire(root, key, "one")
      path = write(root, { host: "elsewhere", token: "theirs" })
    })))
    expect(readFileSync(path, "utf8")).toContain("theirs")
  })
})

describe("two runs on one store", () => {
  it("make every result once, and both end with all of them", async () => {
    const root = temporaryStore()
    const [one, other] = await Promise.all([runToy(root, toy), runToy(root, toy)])
    expect([...one.ran, ...other.ran].toSorted()).toEqual(["make", "scale/three", "scale/two", "sum"])
    for (const { failed, results } of [one, other]) {
      expect(failed).toEqual([])
      expect(results.size).toBe(4)
    }
  })
})
