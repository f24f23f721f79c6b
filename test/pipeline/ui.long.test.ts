/** `pipeline ui` in a real browser, with real runs of real processes behind it. */
import { once } from "node:events"
import { createServer } from "node:http"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { launch, noBrowser, open, picture, tooWide } from "../fixtures/browser.ts"
import { build } from "../fixtures/toy-application.ts"
import { temporaryStore, toy } from "../fixtures/toy.ts"

const study = { ...toy, grow: 60 }

let application: Awaited<ReturnType<typeof build>>
let browser: Browser
beforeAll(async () => {
  if (noBrowser !== "") return
  process.env["TOY_PROGRESS"] = "yes"
  application = await build(temporaryStore())
  browser = await launch()
}, 120_000)
afterAll(() => browser?.close())

const stored = () => application.store(temporaryStore(), study)

/** Serves a store; gives the address. */
const serving = async (store: ReturnType<typeof stored>, port = 0) => {
  const server = store.start(["ui", "--port", String(port), "--json"])
  await server.prints(/\n/)
  const { url } = JSON.parse(server.printed()) as { url: string }
  return {
    url,
    end: async () => {
      server.kill("SIGINT")
      expect(await server.ended).toBe(130)
    }
  }
}

const patient = { timeout: 30_000, interval: 200 }
const now = (page: Page) => page.locator(".now").textContent()
const box = (page: Page, stage: string) => page.getByRole("link", { name: new RegExp(`^Stage ${stage},`) })
const label = (page: Page, stage: string) => box(page, stage).getAttribute("aria-label")

describe.skipIf(noBrowser !== "")(`the live page${noBrowser}`, () => {
  it("shows a run as it goes on: states, progress, a curve that grows, the log, and why", async () => {
    const store = stored()
    const { end, url } = await serving(store)
    await open(browser, url, {}, async (page) => {
      await expect.poll(() => now(page), patient).toMatch(/^Nothing has run yet/)
      expect(await label(page, "grow")).toBe("Stage grow, 1 instance: 1 missing")
      const run = store.start(["run", "--jobs", "2"], 250)
      await expect.poll(() => label(page, "grow"), patient).toBe("Stage grow, 1 instance: 1 running")
      await expect.poll(() => label(page, "make"), patient).toMatch(/1 fresh/)
      expect(await now(page)).toMatch(/^Run \S+ goes on \(process \d+ on .*\): \d of 5 instances done/)
      const row = page.locator(".at-work > div").filter({ hasText: "grow" })
      await expect.poll(() => row.textContent(), patient).toMatch(/\d+ of 60 steps · loss [\d.]+, numbers\/s 100/)
      const value = () => row.locator("progress").evaluate((bar) => Number(bar.getAttribute("value")))
      const before = await value()
      await expect.poll(value, patient).toBeGreaterThan(before)
      const points = () =>
        page.locator(".curves polyline").evaluateAll((lines) =>
          (lines[0]?.getAttribute("points") ?? "").split(" ").length
        )
      await expect.poll(points, patient).toBeGreaterThanOrEqual(2)
      const some = await points()
      await expect.poll(points, patient).toBeGreaterThan(some)
      await expect.poll(() => row.textContent(), patient).toMatch(/about .* left/)
      expect(await page.locator(".log").textContent()).toMatch(/succeeded make in[^]*started grow/)
      await picture(page, "live")
      // Why, on a click, while the run goes on.
      await row.getByRole("button", { name: "grow" }).click()
      const dialog = page.getByRole("dialog")
      await expect.poll(() => dialog.locator(".why").textContent(), patient).toBe("grow has never run")
      expect(await dialog.textContent()).toMatch(/▶ running: process \d+ on .*Inputs \(1\).*make numbers/)
      await dialog.getByRole("button", { name: "make" }).click()
      expect(await dialog.textContent()).toMatch(/✓ fresh.*event\d+ of writer.*Outputs \(1\)/)
      await page.keyboard.press("Escape")
      await expect.poll(() => dialog.isVisible()).toBe(false)
      expect(await run.ended).toBe(0)
      await expect.poll(() => now(page), patient).toMatch(/is done: 5 of 5 instances done/)
      expect(await label(page, "sum")).toMatch(/1 fresh/)
      expect(await page.locator(".at-work > div").count()).toBe(0)
      expect(await page.locator(".log").textContent()).toMatch(/succeeded sum in/)
    })
    await end()
  })

  it("tells a run that was killed from one that goes on, and what a changed study would do", async () => {
    const store = stored()
    const run = store.start(["run", "--jobs", "1"], 250)
    await run.prints(/started grow/)
    const { end, url } = await serving(store)
    await open(browser, url, {}, async (page) => {
      await expect.poll(() => label(page, "grow"), patient).toMatch(/1 running/)
      run.kill("SIGKILL", true)
      await expect.poll(() => label(page, "grow"), patient).toMatch(/1 missing/)
      await expect.poll(() => now(page), patient).toMatch(/^No run goes on\. The last one, \S+, has ended/)
      store.set({ ...study, size: 5 })
      await expect.poll(() => label(page, "make"), patient).toMatch(/1 stale/)
      await page.goto(`${url}#instance:make`)
      await page.reload()
      await expect.poll(() => page.getByRole("dialog").locator(".why").textContent(), patient)
        .toMatch(/make is stale because.*size 4 → 5/)
    })
    await end()
  })

  it("shows the report beside the runs, and offers a new one when there is one", async () => {
    const store = application.store(temporaryStore(), { ...toy, prints: true })
    expect(store.run(["run"]).status).toBe(0)
    const { end, url } = await serving(store)
    await open(browser, url, {}, async (page) => {
      await expect.poll(() => label(page, "print"), patient).toMatch(/1 fresh/)
      expect(await page.getByText("three: 30").isVisible()).toBe(true)
      store.set({ ...toy, arms: { two: 2, three: 4 }, prints: true })
      await expect.poll(() => label(page, "print"), patient).toMatch(/1 stale/)
      expect(await page.getByRole("button", { name: "show it" }).isVisible()).toBe(false)
      expect(store.run(["run"]).status).toBe(0)
      await page.getByRole("button", { name: "show it" }).click(patient)
      await expect.poll(() => page.getByText("three: 40").isVisible(), patient).toBe(true)
    })
    await end()
  })

  it("works by keyboard, on a phone, in the dark", async () => {
    const store = stored()
    expect(store.run(["run", "make", "scale"]).status).toBe(0)
    const { end, url } = await serving(store)
    await open(browser, url, { viewport: { width: 390, height: 800 }, colorScheme: "dark" }, async (page) => {
      await expect.poll(() => label(page, "scale"), patient).toMatch(/2 fresh/)
      expect(await tooWide(page)).toEqual([])
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390)
      expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).not.toBe("rgb(255, 255, 255)")
      await box(page, "scale").focus()
      await page.keyboard.press("Enter")
      await expect.poll(() => page.locator("#stage-scale").evaluate((part) => part.hasAttribute("open"))).toBe(true)
      // From the stage's title to its first instance, past the table that scrolls.
      const focused = () => page.evaluate("document.activeElement.textContent")
      for (let time = 0; time < 4 && await focused() !== "scale/two"; time++) await page.keyboard.press("Tab")
      expect(await focused()).toBe("scale/two")
      await page.keyboard.press("Enter")
      await expect.poll(() => page.getByRole("dialog").locator(".why").textContent()).toMatch(/scale\/two is fresh/)
      expect(await page.getByRole("dialog").evaluate((dialog) => dialog.scrollWidth <= dialog.clientWidth)).toBe(true)
      await picture(page, "live-dialog")
      await page.keyboard.press("Escape")
      const found = page.getByLabel("Find instances by name, state or reason")
      await found.fill("missing sum")
      expect(await page.locator(".finder output").textContent()).toBe("1 instance")
      await picture(page, "live-phone", true)
    })
    await end()
  })

  it("connects again after the server was started anew", async () => {
    const store = stored()
    const first = await serving(store)
    await open(browser, first.url, {}, async (page) => {
      const connection = page.locator(".connection")
      await expect.poll(() => connection.textContent(), patient).toBe("live")
      await first.end()
      await expect.poll(() => connection.textContent(), patient).toMatch(/lost/)
      expect(store.run(["run", "make"]).status).toBe(0)
      const again = await serving(store, Number(new URL(first.url).port))
      await expect.poll(() => connection.textContent(), patient).toBe("live")
      await expect.poll(() => label(page, "make"), patient).toMatch(/1 fresh/)
      await again.end()
    }, /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/)
  })

  it("gives a page of another site nothing, and runs no script that is not its own", async () => {
    const store = stored()
    const { end, url } = await serving(store)
    const other = createServer((_, response) =>
      response.setHeader("content-type", "text/html").end("<p>another site</p>")
    )
    other.listen(0, "127.0.0.1")
    await once(other, "listening")
    const { port } = other.address() as { port: number }
    const context = await browser.newContext()
    const page = await context.newPage()
    const statuses: Array<number> = []
    page.on("response", (response) => response.url().startsWith(url) && statuses.push(response.status()))
    await page.goto(`http://127.0.0.1:${port}/`)
    const got = await page.evaluate(`(async () => [
      await fetch("${url}live/view.json").then(() => "read", () => "refused"),
      await fetch("${url}live/view.json", { mode: "no-cors" }).then((answer) => answer.type, () => "refused"),
      await new Promise((resolve) => {
        const source = new EventSource("${url}live/events")
        source.onerror = () => { source.close(); resolve("refused") }
        source.onopen = () => resolve("open")
      }),
      await new Promise((resolve) => {
        const frame = document.createElement("iframe")
        frame.onload = () => { try { resolve(frame.contentDocument?.body.textContent ?? "closed") } catch { resolve("closed") } }
        frame.src = "${url}"
        document.body.append(frame)
      })
    ])()`)
    expect(got).toEqual([
      "refused",
      expect.stringMatching(/opaque|refused/),
      "refused",
      expect.stringMatching(/^(closed|)$/)
    ])
    expect(statuses.every((status) => status === 403)).toBe(true)
    await page.goto(url)
    await page.evaluate(
      `document.body.append(Object.assign(document.createElement("script"), { textContent: "window.foreign = true" }))`
    )
    expect(await page.evaluate("window.foreign")).toBeUndefined()
    await context.close()
    other.close()
    await end()
  })
})

describe("status --watch", () => {
  it("tells, where there is no terminal, how things stand and then what happens", async () => {
    const built = noBrowser === "" ? application : await build(temporaryStore())
    const store = built.store(temporaryStore(), { ...toy, grow: 3 })
    const watch = store.start(["status", "--watch"])
    await watch.prints(/nothing has run yet[^]*sum +░+ +1 missing/)
    expect(store.run(["run"]).status).toBe(0)
    await watch.prints(/started make[^]*succeeded sum in[^]*run \S+ done: 5 ran/)
    watch.kill("SIGINT")
    expect(await watch.ended).toBe(130)
  })
})
