import { describe, expect, it } from "vitest"
import still from "../../pipeline/page/client/still.script"
import { withRun } from "../../pipeline/page/fill.ts"
import { outline } from "../../pipeline/page/outline.ts"
import { shell } from "../../pipeline/page/shell.ts"
import type { RunInstance, RunState, RunView } from "../../schemas/run-view.ts"

const key = (text: string) => Buffer.from(text.padEnd(32)).toString("hex").slice(0, 64)

const instance = (
  id: string,
  from: ReadonlyArray<string>,
  { labels = {}, made = id, seconds = 1, state = "fresh" as RunState } = {}
): RunInstance => ({
  id,
  stage: id.split("/")[0]!,
  labels,
  state,
  key: key(made),
  seconds,
  inputs: from.map((from, index) => ({ leaf: `input.in[${index}]`, from, output: "out" })),
  files: [],
  outputs: {}
})

const view = (instances: ReadonlyArray<RunInstance>): RunView => ({
  study: "<b>a & b</b>",
  file: "a.yaml",
  seq: 1,
  instances: [...instances]
})

describe("the outline of a run", () => {
  const { edges, seconds, stages } = outline(view([
    instance("make", []),
    instance("train/one/1", ["make"], { labels: { size: "small", arm: "one", step: 1 }, seconds: 10 }),
    instance("train/one/2", ["train/one/1"], {
      labels: { size: "small", arm: "one", step: 2 },
      seconds: 5,
      state: "stale"
    }),
    // The same result as that of another instance: its work was done once.
    instance("train/two/1", ["make"], {
      labels: { size: "small", arm: "two", step: 1 },
      made: "train/one/1",
      seconds: 10
    }),
    instance("score", ["train/one/2", "make"]),
    instance("report", ["score", "train/two/1"], { state: "missing" })
  ]))

  it("puts each stage after those it takes from, and draws no line that another way tells", () => {
    expect(stages.map(({ layer, name }) => `${layer} ${name}`)).toEqual(["0 make", "1 train", "2 score", "3 report"])
    expect(edges).toEqual([{ from: 0, to: 1 }, { from: 1, to: 2 }, { from: 2, to: 3 }])
  })

  it("groups instances by the words of their labels, and counts the work on a result once", () => {
    const train = stages[1]!
    expect(train.groups.map(({ instances, name, short }) => [name, short, instances.length])).toEqual([
      ["small · one", "one", 2],
      ["small · two", "two", 1]
    ])
    expect([train.seconds, train.longest, seconds]).toEqual([15, 10, 18])
    expect(train.counts).toMatchObject({ failed: 0, running: 0, stale: 1, missing: 0, fresh: 2 })
  })

  it("has no circle where two stages take from one another by turns", () => {
    const { edges, stages } = outline(view([
      instance("a/1", []),
      instance("b/1", ["a/1"]),
      instance("a/2", ["b/1"]),
      instance("b/2", ["a/2"])
    ]))
    expect(stages.map(({ layer }) => layer)).toEqual([0, 1])
    expect(edges).toEqual([{ from: 0, to: 1 }])
  })
})

describe("a page with a run in it", () => {
  const page = withRun(shell("<b>a & b</b>"), view([instance("make", [], { labels: { arm: "<i>one</i>" } })]))

  it("holds data that begins no element, a script, and a table for readers without script", () => {
    expect(page).not.toContain("<b>")
    expect(page).not.toContain("<i>")
    expect(page.match(/<script/g)).toHaveLength(2)
    expect(page).toContain("<noscript><section class=\"run\">")
    expect(page).toContain("<td>make</td><td>&lt;i&gt;one&lt;/i&gt;</td><td>1</td><td>1 fresh</td><td>1.0 s</td>")
  })

  it("takes nothing from a network", () => {
    expect(page.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:\/\/|src=|@import|url\(/)
    expect(still).not.toMatch(/fetch\(|EventSource|XMLHttpRequest/)
  })

  it("stays as it is where it has no slot", () => {
    expect(withRun("<p>page</p>", view([]))).toBe("<p>page</p>")
  })
})
