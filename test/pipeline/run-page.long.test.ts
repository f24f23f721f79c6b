/** The runs behind a page that was written into a folder, in a real browser. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { withRun } from "../../pipeline/page/fill.ts"
import { shell } from "../../pipeline/page/shell.ts"
import type { RunInstance, RunView } from "../../schemas/run-view.ts"
import { launch, noBrowser, open, picture, tooWide } from "../fixtures/browser.ts"

const folder = mkdtempSync(join(tmpdir(), "run-page-"))
let browser: Browser
beforeAll(async () => {
  if (noBrowser === "") browser = await launch()
})
afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true })
})

const digest = (number: number) => number.toString(16).padStart(64, "0")

/** A study of sizes × arms × seeds × steps, each step trained after the one before, then checked, all told in one report. */
const large = (sizes: number, arms: number, seeds: number, steps: number): RunView => {
  const instances: Array<RunInstance> = []
  const add = (
    stage: string,
    path: ReadonlyArray<string | number>,
    labels: RunInstance["labels"],
    from: ReadonlyArray<string>
  ) => {
    const id = [stage, ...path].join("/")
    const number = instances.length
    instances.push({
      id,
      stage,
      labels,
      state: number % 97 === 96 ? "stale" : "fresh",
      ...(number % 97 === 96 ? { reason: "training.steps 10 → 20 (study.yaml:3)" } : {}),
      key: digest(number),
      code: digest(7),
      event: { seq: number, writer: "w", run: "r", at: "2026-05-01T12:00:00.000Z", host: "here" },
      seconds: 1 + number % 7,
      threads: 2,
      memory: 3e8,
      inputs: from.map((from, index) => ({
        leaf: `input.state[${index}]`,
        digest: digest(number),
        from,
        output: "out"
      })),
      files: [],
      outputs: { out: digest(number + 1) }
    })
    return id
  }
  const data = add("tokenize", [], {}, [])
  const checked: Array<string> = []
  for (let size = 0; size < sizes; size++) {
    for (let arm = 0; arm < arms; arm++) {
      for (let seed = 0; seed < seeds; seed++) {
        let before = data
        for (let step = 0; step < steps; step++) {
          const labels = { size: `size-${size}`, arm: `arm-${arm}`, seed, step }
          const path = [labels.size, labels.arm, seed, step]
          before = add("train", path, labels, [before])
          checked.push(add("check", path, labels, [before]))
        }
      }
    }
  }
  add("report", [], {}, checked)
  return { study: "large", file: "study.yaml", seq: instances.length, instances }
}

const write = (name: string, view: RunView) => {
  const file = join(folder, `${name}.html`)
  writeFileSync(file, withRun(shell(view.study), view))
  return pathToFileURL(file).href
}

describe.skipIf(noBrowser !== "")(`the runs on a page${noBrowser}`, () => {
  it("are drawn and listed, offline; links lead from an instance to what it was made from", () =>
    open(browser, write("small", large(2, 3, 1, 4)), { offline: true }, async (page) => {
      const box = page.getByRole("link", { name: /^Stage train, 24 instances/ })
      expect(await box.isVisible()).toBe(true)
      expect(await page.locator(".lines path").count()).toBe(3)
      await box.click()
      const part = page.locator("#stage-train")
      await expect.poll(() => part.evaluate((part) => part.hasAttribute("open"))).toBe(true)
      await part.getByRole("button", { name: "train/size-1/arm-2/0/3" }).click()
      const dialog = page.getByRole("dialog")
      expect(await dialog.textContent()).toMatch(
        /Why it runs, or last ran: npx pipeline why train\/size-1\/arm-2\/0\/3/
      )
      expect(await dialog.textContent()).toMatch(/with 2 threads, 300\.0 MB of memory/)
      await picture(page, "runs-dialog")
      await dialog.getByRole("button", { name: "train/size-1/arm-2/0/2" }).click()
      expect(await dialog.locator("h3").textContent()).toBe("train/size-1/arm-2/0/2")
      await dialog.getByRole("button", { name: "close" }).click()
      await picture(page, "runs", true)
    }))

  it("open at an instance that an address names", () =>
    open(browser, `${write("named", large(1, 2, 1, 2))}#instance:check/size-0/arm-1/0/1`, {}, async (page) => {
      await expect.poll(() => page.getByRole("dialog").locator("h3").textContent()).toBe("check/size-0/arm-1/0/1")
    }))

  it("stay readable with 10,000 instances: few elements until something is opened", () =>
    open(browser, write("large", large(5, 10, 10, 10)), {}, async (page) => {
      const elements = () => page.evaluate("document.querySelectorAll('body *').length")
      expect(await page.getByText(/10,002 instances, 103 stale, 9,899 fresh/).count()).toBe(1)
      const before = await elements() as number
      expect(before).toBeLessThan(400)
      expect(await page.evaluate("document.querySelector('.dag').scrollWidth <= innerWidth")).toBe(true)
      await page.locator("#stage-train > summary").click()
      await expect.poll(() => page.locator("#stage-train > details").count()).toBe(50)
      await page.locator("#stage-train > details").first().locator("summary").click()
      await expect.poll(() => page.locator("#stage-train tbody tr").count()).toBe(100)
      await page.getByLabel("Find instances by name, state or reason").fill("stale size-3")
      await expect.poll(() => page.locator(".finder output").textContent()).toMatch(/^\d+ instances$/)
      await picture(page, "runs-large", true)
    }))

  it("fit a phone, in the dark", () =>
    open(
      browser,
      write("phone", large(2, 3, 1, 4)),
      { viewport: { width: 390, height: 800 }, colorScheme: "dark" },
      async (page) => {
        expect(await tooWide(page)).toEqual([])
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390)
        await picture(page, "runs-phone", true)
      }
    ))

  it("are a table without script", () =>
    open(browser, write("still", large(2, 3, 1, 4)), { javaScriptEnabled: false }, async (page) => {
      expect(await page.locator(".run tbody tr").count()).toBe(14)
      expect(await page.locator(".run tbody tr").nth(1).textContent()).toMatch(/^trainsize-0 · arm-0 ?4/)
    }))
})
