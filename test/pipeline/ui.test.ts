import { Effect, Layer, type Scope } from "effect"
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { request } from "node:http"
import { createServer } from "node:net"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import type { Curves } from "../../pipeline/app.ts"
import type { Session } from "../../pipeline/cli/session.ts"
import { Disk } from "../../pipeline/disk.ts"
import { Journal } from "../../pipeline/journal/journal.ts"
import type { Feed } from "../../pipeline/page/feed.ts"
import { Store } from "../../pipeline/store/store.ts"
import { policy, refusal } from "../../pipeline/ui/guard.ts"
import { PortTaken, serve } from "../../pipeline/ui/server.ts"
import { type Message, watch } from "../../pipeline/ui/watch.ts"
import { emptySlot } from "../../schemas/run-slot.ts"
import { RunView } from "../../schemas/run-view.ts"
import {
  factsOf,
  hooks,
  layer,
  runToy,
  studyOf,
  temporaryStore,
  toy,
  toyStages,
  type ToyStudy
} from "../fixtures/toy.ts"

const study = { ...toy, grow: 3 }

const curves: Curves = {
  of: ({ id }) => id === "grow" ? { series: "grown", from: 100 } : undefined,
  output: "numbers",
  steps: "value",
  figures: { value: "value" }
}

const session = (root: string, of: ToyStudy) =>
  Effect.map(factsOf(root), (facts) => ({
    app: { stages: toyStages, curves } as never,
    study: studyOf(of),
    engine: "toy",
    facts
  } satisfies Session))

/** Watches a toy study's store; what the watching reads of files goes through `layer`, so a test may count it. */
const watching = <A>(
  root: string,
  use: (watched: Effect.Success<ReturnType<typeof watch>>) => Effect.Effect<A, unknown, Scope.Scope | Store>,
  services = layer(root),
  of: ToyStudy = study
) =>
  Effect.gen(function*() {
    const opened = yield* session(root, of)
    return yield* use(yield* watch(opened, session(root, of)))
  }).pipe(Effect.scoped, Effect.provide(services), (effect) => Effect.runPromise(effect as Effect.Effect<A>))

afterEach(() => {
  hooks.progress = undefined
  hooks.grow = undefined
})

const dataOf = <K extends keyof Feed>(messages: ReadonlyArray<Message>, name: K): ReadonlyArray<Feed[K]> =>
  messages.filter((message) => message.name === name).map(({ data }) => data as Feed[K])

describe("whom the server answers", () => {
  const own = { method: "GET", host: "127.0.0.1:8377", origin: undefined, site: undefined }
  const status = (asked: Partial<typeof own | Record<keyof typeof own, string>>) =>
    refusal({ ...own, ...asked }, 8377)?.status

  it("is whoever asks by its own name, typed in or from its own pages", () => {
    for (const host of ["127.0.0.1:8377", "localhost:8377", "LOCALHOST:8377", "[::1]:8377"]) {
      expect(status({ host }), host).toBeUndefined()
    }
    expect(status({ origin: "http://localhost:8377", site: "same-origin" })).toBeUndefined()
    expect(status({ site: "none", method: "HEAD" })).toBeUndefined()
  })

  it("is nobody who calls it by another name, as a name made to lead here would be", () => {
    for (
      const host of [
        undefined,
        "",
        "evil.example",
        "evil.example:8377",
        "127.0.0.1",
        "127.0.0.1:80",
        "127.0.0.1:8377.evil.example"
      ]
    ) {
      expect(refusal({ ...own, host }, 8377)?.status, host).toBe(421)
    }
  })

  it("is no other site, another port of this machine included", () => {
    for (
      const origin of [
        "null",
        "https://evil.example",
        "http://127.0.0.1:3000",
        "https://127.0.0.1:8377",
        "http://127.0.0.1:83771"
      ]
    ) {
      expect(status({ origin }), origin).toBe(403)
    }
    for (const site of ["cross-site", "same-site", "anything"]) expect(status({ site }), site).toBe(403)
  })

  it("is nobody who wants to change something", () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"]) {
      expect(status({ method }), method).toBe(405)
    }
  })

  it("tells browsers to run the scripts that stand in the page alone", () => {
    const text = policy("<p>one</p><script type=\"application/json\">{}</script><script>alert(1)</script>")
    // SHA-256 of alert(1), by openssl.
    expect(text).toContain("script-src 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='; ")
    expect(text).toContain("default-src 'none'")
    expect(text).not.toMatch(/script-src[^;]*unsafe/)
  })
})

/** Asks a server as anybody might, with any headers. */
const ask = (port: number, path: string, headers: Record<string, string> = {}, method = "GET") =>
  new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const asking = request({
      port,
      path,
      method,
      host: "127.0.0.1",
      headers: { host: `127.0.0.1:${port}`, ...headers }
    }, (response) => {
      let body = ""
      response.on("data", (chunk: Buffer) => body += chunk.toString())
      response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, body }))
    })
    asking.on("error", reject)
    asking.end()
  })

/** Listens to the events of a server. */
const listen = (port: number) => {
  const events: Array<Message> = []
  let rest = ""
  let status = 0
  const asking = request(
    { port, path: "/live/events", host: "127.0.0.1", headers: { host: `127.0.0.1:${port}` } },
    (response) => {
      status = response.statusCode!
      response.on("data", (chunk: Buffer) => {
        const parts = (rest + chunk.toString()).split("\n\n")
        rest = parts.pop()!
        for (const part of parts) {
          const [, name, data] = /event: (\w+)\ndata: (.*)/.exec(part) ?? []
          if (name !== undefined) events.push({ name, data: JSON.parse(data!) } as Message)
        }
      })
      response.on("error", () => undefined)
    }
  )
  asking.on("error", () => undefined)
  asking.end()
  return { events, status: () => status, close: () => asking.destroy() }
}

const served = <A>(root: string, use: (port: number, listeners: () => number) => Promise<A>, of: ToyStudy = study) =>
  watching(
    root,
    (watched) => Effect.flatMap(serve(watched, 0), ({ listeners, port }) => Effect.promise(() => use(port, listeners))),
    layer(root),
    of
  )

describe("the server", () => {
  it("answers with the page, its policy, and nothing that lets others in", () =>
    served(temporaryStore(), async (port) => {
      const { body, headers, status } = await ask(port, "/")
      expect(status).toBe(200)
      expect(headers["content-security-policy"]).toBe(policy(body))
      expect(headers["access-control-allow-origin"]).toBeUndefined()
      expect(headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "cache-control": "no-store"
      })
      expect(body).not.toContain(emptySlot)
      const view = RunView.parse(JSON.parse(/id="run">(.*?)<\/script>/.exec(body)![1]!))
      expect(view.instances.map(({ state }) => state)).toEqual(Array.from({ length: 5 }, () => "missing"))
      expect(await ask(port, "/", {}, "HEAD")).toMatchObject({ status: 200, body: "" })
    }))

  it("refuses other names, other sites and other methods on every path", () =>
    served(temporaryStore(), async (port) => {
      for (const path of ["/", "/live/events", "/live/view.json", "/live/why?instance=make", "/report.html"]) {
        expect((await ask(port, path, { host: "evil.example" })).status).toBe(421)
        expect((await ask(port, path, { origin: "http://evil.example" })).status).toBe(403)
        expect((await ask(port, path, { "sec-fetch-site": "cross-site" })).status).toBe(403)
        expect(await ask(port, path, {}, "POST")).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } })
      }
    }))

  it("has no path of the disk", () =>
    served(temporaryStore(), async (port) => {
      for (
        const path of [
          "/../package.json",
          "/..%2f..%2fetc/passwd",
          "/journal",
          "/%00",
          "/%",
          "//etc/passwd",
          "/objects/"
        ]
      ) {
        expect((await ask(port, path)).status, path).toBe(404)
      }
    }))

  it("explains an instance of the study, and nothing else", async () => {
    const root = temporaryStore()
    await runToy(root, { ...study, arms: { two: 2, three: 5 } })
    await served(root, async (port) => {
      const { body } = await ask(port, "/live/why?instance=scale%2Fthree")
      expect(JSON.parse(body)).toEqual(["scale/three is stale because", "arms.three 5 → 3 (toy.yaml:3)"])
      expect((await ask(port, "/live/why?instance=nothing")).status).toBe(404)
    })
  })

  it("shows the report once there is one, with its files by the names they have in its table, and tells of a new one", async () => {
    const root = temporaryStore()
    const printing = { ...toy, prints: true }
    await served(root, async (port) => {
      expect((await ask(port, "/")).body).toContain("There is no report yet")
      expect((await ask(port, "/tables/sums.csv")).status).toBe(404)
      const listening = listen(port)
      await expect.poll(() => dataOf(listening.events, "all")[0]?.report).toBe(null)
      await runToy(root, printing)
      await expect.poll(() => dataOf(listening.events, "report")[0], { timeout: 10_000 }).toMatch(/^[0-9a-f]{64}$/)
      listening.close()
      const { body, headers } = await ask(port, "/")
      expect(body).toContain("<li>two: 20</li><li>three: 30</li>")
      expect(body).not.toContain("There is no report yet")
      expect(body).not.toContain(emptySlot)
      expect(headers["content-security-policy"]).toBe(policy(body))
      expect(await ask(port, "/tables/sums.csv")).toMatchObject({
        status: 200,
        body: "two,20\nthree,30\n",
        headers: {
          "content-type": "text/csv; charset=utf-8",
          "content-security-policy": expect.stringContaining("sandbox")
        }
      })
      for (const path of ["/tables", "/tables/", "/tables/../page.html/", "/tables/sums%2ecsv"]) {
        expect((await ask(port, path)).status, path).toBe(404)
      }
    }, printing)
  })

  it("sends what is known, then what happens, to each that listens; and lets only so many listen", async () => {
    const root = temporaryStore()
    await served(root, async (port, listeners) => {
      const first = listen(port)
      const second = listen(port)
      await expect.poll(() => [first.events[0]?.name, second.events[0]?.name]).toEqual(["all", "all"])
      await runToy(root, study)
      for (const { events } of [first, second]) {
        await expect.poll(
          () => dataOf(events, "instances").at(-1)?.some(({ id, state }) => id === "sum" && state === "fresh"),
          {
            timeout: 10_000
          }
        ).toBe(true)
        expect(dataOf(events, "log").flat().map(({ text }) => text)).toContainEqual(
          expect.stringMatching(/^succeeded sum in /)
        )
      }
      second.close()
      await expect.poll(listeners).toBe(1)
      const many = Array.from({ length: 16 }, () => listen(port))
      await expect.poll(() => many.filter(({ status }) => status() === 503).length).toBe(1)
      for (const one of [first, ...many]) one.close()
      await expect.poll(listeners).toBe(0)
    })
  })

  it("says which flag to use where its port is taken", async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve))
    const { port } = other.address() as { port: number }
    const failed = await watching(temporaryStore(), (watched) => Effect.flip(serve(watched, port)))
    other.close()
    expect(failed).toBeInstanceOf(PortTaken)
    expect((failed as PortTaken).message).toMatch(new RegExp(`^port ${port} is in use, .*--port N`))
  })
})

describe("watching", () => {
  /** Services that count what is read of a store's files. */
  const counting = (root: string) => {
    const counts = { lists: 0, reads: 0, bytes: 0 }
    const disk = Layer.effect(
      Disk,
      Effect.map(Disk, (disk) => ({
        ...disk,
        list: (path: string) => Effect.tap(disk.list(path), () => Effect.sync(() => counts.lists += 1)),
        readFrom: (path: string, offset: number, most: number) =>
          Effect.tap(disk.readFrom(path, offset, most), (part) =>
            Effect.sync(() => {
              counts.reads += 1
              counts.bytes += part?.length ?? 0
            }))
      }))
    ).pipe(Layer.provide(Disk.layer))
    return {
      counts,
      services: Layer.mergeAll(Store.layer(root), Journal.layer(root)).pipe(Layer.provideMerge(disk)) as ReturnType<
        typeof layer
      >
    }
  }
  const journalBytes = (root: string) =>
    readdirSync(join(root, "journal")).reduce((sum, name) => sum + statSync(join(root, "journal", name)).size, 0)
  const look = (root: string) =>
    readdirSync(root, { recursive: true, encoding: "utf8" }).sort().map((name) => {
      const { ctimeMs, mtimeMs, size } = statSync(join(root, name))
      return [name, size, mtimeMs, ctimeMs]
    })

  it("reads every byte of the journal once, decides only when something has happened, and writes nothing", async () => {
    const root = temporaryStore()
    await runToy(root, study)
    const { counts, services } = counting(root)
    await watching(root, (watched) =>
      Effect.gen(function*() {
        // Opening a session reads the journal once, and watching begins with what that read.
        expect(counts.bytes).toBe(journalBytes(root))
        expect(watched.all().view.instances.every(({ state }) => state === "fresh")).toBe(true)
        const before = look(root)
        const reads = counts.reads
        for (let time = 0; time < 20; time++) expect(yield* watched.poll).toEqual([])
        expect([counts.reads, watched.decided()]).toEqual([reads, 1])
        expect(look(root)).toEqual(before)
        yield* Effect.promise(() => runToy(root, { ...study, arms: { two: 2, three: 5 } }))
        yield* watched.poll
        expect(counts.bytes).toBe(journalBytes(root))
      }), services)
  })

  it("looks at nothing while nobody listens", async () => {
    const root = temporaryStore()
    await runToy(root, study)
    const { counts, services } = counting(root)
    await watching(root, (watched) =>
      Effect.gen(function*() {
        yield* serve(watched, 0)
        const before = counts.lists
        yield* Effect.sleep("1200 millis")
        expect(counts.lists).toBe(before)
      }), services)
  })

  it("tells a running instance's progress, its pace and its curve, and draws what is done from its table", async () => {
    const root = temporaryStore()
    const messages: Array<Message> = []
    await watching(root, (watched) =>
      Effect.gen(function*() {
        hooks.progress = true
        const until = (name: Message["name"], some: (data: never) => boolean) =>
          Effect.runPromise(Effect.gen(function*() {
            while (!messages.some((message) => message.name === name && some(message.data as never))) {
              messages.push(...yield* watched.poll)
              yield* Effect.sleep("20 millis")
            }
          }))
        hooks.grow = async (step) => {
          if (step !== 1) return
          await until("progress", ({ id, progress }: Feed["progress"]) => id === "grow" && progress.done === 1)
          await until("instances", (changed: Feed["instances"]) =>
            changed.some(({ id, progress, state }) =>
              id === "grow" && state === "running" && progress?.done === 1
            ))
        }
        yield* Effect.promise(() => runToy(root, { ...study, grow: 3 }, { jobs: 1 }))
        yield* Effect.promise(() =>
          until("instances", (changed: Feed["instances"]) =>
            changed.some(({ id, state }) =>
              id === "sum" && state === "fresh"
            ))
        )
        yield* Effect.promise(() =>
          until("curves", (curves: Feed["curves"]) => curves.some(({ figure }) => figure === "value"))
        )
        const drawn = new Map(
          watched.all().curves.map(({ figure, points, series }) => [`${figure} of ${series}`, points])
        )
        // The first step is told of at 100 + 1; what grew by three from 1 to 4 has the values 4 to 7.
        expect(drawn.get("loss of grown")!.slice(0, 2)).toEqual([101, 4])
        expect(drawn.get("value of grown")).toEqual([4, 4, 5, 5, 6, 6, 7, 7])
        expect(watched.all().run).toMatchObject({ done: 5, total: 5 })
      }))
  }, 20_000)

  it("takes a study that is edited meanwhile, and tells why where it cannot be read", async () => {
    const root = temporaryStore()
    await runToy(root, study)
    const file = join(root, "toy.json")
    writeFileSync(file, JSON.stringify(study))
    const opened = (of: ToyStudy) =>
      Effect.map(session(root, of), (session): Session => ({ ...session, study: { ...session.study, file } }))
    const read = Effect.gen(function*() {
      const text = readFileSync(file, "utf8")
      return text === "broken" ? "toy.json: it is broken" : yield* opened(JSON.parse(text) as ToyStudy)
    })
    await Effect.gen(function*() {
      const watched = yield* watch(yield* opened(study), read)
      writeFileSync(file, JSON.stringify({ ...study, arms: { two: 2, three: 5, four: 4 } }))
      const messages: Array<Message> = []
      while (dataOf(messages, "all").length === 0) {
        messages.push(...yield* watched.poll)
        yield* Effect.sleep("50 millis")
      }
      const states = dataOf(messages, "all")[0]!.view.instances.map(({ id, state }) => `${id} ${state}`)
      expect(states).toEqual([
        "make fresh",
        "scale/two fresh",
        "scale/three stale",
        "scale/four missing",
        "grow fresh",
        "sum stale"
      ])
      writeFileSync(file, "broken")
      expect(dataOf(yield* watched.poll, "log")[0]![0]!.text).toBe("toy.json: it is broken")
    }).pipe(Effect.scoped, Effect.provide(layer(root)), (effect) => Effect.runPromise(effect as Effect.Effect<void>))
  }, 20_000)
})
