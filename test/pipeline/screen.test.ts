import { describe, expect, it } from "vitest"
import { screen, type Seen } from "../../pipeline/cli/screen.ts"
import { bar, sparkline } from "../../pipeline/cli/sparkline.ts"
import type { RunInstance } from "../../schemas/run-view.ts"

const instance = (id: string, state: RunInstance["state"], more: Partial<RunInstance> = {}): RunInstance => ({
  id,
  stage: id.split("/")[0]!,
  labels: {},
  state,
  inputs: [],
  files: [],
  outputs: {},
  ...more
})

const at = "2026-05-01T12:00:00.000Z"
const now = Date.parse(at) + 65_000

const seen: Seen = {
  view: {
    study: "toy",
    file: "toy.yaml",
    seq: 9,
    instances: [
      instance("make", "fresh", { key: "a".repeat(64), seconds: 61 }),
      instance("train/one", "running", {
        since: at,
        progress: { done: 30, total: 120, unit: "steps", figures: { loss: 4.25, "tokens/s": 12345 }, at }
      }),
      instance("train/two", "missing"),
      instance("sum", "stale", { reason: "sum.digits 1 → 2 (toy.yaml:3)" })
    ]
  },
  run: { run: "R1", host: "here", pid: 7, at, state: "running", done: 1, total: 4, left: 130 },
  log: Array.from({ length: 20 }, (_, index) => ({ seq: index, at, text: `line ${index}` })),
  left: (id) => id === "train/one" ? 90 : undefined,
  recent: (id) => id === "train/one" ? [8, 7, 6, 5, 4.25] : []
}

describe("the screen of status --watch", () => {
  it("tells the run, what runs and how long yet, each stage, why something is stale, and the log", () => {
    expect(screen(seen, now, 200, 40)).toEqual([
      "toy toy.yaml",
      "run R1, process 7 on here: 1 of 4 done, 65 s, about 2 min 10 s left",
      "",
      "▶ train/one  ███░░░░░░░░░  30 of 120 steps  loss 4.25, tokens/s 12,345  █▆▄▂▁  about 90 s left",
      "",
      "  make   ████████████████████  1 fresh  61 s",
      "  train  ░░░░░░░░░░░░░░░░░░░░  1 running, 1 missing",
      "  sum    ░░░░░░░░░░░░░░░░░░░░  1 stale",
      "",
      "↻ stale   sum  sum.digits 1 → 2 (toy.yaml:3)",
      "",
      ...Array.from({ length: 8 }, (_, index) => `12:00:00  line ${index + 12}`)
    ])
  })

  it("keeps to the width and height of a terminal", () => {
    for (const [width, height] of [[40, 10], [20, 5], [10, 2]] as const) {
      const lines = screen(seen, now, width, height)
      expect(lines.length).toBeLessThan(height)
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
    }
  })

  it("draws the last values from the smallest to the largest, and no line through one", () => {
    expect(sparkline([1, 2, 3, 4, 5, 6, 7, 8])).toBe("▁▂▃▄▅▆▇█")
    expect(sparkline([9, Number.NaN, 1, 2], 2)).toBe("▁█")
    expect(sparkline([3])).toBe("")
    expect(sparkline([3, 3])).toBe("▁▁")
    expect([bar(0, 4), bar(0.5, 4), bar(2, 4)]).toEqual(["░░░░", "██░░", "████"])
  })
})
