import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { App } from "../../pipeline/app.ts"
import { examine } from "../../pipeline/doctor.ts"
import { checks } from "../../stages/checks.ts"
import { temporaryStore } from "../fixtures/toy.ts"

const asked: Array<string> = []
const engines: Pick<App["engines"], "checks"> = {
  checks: async (chosen) => {
    asked.push(chosen)
    return [{ name: "engine fast", status: "found", detail: "fast 1.0" }]
  }
}
const look = (app: Partial<Omit<App, "engines">> = {}, mistake?: string) =>
  examine({ engines, ...app }, {
    root: join(temporaryStore(), "not", "made"),
    engine: "fast",
    study: { file: mistake === undefined ? "studies/mine.yaml" : undefined, mistake }
  })
    .then((checks) => new Map(checks.map((check) => [check.name, check])))

describe("doctor", () => {
  it("tells of engines, machine and store", async () => {
    const found = await look()
    expect(asked).toEqual(["fast"])
    expect(found.get("engine fast")!.detail).toBe("fast 1.0")
    expect(found.get("Node")!.status).toBe("found")
    expect(found.get("store")).toMatchObject({ status: "found", detail: expect.stringContaining("not made yet") })
    expect(found.get("disk")!.detail).toMatch(/GB free/)
  })

  it("names the study, or its mistakes", async () => {
    expect((await look()).get("study")).toEqual({ name: "study", status: "found", detail: "studies/mine.yaml" })
    const wrong = (await look({}, "mine.yaml:3: steps must be more than 0")).get("study")!
    expect(wrong).toMatchObject({ status: "missing", detail: "mine.yaml:3: steps must be more than 0" })
    expect(wrong.remedy).toContain("--study")
  })

  it("makes the application's checks, of which BLiMP is optional", async () => {
    const found = await look({ checks: () => checks({ BLIMP_DIR: "" }) })
    expect(found.get("corpus gutenberg")!.status).toBe("found")
    expect(found.get("BLiMP")!.status).toBe("absent")
    const wrong = checks({ BLIMP_DIR: "/nowhere" }).find(({ name }) => name === "BLiMP")!
    expect(wrong).toMatchObject({ status: "poor", detail: expect.stringContaining("/nowhere") })
  })
})
