import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { createServer, type IncomingMessage, request as ask } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { beforeAll, describe, expect, it } from "vitest"
import { fold } from "../../pipeline/journal/fold.ts"
import * as Pull from "../../pipeline/remote/pull.ts"
import * as Remote from "../../pipeline/remote/remote.ts"
import * as Segments from "../../pipeline/remote/segments.ts"
import * as Through from "../../pipeline/remote/through.ts"
import * as Run from "../../pipeline/run.ts"
import {
  bucket,
  events,
  filled,
  hasServer,
  journalOf,
  kinds,
  objectsOf,
  pull,
  push,
  within
} from "../fixtures/remotes.ts"
import { calls, factsOf, graphOf, layer, runToy, temporaryStore, toy, type ToyStudy } from "../fixtures/toy.ts"

const pipeline = fileURLToPath(new URL("../../bin/pipeline.mjs", import.meta.url))

/** Runs a toy study as `run --remote` does. */
const runThrough = (store: string, url: string, study: ToyStudy) =>
  Effect.gen(function*() {
    const remote = yield* Remote.open(url)
    yield* Pull.pull(remote, { dryRun: false, objects: false })
    const through = yield* Through.open(remote)
    const before = calls.length
    const errors: Array<string> = []
    const summary = yield* Run.run({
      run: "through",
      study: "toy",
      memory: Infinity,
      instances: graphOf(study).instances,
      facts: { ...yield* factsOf(store), holds: through.holds },
      engine: "toy",
      jobs: 1,
      threads: 1,
      keepGoing: false,
      observe: (notice) => void (notice.type === "failed" && errors.push(notice.error.message))
    }).pipe(Effect.provide(Through.executor(through)))
    return { ...summary, errors, called: calls.slice(before), fetched: through.fetched.objects }
  }).pipe(Effect.provide(layer(store)), Effect.scoped, Effect.runPromise)

describe.each(kinds)("a $kind as a remote store", ({ kind, make }) => {
  const skips = kind === "bucket" && !hasServer
  if (skips) console.log("no S3 server for tests below Node 24: not tested against a bucket")

  describe.skipIf(skips)("", () => {
    let remote: Awaited<ReturnType<typeof make>>
    beforeAll(async () => {
      remote = await make()
    })

    it("gives another store what was pushed, and nothing is left to run there", async () => {
      const here = temporaryStore()
      await runToy(here, toy)
      const sent = await push(here, remote.url)
      expect(sent).toMatchObject({ objects: 4, journals: 1, there: 0, problems: [] })
      const there = temporaryStore()
      expect(await pull(there, remote.url)).toMatchObject({
        objects: 4,
        journals: 1,
        events: sent.events,
        problems: []
      })
      expect(objectsOf(there)).toEqual(objectsOf(here))
      expect(fold((await events(there)).events, "toy")).toEqual(fold((await events(here)).events, "toy"))
      expect((await runToy(there, toy)).called).toEqual([])
    })

    it("passes on what codes consist of, once", async () => {
      const [here, there] = [temporaryStore(), temporaryStore()]
      const name = `${"5".repeat(64)}.json`
      mkdirSync(join(here, "code"))
      writeFileSync(join(here, "code", name), "{\"by\":\"x\"}")
      writeFileSync(join(here, "code", "notes.txt"), "")
      await push(here, remote.url)
      const before = remote.files()
      await push(here, remote.url)
      expect(remote.files()).toEqual(before)
      await pull(there, remote.url)
      expect(readFileSync(join(there, "code", name), "utf8")).toBe("{\"by\":\"x\"}")
      expect(readdirSync(join(there, "code"))).not.toContain("notes.txt")
    })

    it("is sent what has come since, and nothing twice", async () => {
      const here = temporaryStore()
      await runToy(here, { ...toy, size: 5 })
      await push(here, remote.url)
      const before = remote.files()
      expect(await push(here, remote.url)).toMatchObject({ objects: 0, events: 0, there: 4 })
      await runToy(here, { ...toy, size: 5, arms: { ...toy.arms, five: 5 } })
      expect(await push(here, remote.url, { dryRun: true })).toMatchObject({ objects: 2, journals: 1 })
      expect(remote.files()).toEqual(before)
      expect(await push(here, remote.url)).toMatchObject({ objects: 2, journals: 1, there: 4 })
      for (const [path, written] of before) expect(remote.files().get(path), path).toBe(written)
      expect(await pull(here, remote.url, { dryRun: true })).toMatchObject({
        objects: expect.any(Number),
        problems: []
      })
    })

    it("takes a journal file as it grows, from whoever has more of it, at any moment of a line", async () => {
      const store = filled(6, 10)
      const { path } = journalOf(store)
      const whole = readFileSync(path)
      const url = within(remote.url, "growing")
      const copies = [0.2, 0.55, 0.4, 1, 0.7].map((share) => {
        const copy = temporaryStore()
        cpSync(store, copy, { recursive: true })
        writeFileSync(journalOf(copy).path, whole.subarray(0, Math.floor(whole.length * share)))
        return copy
      })
      await Promise.all(copies.slice(0, 3).map((copy) => push(copy, url)))
      const half = temporaryStore()
      await pull(half, url)
      // A writer that was stopped amid a line that others have whole.
      appendFileSync(journalOf(half).path, whole.subarray(readFileSync(journalOf(half).path).length).subarray(0, 7))
      for (const copy of copies.slice(3)) await push(copy, url)
      const full = temporaryStore()
      for (const to of [half, full]) {
        expect((await pull(to, url)).problems).toEqual([])
        expect(readFileSync(journalOf(to).path)).toEqual(whole)
        expect(objectsOf(to)).toEqual(objectsOf(store))
      }
    })

    it("does not mix up two journals of one name", async () => {
      const url = within(remote.url, "two")
      const [one, two] = [filled(2, 10), filled(3, 10)]
      await push(one, url)
      expect((await push(two, url)).problems).toEqual([expect.stringContaining("another journal")])
      // Shorter than what is there, and other.
      const { path } = journalOf(two)
      writeFileSync(path, "{\"seq\":9")
      expect((await pull(two, url)).problems).toEqual([expect.stringContaining("another journal")])
      expect(readFileSync(path, "utf8")).toBe("{\"seq\":9")
    })

    it("has a damaged object found, not taken, and mended by who has it", async () => {
      const store = filled(3, 1000)
      await push(store, remote.url)
      const [damaged] = objectsOf(store)
      const file = remote.fileOf(`objects/${damaged}`)
      const content = readFileSync(file)
      content[500]! ^= 1
      rmSync(file)
      writeFileSync(file, content)
      const other = temporaryStore()
      const { problems } = await pull(other, remote.url)
      expect(problems).toEqual([expect.stringMatching(/is damaged there and was not taken: mend it with/)])
      expect(objectsOf(other)).toEqual(expect.arrayContaining(objectsOf(store).slice(1)))
      expect(objectsOf(other)).not.toContain(damaged)
      expect(readdirSync(join(other, "scratch"))).toEqual([])
      expect(await push(store, remote.url, { check: true })).toMatchObject({ objects: 1, problems: [] })
      expect((await pull(other, remote.url)).problems).toEqual([])
      expect(objectsOf(other)).toContain(damaged)
    })

    it("is not sent an object that is damaged here", async () => {
      const store = filled(2, 1000)
      const [damaged] = objectsOf(store)
      writeFileSync(join(store, "objects", damaged!), randomBytes(1000))
      expect((await push(store, remote.url)).problems).toEqual([expect.stringContaining("is damaged and was not sent")])
      expect([...remote.files().keys()].join()).not.toContain(damaged)
    })

    it("has a damaged segment of a journal found and not taken", async () => {
      const store = filled(2, 10)
      const url = within(remote.url, "segment")
      await push(store, url)
      const { writer, path } = journalOf(store)
      const segment = Segments.of(writer, 0, readFileSync(path))
      const file = remote.fileOf(segment.path).replace("journal/", "segment/journal/")
      const content = readFileSync(file)
      content[9]! ^= 1
      rmSync(file)
      writeFileSync(file, content)
      const other = temporaryStore()
      expect((await pull(other, url)).problems).toEqual([expect.stringContaining("is damaged at")])
      expect(existsSync(join(other, "journal")) ? readdirSync(join(other, "journal")) : []).toEqual([])
    })

    it("is read through by a run: what it knows is not made again, and only what a stage takes is fetched", async () => {
      const here = temporaryStore()
      await runToy(here, { ...toy, size: 6 })
      const url = within(remote.url, "through")
      await push(here, url)
      const there = temporaryStore()
      expect(await runThrough(there, url, { ...toy, size: 6 })).toMatchObject({ called: [], fetched: 0, failed: [] })
      expect(objectsOf(there)).toEqual([])
      // Another arm takes the numbers, and the sum all arms: three objects of four.
      const more = await runThrough(there, url, { ...toy, size: 6, arms: { ...toy.arms, five: 5 } })
      expect(more).toMatchObject({
        called: ["scale 5", "sum"],
        fetched: 3,
        failed: [],
        reused: ["make", "scale/two", "scale/three"]
      })
    })

    it("fails a stage whose input is damaged there, and says what to do", async () => {
      const here = temporaryStore()
      const { results } = await runToy(here, { ...toy, size: 7 })
      const url = within(remote.url, "harmed")
      await push(here, url)
      const { bytes } = results.get("make")!.outputs.numbers!
      const file = remote.fileOf(`harmed/objects/${bytes.slice(0, 2)}/${bytes.slice(2)}.parquet`)
      const content = readFileSync(file)
      content[50]! ^= 1
      rmSync(file)
      writeFileSync(file, content)
      const run = await runThrough(temporaryStore(), url, { ...toy, size: 7, arms: { five: 5 } })
      expect(run).toMatchObject({ called: [], failed: ["scale/five"] })
      expect(run.errors).toEqual([expect.stringMatching(/damaged there and was not taken: mend it with/)])
    })
  })
})

describe("a remote that cannot be used", () => {
  const told = (args: ReadonlyArray<string>, environment: Record<string, string> = {}) => {
    const { status, stderr } = spawnSync(process.execPath, [pipeline, ...args, "--store", filled(1, 10)], {
      encoding: "utf8",
      env: { ...process.env, AWS_MAX_ATTEMPTS: "1", ...environment }
    })
    return { status, stderr }
  }

  it("is told with its remedy", () => {
    expect(told(["push"], { PIPELINE_REMOTE: "" })).toMatchObject({
      status: 64,
      stderr: expect.stringContaining("name a remote")
    })
    expect(told(["push", "s3://studies?endpoint=http://127.0.0.1:1"])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("cannot be reached (ECONNREFUSED)")
    })
    expect(
      told(["push", "s3://studies?endpoint=http://127.0.0.1:1"], { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" })
    ).toMatchObject({ status: 1, stderr: expect.stringContaining("no credentials") })
    expect(told(["pull", "s3://studies?port=1"])).toMatchObject({
      status: 64,
      stderr: expect.stringContaining("there are endpoint and region")
    })
  })

  it.skipIf(!hasServer)("is told with its remedy by a server", async () => {
    const { endpoint } = await bucket()
    expect(told(["push", `s3://nowhere?endpoint=${endpoint}`])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("there is no bucket nowhere: create it")
    })
    expect(told(["push", `s3://studies?endpoint=${endpoint}`], { AWS_SECRET_ACCESS_KEY: "wrong" })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("the credentials are not known there")
    })
  })
})

describe.skipIf(!hasServer)("a connection to a bucket that damages what it carries", () => {
  /** Stands before a server and changes a byte of what is sent or taken. */
  const damaging = async (endpoint: string, way: "up" | "down") => {
    const spoilt = (content: Buffer) => content.fill(content[20]! ^ 1, 20, 21)
    const whole = async (stream: IncomingMessage) => Buffer.concat(await stream.toArray() as Array<Buffer>)
    const proxy = createServer((request, response) => {
      void whole(request).then((body) => {
        const isObject = request.url!.includes("/objects/")
        const up = way === "up" && isObject && request.method === "PUT" ? spoilt(body) : body
        const passed = ask(
          `${endpoint}${request.url}`,
          { method: request.method!, headers: request.headers },
          (answer) => {
            void whole(answer).then((content) => {
              response.writeHead(answer.statusCode!, answer.headers)
              response.end(way === "down" && isObject && request.method === "GET" ? spoilt(content) : content)
            })
          }
        )
        passed.end(up)
      })
    })
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve))
    const { port } = proxy.address() as AddressInfo
    return { url: `s3://studies/damaged?endpoint=http://127.0.0.1:${port}`, close: () => proxy.close() }
  }

  it("has a push fail, and leaves nothing damaged there", async () => {
    const { endpoint, files } = await bucket()
    const { close, url } = await damaging(endpoint, "up")
    const store = filled(1, 1000)
    await expect(push(store, url)).rejects.toThrow(/arrived damaged and was refused: try again/)
    expect([...files().keys()]).toEqual([])
    close()
    expect(await push(store, `s3://studies/damaged?endpoint=${endpoint}`)).toMatchObject({ objects: 1, problems: [] })
  })

  it("has a pull tell what is damaged, and take nothing of it", async () => {
    const { endpoint } = await bucket()
    const store = filled(1, 1000)
    await push(store, `s3://studies/damaged?endpoint=${endpoint}`)
    const { close, url } = await damaging(endpoint, "down")
    const other = temporaryStore()
    expect((await pull(other, url)).problems).toEqual([expect.stringContaining("damaged there and was not taken")])
    expect(objectsOf(other)).toEqual([])
    close()
  })
})
