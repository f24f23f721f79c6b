import { describe, expect, it } from "vitest"
import { grouped, type Said } from "../../pipeline/cli/grouping.ts"

const line = (instance: string, status: string, note = ""): Said => ({ instance, status, note })
const told = (lines: ReadonlyArray<Said>, limit?: number) =>
  grouped(lines, limit).map(({ count, line }) => `${count} ${line.status} ${line.instance} ${line.note}`.trim())

const many = Array.from({ length: 100 }, (_, index) => line(`b/${index}`, "fresh"))

describe("lines of a status", () => {
  it("stand by themselves where there are few", () => {
    expect(told([line("a/1", "fresh"), line("a/2", "fresh")])).toEqual(["1 fresh a/1", "1 fresh a/2"])
  })

  it("are told together by stage where there are many, in their order", () => {
    expect(told([line("a", "fresh"), ...many, line("c", "fresh")])).toEqual(["1 fresh a", "100 fresh b/0", "1 fresh c"])
    expect(told(many, Infinity)).toHaveLength(100)
  })

  it("are told apart where something else is to be said of them", () => {
    expect(told([
      ...many,
      line("b/x", "stale", "rank 8 → 16"),
      line("b/y", "stale", "rank 8 → 16"),
      line("b/z", "stale", "code changed"),
      line("b/u", "fresh", "accepted"),
      line("b/v", "failed", "no memory")
    ])).toEqual([
      "100 fresh b/0",
      "2 stale b/x rank 8 → 16",
      "1 stale b/z code changed",
      "1 fresh b/u accepted",
      "1 failed b/v no memory"
    ])
  })

  it("wait together, whichever instance each waits for", () => {
    const waiting = Array.from({ length: 70 }, (_, index) => line(`d/${index}`, "missing", `waits for c/${index}`))
    expect(told(waiting)).toEqual(["70 missing d/0 waits for c/0"])
  })
})
