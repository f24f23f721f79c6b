/** An application of trivial stages for measuring the engine: a_i → b_i → final, `size` instances. */
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as z from "zod"
import type { App } from "../pipeline/app.ts"
import { main } from "../pipeline/cli/main.ts"
import { decide, type Facts } from "../pipeline/decide.ts"
import * as Digest from "../pipeline/digest.ts"
import * as External from "../pipeline/external.ts"
import { builder, type Graph } from "../pipeline/graph.ts"
import { fold, type Success } from "../pipeline/journal/fold.ts"
import * as Line from "../pipeline/journal/line.ts"
import * as Key from "../pipeline/key.ts"
import * as Stage from "../pipeline/stage.ts"
import type { Event, Payload } from "../schemas/event.ts"
import { int32, table } from "../schemas/table.ts"

const Numbers = table("numbers", "one number", { value: int32("a number") })
const config = z.strictObject({ number: z.int() })
type In = { readonly numbers: typeof Numbers }
type Out = { readonly numbers: typeof Numbers }

const first = Stage.make({
  name: "a",
  about: "writes a number",
  config,
  inputs: {},
  outputs: { numbers: Numbers },
  source: "a.ts",
  load: (): Promise<Stage.Loaded> =>
    Promise.resolve({
      body: (io: Stage.IO<{ number: number }, Record<never, never>, Out>) =>
        io.write.numbers({ value: Int32Array.of(io.config.number) })
    })
})

const second = Stage.make({
  name: "b",
  about: "adds a number",
  config,
  inputs: { numbers: Numbers },
  outputs: { numbers: Numbers },
  source: "b.ts",
  load: (): Promise<Stage.Loaded> =>
    Promise.resolve({
      body: async (io: Stage.IO<{ number: number }, In, Out>) => {
        const { value } = await io.read.numbers()
        await io.write.numbers({ value: value.map((x) => x + io.config.number) })
      }
    })
})

const final = Stage.make({
  name: "final",
  about: "counts",
  config: z.strictObject({}),
  inputs: { numbers: Stage.many(Numbers) },
  outputs: { numbers: Numbers },
  source: "final.ts",
  load: (): Promise<Stage.Loaded> =>
    Promise.resolve({
      body: (io: Stage.IO<object, { numbers: Stage.Many<typeof Numbers> }, Out>) =>
        io.write.numbers({ value: Int32Array.of(io.paths.numbers.length) })
    })
})

export const graphOf = (size: number): Graph => {
  const graph = builder()
  const pairs = Math.floor((size - 1) / 2)
  const seconds = Array.from({ length: pairs }, (_, number) => {
    const made = graph.add(first, { path: [number], config: { number }, inputs: {} })
    return {
      labels: { number },
      ref: graph.add(second, { path: [number], labels: { number }, config: { number }, inputs: made }).numbers
    }
  })
  graph.add(final, { config: {}, inputs: { numbers: seconds } })
  return graph.build()
}

/** Code of the stage `a` is what the environment says, so that a process may find all of it changed. */
const codes = { "a.ts": process.env.SYNTHETIC_CODE ?? "a.ts", "b.ts": "b.ts", "final.ts": "final.ts" }
const fingerprints = {
  stages: Object.fromEntries(Object.entries(codes).map(([source, code]) => [source, { code, packages: {} }])),
  engines: { onnx: { code: "engine", packages: {} }, none: { code: "engine", packages: {} } }
}

const started: Extract<Payload, { type: "RunStarted" }> = {
  run: "one",
  type: "RunStarted",
  study: "synthetic",
  studyFile: "synthetic",
  settings: {},
  targets: [],
  host: "here",
  pid: 1,
  jobs: 1,
  threads: 1
}

/** Fills a store as if every instance had run: one journal, one small object an instance. */
export const fill = (root: string, size: number): void => {
  const results = new Map<string, Success>()
  const facts: Facts = {
    state: fold([], "synthetic"),
    fingerprints,
    engine: "none",
    external: External.open(root),
    holds: () => true
  }
  let seq = 0
  const base = () => ({ seq: ++seq, at: "2026-01-01T00:00:00.000Z", writer: "synthetic", run: "one" })
  const lines: Array<string> = [Line.encode({ ...started, ...base() })]
  for (const instance of graphOf(size).instances) {
    const verdict = decide(instance, (id) => results.get(id), facts)
    if (!("record" in verdict)) throw new Error(`${instance.id} is ${verdict.status}`)
    const content = Buffer.from(instance.id)
    const bytes = Digest.ofBytes(content)
    const folder = join(root, "objects", bytes.slice(0, 2))
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `${bytes.slice(2)}.parquet`), content)
    const event: Event = {
      ...base(),
      type: "StageSucceeded",
      instance: instance.id,
      key: verdict.key,
      stage: instance.stage.name,
      record: verdict.record,
      outputs: { numbers: { table: "numbers", digest: bytes, bytes, size: content.length, rows: 1 } },
      seconds: 1,
      threads: 1,
      memory: 1
    }
    results.set(instance.id, event as Success)
    lines.push(Line.encode(event))
  }
  mkdirSync(join(root, "journal"), { recursive: true })
  writeFileSync(join(root, "journal", "synthetic.ndjson"), lines.join(""))
}

/**
 * Adds a past to a store: a run of `many` events that is over. Every `attempts`th begins an attempt at an instance, which reports its
 * progress and ends; with `results`, it makes something of a key of its own.
 */
const addPast = (root: string, many: number, attempts: number, results: boolean): void => {
  const folder = join(root, "journal")
  mkdirSync(folder, { recursive: true })
  const file = join(folder, "past.ndjson")
  const digest = (index: number) => index.toString(16).padStart(64, "0")
  let seq = 0
  const base = () => ({ seq: ++seq, at: "2025-01-01T00:00:00.000Z", writer: "past", run: "past" })
  const one = (index: number): Event => {
    const attempt = Math.floor(index / attempts)
    const about = { ...base(), instance: `b/${attempt % 1000}`, key: digest(attempt) }
    switch (index % attempts) {
      case 0:
        return { ...about, type: "StageStarted" }
      case attempts - 1:
        return results
          ? {
            ...about,
            type: "StageSucceeded",
            stage: "b",
            record: {
              format: Key.format,
              stage: "b",
              code: "b.ts",
              "config.number": attempt,
              "input.numbers": digest(attempt)
            },
            outputs: {
              numbers: { table: "numbers", digest: digest(attempt), bytes: digest(attempt), size: 1, rows: 1 }
            },
            seconds: 1,
            threads: 1,
            memory: 1
          }
          : { ...about, type: "StageInterrupted", seconds: 1 }
      default:
        return { ...about, type: "StageProgressed", done: index, total: many, unit: "steps", figures: { loss: 5.125 } }
    }
  }
  appendFileSync(file, Line.encode({ ...started, ...base() }))
  for (let from = 1; from < many; from += 10_000) {
    const count = Math.min(10_000, many - from)
    appendFileSync(file, Array.from({ length: count }, (_, i) => Line.encode(one(from - 1 + i))).join(""))
  }
}

const [mode, root, size] = [process.env.SYNTHETIC, process.env.SYNTHETIC_STORE, Number(process.env.SYNTHETIC_SIZE)]
if (mode === "fill") fill(root!, size)
else if (mode === "replay") addPast(root!, size, 5, true)
else if (mode === "past") addPast(root!, size, 100, false)
else {
  writeFileSync(`${process.argv[1]!}.fingerprints.json`, JSON.stringify(fingerprints))
  const app: App = {
    version: "0",
    stages: [first, second, final],
    engines: {
      default: "none",
      resolve: async (name) => ({ name, identity: name }),
      prove: async () => {},
      checks: async () => []
    },
    defaultStudy: "synthetic",
    load: (file) => ({ name: "synthetic", file, graph: graphOf(size), settings: {}, line: () => undefined }),
    fingerprints: `${process.argv[1]!}.fingerprints.json`,
    script: process.argv[1]!
  }
  main(app)
}
