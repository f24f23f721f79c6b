/** The page in a real browser, where one is installed. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { withRun } from "../../../pipeline/page/fill.ts"
import { labelledLeaf } from "../../../schemas/leaf.ts"
import type { RunInstance, RunView } from "../../../schemas/run-view.ts"
import { withDatabase } from "../../../stages/report/database.ts"
import { page as html } from "../../../stages/report/format/page.ts"
import type { Inputs } from "../../../stages/report/load.ts"
import { compose } from "../../../stages/report/report.ts"
import { config, writeInputs } from "../../fixtures/report.ts"

const executable = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
  .find((path) => path !== undefined && existsSync(path))
const folder = mkdtempSync(join(tmpdir(), "report-page-"))
const file = join(folder, "report.html")
/** The same with what is known of the runs behind it. */
const filled = join(folder, "filled.html")
/** Folder for pictures of the page, where one is wanted. */
const pictures = process.env["REPORT_PICTURES"]

/** Runs that made the perplexities: each evaluated a checkpoint that a training made from one file. */
const runOf = ({ digests: { perplexity } }: Inputs): RunView => {
  const instance = (id: string, inputs: RunInstance["inputs"], files: RunInstance["files"] = []): RunInstance => ({
    id,
    stage: id.split("/")[0]!,
    labels: {},
    state: "fresh",
    key: "a".repeat(64),
    code: "b".repeat(64),
    event: { seq: 7, writer: "writer", run: "run-1", at: "2026-01-02T03:04:05.000Z", host: "somewhere" },
    seconds: 1.5,
    inputs,
    files,
    outputs: {}
  })
  const nameOf = ({ labels }: (typeof perplexity)[number]) => Object.values(labels).join("/")
  return {
    study: "fixture",
    file: "studies/fixture.yaml",
    seq: 9,
    instances: [
      instance("pretrain", [], [{ name: "corpus.book", digest: "c".repeat(64) }]),
      ...perplexity.map((one) =>
        instance(`evaluate/${nameOf(one)}`, [
          { leaf: "input.state", digest: "d".repeat(64), from: "pretrain", output: "state" }
        ])
      ),
      instance(
        "report",
        perplexity.map((one, index) => ({
          leaf: labelledLeaf("perplexity", index, one.labels),
          digest: one.value,
          from: `evaluate/${nameOf(one)}`,
          output: "perplexity"
        }))
      )
    ]
  }
}

let browser: Browser
beforeAll(async () => {
  if (executable === undefined) return
  const inputs = writeInputs(folder)
  const report = await withDatabase(
    new AbortController().signal,
    (database) => compose(database, config(), inputs)
  )
  writeFileSync(file, html(report))
  writeFileSync(filled, withRun(html(report), runOf(inputs)))
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
const open = async (options: BrowserContextOptions, use: (page: Page) => Promise<void>, of = file) => {
  const context = await browser.newContext({ offline: true, ...options })
  const page = await context.newPage()
  const complaints: Array<string> = []
  page.on("pageerror", (error) => complaints.push(error.message))
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()))
  page.on("request", (request) => request.url().startsWith("file:") || complaints.push(`asked for ${request.url()}`))
  await page.goto(pathToFileURL(of).href)
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
        // the keyboard still comes to a cell
        expect(await page.locator("#claim-effects tbody td[tabindex='0']:visible").count()).toBe(1)
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

    const panel = (page: Page) => page.locator("dialog.provenance")

    it("tells of a cell its query and what it was made from, after a click, also of a sorted table", () =>
      open({}, async (page) => {
        await page.locator("#loss thead tr:last-child th:nth-child(5) button").click()
        const cell = page.locator("#loss tbody tr", { hasText: "nano" }).filter({ hasText: "as-published" })
          .locator("td:nth-child(5)")
        const value = await cell.textContent()
        await cell.click()
        const text = await panel(page).innerText()
        expect(text).toContain(value!)
        expect(text).toContain("npx pipeline show loss/2/nats_per_token")
        expect(text).toContain("perplexity[size=nano,arm=as-published,seed=42,step=20]")
        expect(text).toContain("source = 'held-out'")
        expect(text).toContain("stages/report/tables/loss.sql")
        expect(text).toContain("from heldout where step")
        await picture(page, "provenance")
        await page.keyboard.press("Escape")
        expect(await panel(page).isVisible()).toBe(false)
        await page.locator("#loss tbody tr:nth-child(1) td:last-child").click()
        expect(await panel(page).innerText()).toMatch(/published_curves where size = '(tiny|small)'[^]*vector figures/)
      }))

    it("tells it to the keyboard", () =>
      open({}, async (page) => {
        await page.locator("#loss tbody tr:nth-child(1) td:nth-child(1)").focus()
        for (const key of ["ArrowDown", "ArrowRight", "ArrowRight", "ArrowLeft", "Enter"]) {
          await page.keyboard.press(key)
        }
        expect(await panel(page).innerText()).toContain("npx pipeline show loss/1/arm")
        expect(await panel(page).innerText()).toMatch(/arms\[1\]\.arm = "relora"/)
        await page.keyboard.press("Escape")
        expect(await page.evaluate("document.activeElement.textContent")).toBe("relora")
        expect(await page.locator("#loss tbody td[tabindex='0']").count()).toBe(1)
      }))

    it("follows a cell to who made what is behind it, and to files", () =>
      open({}, async (page) => {
        await page.locator("#loss tbody tr:nth-child(2) td:nth-child(5)").click()
        const maker = panel(page).locator("details", { hasText: "evaluate/nano/relora/42/20" }).first()
        await maker.locator("summary").first().click()
        expect(await maker.innerText()).toMatch(/key\s+a{12}[^]*code\s+b{12}[^]*2026-01-02 03:04:05 UTC on somewhere/)
        await maker.locator("details summary").first().click()
        expect(await maker.innerText()).toContain("corpus.book")
        expect(await panel(page).innerText()).toMatch(/data files behind them\s+corpus\.book c{12}/i)
        await picture(page, "lineage")
      }, filled))

    it("tells it on a phone, in the dark, and does not stretch the page", () =>
      open({ viewport: { width: 390, height: 800 }, colorScheme: "dark", hasTouch: true }, async (page) => {
        await page.locator("#loss tbody tr:nth-child(1) td:nth-child(4)").tap()
        const box = (await panel(page).boundingBox())!
        expect(box.width).toBeLessThanOrEqual(390)
        expect(await page.evaluate("document.querySelector('dialog.provenance').scrollWidth")).toBeLessThanOrEqual(390)
        expect(await page.evaluate("getComputedStyle(document.querySelector('dialog.provenance')).backgroundColor"))
          .not.toBe("rgb(255, 255, 255)")
        await picture(page, "provenance-phone")
        await panel(page).getByRole("button", { name: "close" }).tap()
        expect(await panel(page).isVisible()).toBe(false)
      }, filled))

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
