import { spawn, spawnSync } from "node:child_process"
import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { beforeAll, describe, expect, it } from "vitest"
import * as Digest from "../../pipeline/digest.ts"
import { report } from "../../stages/report/stage.ts"
import { filled, hasServer, kinds, objectsOf, pull, push, within } from "../fixtures/remotes.ts"
import { temporaryStore } from "../fixtures/toy.ts"

const project = fileURLToPath(new URL("../..", import.meta.url))
const pipeline = join(project, "bin/pipeline.mjs")

/** Starts a command, and kills it as soon as something is seen. */
const killedWhen = (args: ReadonlyArray<string>, isTime: () => boolean) =>
  new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, [pipeline, ...args], { stdio: "ignore" })
    const timer = setInterval(() => {
      if (isTime()) child.kill("SIGKILL")
    }, 2)
    child.once("exit", (_, signal) => {
      clearInterval(timer)
      if (signal === "SIGKILL") resolve()
      else reject(new Error("it ended before it was killed"))
    })
  })

const many = 300

describe.each(kinds)("a $kind as a remote store", ({ kind, make }) => {
  describe.skipIf(kind === "bucket" && !hasServer)("", () => {
    let remote: Awaited<ReturnType<typeof make>>
    beforeAll(async () => {
      remote = await make()
    })

    it("holds an object of many parts", async () => {
      const store = filled(1, 40 * 1024 * 1024 + 7)
      const url = within(remote.url, "parts")
      expect(await push(store, url)).toMatchObject({ objects: 1, problems: [] })
      const other = temporaryStore()
      expect((await pull(other, url)).problems).toEqual([])
      expect(objectsOf(other)).toEqual(objectsOf(store))
    })

    it("loses nothing when pushes are killed, again and again, and is sent only the rest", async () => {
      const url = within(remote.url, "sent")
      const store = filled(many, 20_000)
      const there = () => new Map([...remote.files()].filter(([path]) => path.includes("sent/objects")))
      for (const from of [5, 40, 90, 150]) {
        const before = there()
        await killedWhen(["push", url, "--store", store], () => there().size > Math.max(from, before.size + 5))
        // Of what had arrived whole, nothing came a second time; what was under way when it was killed may have.
        const again = [...before].filter(([path, written]) => there().get(path) !== written)
        expect(again.length).toBeLessThanOrEqual(6)
      }
      const rest = await push(store, url)
      expect(rest).toMatchObject({ events: many, problems: [] })
      expect(rest.objects).toBeLessThan(many - 150)
      const other = temporaryStore()
      expect(await pull(other, url)).toMatchObject({ objects: many, events: many, problems: [] })
      expect(objectsOf(other)).toEqual(objectsOf(store))
    })

    it("is taken from whole, though pulls are killed again and again", async () => {
      const url = within(remote.url, "taken")
      const store = filled(many, 20_000)
      await push(store, url)
      const other = temporaryStore()
      for (const from of [5, 40, 90, 150]) {
        const had = new Map(objectsOf(other).map((path) => [path, statSync(join(other, "objects", path)).ino]))
        await killedWhen(
          ["pull", url, "--store", other],
          () => objectsOf(other).length > Math.max(from, had.size + 5)
        )
        for (const [path, inode] of had) expect(statSync(join(other, "objects", path)).ino, path).toBe(inode)
        for (const path of objectsOf(other)) {
          expect(Digest.ofFile(join(other, "objects", path))).toBe(path.replace(/[/]|\.parquet/g, ""))
        }
      }
      const rest = await pull(other, url)
      expect(rest).toMatchObject({ events: many, problems: [] })
      expect(rest.objects).toBeLessThan(many - 150)
      expect(objectsOf(other)).toEqual(objectsOf(store))
    })
  })
})

it("a run elsewhere finds in a remote all it needs to publish the report", async () => {
  const command = (...args: ReadonlyArray<string>) => {
    const { status, stderr, stdout } = spawnSync(
      process.execPath,
      [pipeline, ...args, "--study", "studies/smoke.yaml", "--json"],
      { cwd: project, encoding: "utf8", env: { ...process.env, BLIMP_DIR: "" } }
    )
    expect(status, stderr).toBe(0)
    return JSON.parse(stdout) as Record<string, ReadonlyArray<string>>
  }
  const here = temporaryStore()
  const made = command("run", "report", "--store", here)
  for (const { kind, make } of kinds) {
    if (kind === "bucket" && !hasServer) continue
    const there = temporaryStore()
    const { url } = await make()
    command("push", url, "--store", here)
    const read = command("run", "report", "--store", there, "--remote", url)
    expect(read).toMatchObject({ ran: [], failed: [] })
    expect(read.reused).toHaveLength(made.ran!.length + made.reused!.length)
    // Of all objects, the report's own alone were fetched.
    expect(objectsOf(there)).toHaveLength(Object.keys(report.outputs).length)
    const published = (store: string) => readdirSync(join(store, "report/smoke"), { recursive: true }).sort()
    expect(published(there)).toEqual(published(here))
  }
})
