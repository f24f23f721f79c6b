import { Clock, Effect } from "effect"
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { Disk } from "../../pipeline/disk.ts"
import * as Lease from "../../pipeline/store/lease.ts"
import { here } from "../../pipeline/store/place.ts"
import { runToy, temporaryStore, toy } from "../fixtures/toy.ts"

const key = "k".repeat(64)

/** A clock that stands where it is put; heartbeats do not come. */
const standing = () => {
  let at = 1_000_000_000_000
  const nanoseconds = () => BigInt(at) * 1_000_000n
  const clock: Clock.Clock = {
    currentTimeMillisUnsafe: () => at,
    currentTimeMillis: Effect.sync(() => at),
    currentTimeNanosUnsafe: nanoseconds,
    currentTimeNanos: Effect.sync(nanoseconds),
    monotonicTimeNanosUnsafe: nanoseconds,
    monotonicTimeNanos: Effect.sync(nanoseconds),
    sleep: () => Effect.never
  }
  return { clock, pass: (seconds: number) => void (at += seconds * 1000) }
}

const run = <A, E>(effect: Effect.Effect<A, E, Disk>, { clock } = standing()) =>
  effect.pipe(Effect.provide(Disk.layer), Effect.provideService(Clock.Clock, clock), Effect.runPromise)

/** The fence of the lease, taken and given back; undefined where it is not to be had. */
const acquire = (root: string, past?: number) =>
  Effect.scoped(Effect.map(Lease.acquire(root, key, "one", past), (lease) => lease?.fence))

const write = (root: string, lease: Partial<Lease.Holder> | string, fence = 1) => {
  mkdirSync(join(root, "leases"), { recursive: true })
  const path = join(root, "leases", `${key}.${fence}`)
  const whole = { ...here, pid: process.pid, instance: "x", token: "t", beat: 0, released: false }
  writeFileSync(path, typeof lease === "string" ? lease : JSON.stringify({ ...whole, ...lease }))
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
    expect([first?.fence, second]).toEqual([1, undefined])
    expect(readdirSync(join(root, "leases"))).toEqual([])
    expect(await run(acquire(root))).toBe(1)
  })

  it("has a fence above that of the last result, and of whoever may not know that it has lost the key", async () => {
    const root = temporaryStore()
    expect(await run(acquire(root, 4))).toBe(5)
    write(root, { pid: nobody }, 7)
    expect(await run(acquire(root, 4))).toBe(8)
    // The holder of 7 may only seem to be dead: its number is not forgotten.
    expect(await run(acquire(root, 4))).toBe(9)
    expect(readdirSync(join(root, "leases"))).toEqual([`${key}.9`])
    expect(await run(Lease.holder(root, key))).toBeUndefined()
  })

  it("leaves nothing behind once the journal holds its fence", async () => {
    const root = temporaryStore()
    write(root, { pid: nobody })
    await run(Effect.scoped(Effect.map(Lease.acquire(root, key, "one"), (lease) => lease!.settle())))
    expect(readdirSync(join(root, "leases"))).toEqual([])
  })

  it.each([
    ["a dead process", { pid: nobody }],
    ["a dead namesake, whose process id is now ours", {}],
    ["a process of this machine before it was started anew", { pid: 1, boot: "before" }]
  ])("of %s is taken over at once", async (_, lease) => {
    const root = temporaryStore()
    write(root, lease)
    expect(await run(Lease.holder(root, key))).toBeUndefined()
    expect(await run(acquire(root))).toBe(2)
  })

  it.each([
    ["another host", { host: "elsewhere", pid: nobody }],
    ["another container of this name", { space: "pid:[1]", pid: nobody }],
    ["a process that is there and hangs", { pid: 1 }]
  ])(
    "of %s is taken over when its counter stood still for a minute of ours, whatever the clocks say",
    async (_, lease) => {
      for (const modified of [0, Date.now() / 1000, 4_000_000_000]) {
        const root = temporaryStore()
        const time = standing()
        const beat = (beat: number) => utimesSync(write(root, { ...lease, beat }), modified, modified)
        beat(1)
        expect(await run(acquire(root), time)).toBeUndefined()
        time.pass(59)
        expect(await run(acquire(root), time)).toBeUndefined()
        beat(2)
        time.pass(2)
        expect(await run(acquire(root), time)).toBeUndefined()
        time.pass(59)
        expect(await run(acquire(root), time)).toBeUndefined()
        time.pass(2)
        expect(await run(acquire(root), time)).toBe(2)
      }
    }
  )

  it("that cannot be read, since its holder died writing it, is taken over after some seconds", async () => {
    const root = temporaryStore()
    const time = standing()
    write(root, "")
    expect(await run(acquire(root), time)).toBeUndefined()
    time.pass(6)
    expect(await run(acquire(root), time)).toBe(2)
  })

  it("that somebody else took over is known to be lost, and is not touched by its first holder", async () => {
    const root = temporaryStore()
    let path = ""
    const ours = await run(Effect.scoped(Effect.gen(function*() {
      const lease = (yield* Lease.acquire(root, key, "one"))!
      const before = yield* lease.isOurs
      path = write(root, { host: "elsewhere", token: "theirs" }, 2)
      return [before, yield* lease.isOurs]
    })))
    expect(ours).toEqual([true, false])
    expect(readFileSync(path, "utf8")).toContain("theirs")
  })

  it("is not taken by a number below one that is there", async () => {
    const root = temporaryStore()
    write(root, { host: "elsewhere" }, 3)
    expect(await run(acquire(root))).toBeUndefined()
    expect(readdirSync(join(root, "leases"))).toEqual([`${key}.3`])
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
