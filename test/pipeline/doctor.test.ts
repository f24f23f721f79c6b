import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { App } from "../../pipeline/app.ts"
import { examine } from "../../pipeline/doctor.ts"
import { checks } from "../../stages/checks.ts"
import { temporaryStore } from "../fixtures/toy.ts"

const engines = { fast: "fast-package", plain: null }
const absent = () => Promise.reject(new Error("Cannot find package 'fast-package'\nstack"))
const look = (load: (specifier: string) => Promise<unknown>, engine = "fast", app: Partial<App> = {}) =>
  examine({ engines, ...app }, { root: join(temporaryStore(), "not", "made"), engine, load })
    .then((checks) => new Map(checks.map((check) => [check.name, check])))

describe("doctor", () => {
  it("names engines with their providers, machine and store", async () => {
    const asked: Array<string> = []
    const found = await look((specifier) => {
      asked.push(specifier)
      return Promise.resolve({
        listSupportedBackends: () => [{ name: "cpu", bundled: true }, { name: "cuda", bundled: false }]
      })
    })
    expect(asked).toEqual(["fast-package"])
    expect(found.get("engine fast")!.detail).toBe("fast-package: providers cpu, cuda (not installed)")
    expect(found.get("engine plain")!.status).toBe("found")
    expect(found.get("Node")!.status).toBe("found")
    expect(found.get("store")).toMatchObject({ status: "found", detail: expect.stringContaining("not made yet") })
    expect(found.get("disk")!.detail).toMatch(/GB free/)
  })

  it("calls an engine essential only where it is the chosen one", async () => {
    expect((await look(absent)).get("engine fast")).toMatchObject({
      status: "missing",
      detail: "fast-package cannot be loaded: Cannot find package 'fast-package'",
      remedy: expect.stringContaining("npm ci")
    })
    expect((await look(absent, "plain")).get("engine fast")!.status).toBe("absent")
  })

  it("makes the application's checks, of which BLiMP is optional", async () => {
    const found = await look(absent, "plain", { checks: () => checks({ BLIMP_DIR: "" }) })
    expect(found.get("corpus gutenberg")!.status).toBe("found")
    expect(found.get("BLiMP")!.status).toBe("absent")
    const wrong = checks({ BLIMP_DIR: "/nowhere" }).find(({ name }) => name === "BLiMP")!
    expect(wrong).toMatchObject({ status: "poor", detail: expect.stringContaining("/nowhere") })
  })
})
