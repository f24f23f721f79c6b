/** The page in a real browser, where one is installed. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { withDatabase } from "../../../stages/report/database.ts"
import { page as html } from "../../../stages/report/format/page.ts"
import { compose } from "../../../stages/report/report.ts"
import { config, writeInputs } from "../../fixtures/report.ts"

const executable = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
  .find((path) => path !== undefined && existsSync(path))
const folder = mkdtempSync(join(tmpdir(), "report-page-"))
const file = join(folder, "report.html")
/** Folder for pictures of the page, where one is wanted. */
const pictures = process.env["REPORT_PICTURES"]

let browser: Browser
beforeAll(async () => {
  if (executable === undefined) return
  const report = await withDatabase(
    new AbortController().signal,
    (database) => compose(database, config(), writeInputs(folder))
  )
  writeFileSync(file, html(report))
  browser = await chromium.launch({
    executablePath: executable,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync"
    ]
  })
})
afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true })
})

/** Opens the page offline; what a browser complains of, or asks the network for, fails the test. */
const open = async (options: BrowserContextOptions, use: (page: Page) => Promise<void>) => {
  const context = await browser.newContext({ offline: true, ...options })
  const page = await context.newPage()
  const complaints: Array<string> = []
  page.on("pageerror", (error) => complaints.push(error.message))
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()))
  page.on("request", (request) => request.url().startsWith("file:") || complaints.push(`asked for ${request.url()}`))
  await page.goto(pathToFileURL(file).href)
  await use(page)
  expect(complaints).toEqual([])
  await context.close()
}
const picture = async (page: Page, name: string, fullPage = false) => {
  if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage })
}

describe.skipIf(executable === undefined)(
  `the page in a browser${executable === undefined ? " (not tested: no Chromium here)" : ""}`,
  () => {
    const column = (page: Page, table: string, index: number) =>
      page.locator(`#${table} tbody tr:visible td:nth-child(${index})`).allTextContents()

    it("sorts a table by a column, up, down and back", () =>
      open({}, async (page) => {
        const before = await column(page, "loss", 4)
        const button = page.locator("#loss thead tr:last-child th:nth-child(4) button")
        await button.click()
        const numbers = (texts: ReadonlyArray<string>) => texts.map((text) => Number(text.replace("−", "-")))
        const rising = numbers(await column(page, "loss", 4))
        expect(rising).toEqual(rising.toSorted((a, b) => a - b))
        await button.press("Enter")
        expect(numbers(await column(page, "loss", 4))).toEqual(rising.toReversed())
        await button.press("Space")
        expect(await column(page, "loss", 4)).toEqual(before)
      }))

    it("filters a table by words", () =>
      open({}, async (page) => {
        await page.locator("#claim-effects input[type=search]").fill("merge-jump nano")
        expect(await column(page, "claim-effects", 2)).toEqual(["merge-jump", "merge-jump"])
      }))

    it("draws what is chosen, and lists the values of a step to the keyboard", () =>
      open({}, async (page) => {
        const chart = page.locator("#explorer svg").first()
        await expect.poll(() => chart.isVisible()).toBe(true)
        const lines = () => page.locator("#explorer [aria-label=line] path").count()
        expect(await lines()).toBe(6)
        await page.getByLabel("relora", { exact: true }).uncheck()
        expect(await lines()).toBe(4)
        await page.getByLabel("measure").selectOption({ label: "PER of stored weights" })
        await page.getByLabel("matrix").selectOption("ov")
        const rows = page.locator("#explorer .values tr")
        expect(await rows.count()).toBe(4)
        const slider = page.getByRole("slider")
        await slider.focus()
        await slider.press("ArrowLeft")
        expect(await slider.getAttribute("aria-valuetext")).toBe("step 15")
        await picture(page, "explore")
      }))

    it("tells a value under the pointer", () =>
      open({}, async (page) => {
        const chart = page.locator("#explorer svg").first()
        await chart.scrollIntoViewIfNeeded()
        const box = (await chart.boundingBox())!
        await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.5, { steps: 8 })
        await expect.poll(() => page.locator("#explorer [aria-label=tip]").first().textContent()).toMatch(/step \d+/)
      }))

    it("fits a phone, in the dark", () =>
      open({ viewport: { width: 390, height: 800 }, colorScheme: "dark" }, async (page) => {
        const wide = await page.evaluate(`[...document.querySelectorAll("body *")]
          .filter((element) => element.closest(".scroll, nav, details") === null)
          .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
          .map((element) => element.outerHTML.slice(0, 80))`)
        expect(wide).toEqual([])
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390)
        expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).not.toBe("rgb(255, 255, 255)")
        await picture(page, "phone", true)
      }))

    it("is whole without scripts", () =>
      open({ javaScriptEnabled: false }, async (page) => {
        expect(await page.locator("#loss tbody tr").count()).toBe(6)
        expect(await page.locator("#explorer").isVisible()).toBe(false)
        await picture(page, "still", true)
      }))
  }
)
