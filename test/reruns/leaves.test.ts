/**
 * Every leaf of every key record of three studies, changed at its source (configuration, fingerprint, engine, columns,
 * labels, files, results upstream): the decision finds each instance fresh before, stale after, for exactly that leaf.
 */
import { createHash } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { stringify } from "yaml"
import { decide, type Facts, type Upstream, type Verdict } from "../../pipeline/decide.ts"
import type { Fingerprint } from "../../pipeline/fingerprint.ts"
import { type Graph, type Instance, isMany, type LabelledRef, type Ref } from "../../pipeline/graph.ts"
import { fold, type Success } from "../../pipeline/journal/fold.ts"
import * as Key from "../../pipeline/key.ts"
import type { Event } from "../../schemas/event.ts"
import { readStudy } from "../../stages/study-file.ts"
import { graphOf } from "../../stages/study.ts"
import { table } from "./compare.ts"
import { studies } from "./studies.ts"

const folder = mkdtempSync(join(tmpdir(), "relora-pipeline-leaves-"))
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex")
const counts: Record<string, number> = {}
const misses: Array<string> = []

/** All that a decision looks at, as plain functions that a mutation may replace. */
interface World {
  readonly fingerprint: (source: string) => Fingerprint
  readonly engine: { readonly name: string; readonly fingerprint: Fingerprint }
  readonly file: (path: string) => string
}
const world: World = {
  fingerprint: (source) => ({ code: `code of ${source}`, packages: { "a-package": "1.0.0", "b-package": "2.0.0" } }),
  engine: { name: "onnx", fingerprint: { code: "code of onnx", packages: { "c-package": "1.0.0" } } },
  file: (path) => sha256(path)
}

const factsOf = (graph: Graph, { engine, file, fingerprint }: World, state: Facts["state"]): Facts => ({
  state,
  fingerprints: {
    stages: Object.fromEntries(graph.instances.map(({ stage: { source } }) => [source, fingerprint(source)])),
    engines: { [engine.name]: engine.fingerprint }
  },
  engine: engine.name,
  external: { digest: file, touched: () => false, save: () => undefined },
  holds: () => true
})

/** A history in which every instance of a graph has succeeded once. */
const history = (graph: Graph): ReadonlyMap<string, Success> => {
  const results = new Map<string, Success>()
  const empty = factsOf(graph, world, fold([], "study"))
  for (const [index, instance] of graph.instances.entries()) {
    const verdict = decide(instance, (id) => results.get(id), empty)
    if (verdict.status !== "missing") throw new Error(`${instance.id} is ${verdict.status}`)
    const outputs = Object.fromEntries(
      Object.keys(instance.stage.outputs).map((output) => {
        const digest = sha256(`${verdict.key} ${output}`)
        return [output, { digest, bytes: digest, rows: 1, size: 1 }]
      })
    )
    results.set(
      instance.id,
      {
        type: "StageSucceeded",
        run: "run",
        seq: index + 2,
        instance: instance.id,
        stage: instance.stage.name,
        key: verdict.key,
        record: verdict.record,
        outputs,
        seconds: 1,
        threads: 1,
        memory: 1
      } as unknown as Success
    )
  }
  return results
}

/** Another value of the same kind. */
const other = (value: unknown): unknown => {
  switch (typeof value) {
    case "number":
      return value === 0 ? 1 : value * (1 + 2 ** -40)
    case "string":
      return `${value} `
    case "boolean":
      return !value
    default:
      return "something"
  }
}

/** Every value in a configuration, by its path; also lists, for their length and their order. */
const places = (value: unknown, path: ReadonlyArray<string | number> = []): ReadonlyArray<Place> => {
  if (typeof value !== "object" || value === null) return [{ path, change: other }]
  const inner = Object.entries(value).flatMap(([name, item]) =>
    places(item, [...path, Array.isArray(value) ? Number(name) : name])
  )
  if (!Array.isArray(value)) return inner
  const shortened = value.length === 0 ? [] : [{ path, change: (list: unknown) => (list as Array<unknown>).slice(1) }]
  const longer = [{ path, change: (list: unknown) => [...list as Array<unknown>, 123456] }]
  const reversed = value.length > 1 && JSON.stringify(value) !== JSON.stringify(value.toReversed())
    ? [{ path, change: (list: unknown) => (list as Array<unknown>).toReversed() }]
    : []
  return [...inner, ...shortened, ...longer, ...reversed]
}
interface Place {
  readonly path: ReadonlyArray<string | number>
  readonly change: (value: unknown) => unknown
}

const changedAt = (value: unknown, { change, path: [name, ...rest] }: Place): unknown => {
  if (name === undefined) return change(value)
  if (Array.isArray(value)) {
    return value.map((item, index) => index === name ? changedAt(item, { change, path: rest }) : item)
  }
  const settings = value as Record<string, unknown>
  return { ...settings, [name]: changedAt(settings[name], { change, path: rest }) }
}

/** Leaf of a place of a configuration: lists of plain values are one leaf. */
const isConfigLeaf = (leaf: string, path: ReadonlyArray<string | number>) => {
  const name = path.reduce<string>(
    (name, part) => typeof part === "number" ? `${name}[${part}]` : `${name}.${part}`,
    "config"
  )
  return name === leaf || name.startsWith(`${leaf}[`) || leaf.startsWith(`${name}[`)
}

interface Mutation {
  readonly kind: string
  readonly about: string
  readonly instance?: Instance
  readonly world?: Partial<World>
  readonly upstream?: (before: Upstream) => Upstream
  readonly isLeaf: (leaf: string) => boolean
}

const configMutations = (instance: Instance): ReadonlyArray<Mutation> =>
  places(instance.config).map((place) => ({
    kind: "settings",
    about: `config ${place.path.join(".")}`,
    instance: { ...instance, config: changedAt(instance.config, place) },
    isLeaf: (leaf) => isConfigLeaf(leaf, place.path)
  }))

const stageMutations = (instance: Instance): ReadonlyArray<Mutation> => {
  const { stage } = instance
  const print = (change: Partial<Fingerprint>): Partial<World> => ({
    fingerprint: (source) => ({ ...world.fingerprint(source), ...change })
  })
  const { packages } = world.fingerprint(stage.source)
  const withPrint = (change: Partial<Fingerprint>) => ({
    ...world.engine,
    fingerprint: { ...world.engine.fingerprint, ...change }
  })
  const engine = (about: string, changed: World["engine"], name: string): Mutation => ({
    kind: "engine",
    about: `${about} of the engine`,
    world: { engine: changed },
    isLeaf: (leaf) => leaf === name
  })
  return [
    {
      kind: "stage",
      about: "name",
      instance: { ...instance, stage: { ...stage, name: "x" } },
      isLeaf: (leaf) => leaf === "stage"
    },
    { kind: "code", about: "code", world: print({ code: "other" }), isLeaf: (leaf) => leaf === "code" },
    ...Object.keys(packages).map((name): Mutation => ({
      kind: "packages",
      about: `version of ${name}`,
      world: print({ packages: { ...packages, [name]: "1.0.1" } }),
      isLeaf: (leaf) => leaf === `package.${name}`
    })),
    {
      kind: "packages",
      about: "one package more",
      world: print({ packages: { ...packages, more: "1.0.0" } }),
      isLeaf: (leaf) => leaf === "package.more"
    },
    ...(stage.usesEngine
      ? [
        engine("name", { ...world.engine, name: "reference" }, "engine"),
        engine("code", withPrint({ code: "other" }), "engine.code"),
        engine("version of a package", withPrint({ packages: { "c-package": "1.0.1" } }), "engine.package.c-package"),
        engine("a package less", withPrint({ packages: {} }), "engine.package.c-package")
      ]
      : []),
    {
      kind: "salt",
      about: "a salt",
      instance: { ...instance, salt: "x" },
      isLeaf: (leaf) => leaf === "salt"
    },
    ...Object.entries(stage.outputs).flatMap(([name, { columns, ...table }]): ReadonlyArray<Mutation> => {
      const of = (about: string, changed: Record<string, unknown>): Mutation => ({
        kind: "columns",
        about: `${about} of ${name}`,
        instance: {
          ...instance,
          stage: { ...stage, outputs: { ...stage.outputs, [name]: { ...table, columns: changed } } } as never
        },
        isLeaf: (leaf) => leaf === `output.${name}`
      })
      const [first, ...rest] = Object.keys(columns)
      const without = Object.fromEntries(rest.map((column) => [column, columns[column]]))
      const { physical } = columns[first!]!
      return [
        of("a column less", without),
        of("a column more", { ...columns, more: { physical: "int32", about: "" } }),
        of("a column renamed", { renamed: columns[first!], ...without }),
        of("a type", {
          ...columns,
          [first!]: { ...columns[first!], physical: physical === "int32" ? "string" : "int32" }
        }),
        ...(rest.length > 0 ? [of("the order", { ...without, [first!]: columns[first!] })] : [])
      ]
    })
  ]
}

const otherOutput = (ref: Ref) => (before: Upstream): Upstream => (id) => {
  const result = before(id)
  return result === undefined || id !== ref.instance ? result : {
    ...result,
    outputs: { ...result.outputs, [ref.output]: { ...result.outputs[ref.output]!, digest: "other" } }
  }
}

const inputMutations = (instance: Instance): ReadonlyArray<Mutation> =>
  Object.entries(instance.stage.inputs).flatMap(([port, kind]): ReadonlyArray<Mutation> => {
    if (!isMany(kind)) {
      const ref = instance.inputs[port] as Ref
      return [{
        kind: "inputs",
        about: `data of ${port}`,
        upstream: otherOutput(ref),
        isLeaf: (leaf) => leaf.startsWith("input.")
      }]
    }
    const list = instance.inputs[port] as ReadonlyArray<LabelledRef>
    const given = (about: string, kind: string, list: ReadonlyArray<LabelledRef>): Mutation => ({
      kind,
      about: `${about} of ${port}`,
      instance: { ...instance, inputs: { ...instance.inputs, [port]: list } },
      isLeaf: (leaf) => leaf.startsWith(`input.${port}[`)
    })
    return list.flatMap(({ labels, ref }, index) => {
      const before = list.slice(0, index), rest = list.slice(index + 1)
      return [
        {
          kind: "inputs",
          about: `data of ${port} ${index}`,
          upstream: otherOutput(ref),
          isLeaf: (leaf: string) => leaf.startsWith("input.")
        },
        ...Object.entries(labels).map(([name, value]) =>
          given(`label ${name} ${index}`, "labels", [...before, {
            labels: { ...labels, [name]: other(value) as string },
            ref
          }, ...rest])
        ),
        given(`a label more ${index}`, "labels", [...before, { labels: { ...labels, more: 1 }, ref }, ...rest]),
        given(`${index} left out`, "inputs", [...before, ...rest]),
        ...(rest.length > 0
          ? [given(`order ${index}`, "order of inputs", [...before, rest[0]!, { labels, ref }, ...rest.slice(1)])]
          : [])
      ]
    })
  })

const fileMutations = (instance: Instance): ReadonlyArray<Mutation> =>
  Object.entries(instance.files).flatMap(([group, files]) => {
    const given = (about: string, kind: string, list: typeof files): Mutation => ({
      kind,
      about: `${about} of ${group}`,
      instance: { ...instance, files: { ...instance.files, [group]: list } },
      isLeaf: (leaf) => leaf === `files.${group}` || leaf.startsWith(`file.${group}.`)
    })
    const more = given("a file more", "files", [...files, { name: "more", path: "/more" }])
    return [more].concat(files.flatMap((file, index): ReadonlyArray<Mutation> => {
      const before = files.slice(0, index), rest = files.slice(index + 1)
      return [
        {
          kind: "contents of files",
          about: `content of ${file.name}`,
          world: { file: (path) => path === file.path ? "other" : world.file(path) },
          isLeaf: (leaf) => leaf === Key.fileLeaf(group, file.name)
        },
        given(`name of ${file.name}`, "names of files", [...before, { ...file, name: `${file.name} ` }, ...rest]),
        given(`${file.name} left out`, "files", [...before, ...rest]),
        ...(rest.length > 0
          ? [given(`order of ${file.name}`, "order of files", [...before, rest[0]!, file, ...rest.slice(1)])]
          : [])
      ]
    }))
  })

/** The leaf by which a mutation was missed, or by which it reruns too much. */
const judge = (verdict: Verdict, { isLeaf }: Mutation): string | undefined => {
  if (verdict.status !== "stale") return `is ${verdict.status}`
  if (verdict.changes.length === 0) return "has no change"
  const strange = verdict.changes.filter(({ leaf }) => !isLeaf(leaf))
  return strange.length === 0 ? undefined : `changes ${strange.map(({ leaf }) => leaf).join(", ")} too`
}

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  table("leaves of key records changed one by one", {
    ...counts,
    "in all": Object.values(counts).reduce((a, b) => a + b, 0),
    "missed reruns": misses.length
  })
})

describe("every leaf of every key record", () => {
  for (const [name, settings] of Object.entries(studies)) {
    it(`is looked at by the decision, in the ${name} study`, () => {
      const file = join(folder, `${name}.yaml`)
      writeFileSync(file, stringify(settings, { aliasDuplicateObjects: false }))
      const graph = graphOf(readStudy(file).study, { folder: dirname(file), environment: {} })
      const results = history(graph)
      const state = fold([...results.values()] as unknown as ReadonlyArray<Event>, "study")
      const withStandings: Facts["state"] = {
        ...state,
        standings: new Map([...results].map(([id, { key }]) => [id, [{ key, run: "run", seq: 2 }]]))
      }
      const upstream: Upstream = (id) => results.get(id)
      const facts = factsOf(graph, world, withStandings)
      const done = new Set<string>()
      for (const instance of graph.instances) {
        expect(decide(instance, upstream, facts).status, instance.id).toBe("fresh")
        const touched = new Set<string>()
        // Instances of one record are one case.
        const { key, record } = results.get(instance.id)!
        if (done.has(key)) continue
        done.add(key)
        const mutations = [configMutations, stageMutations, inputMutations, fileMutations].flatMap((of) => of(instance))
        for (const mutation of mutations) {
          const verdict = decide(
            mutation.instance ?? instance,
            mutation.upstream?.(upstream) ?? upstream,
            mutation.world === undefined ? facts : factsOf(graph, { ...world, ...mutation.world }, withStandings)
          )
          counts[mutation.kind] = (counts[mutation.kind] ?? 0) + 1
          const wrong = judge(verdict, mutation)
          if (wrong !== undefined) misses.push(`${name} ${instance.id}: ${mutation.about} ${wrong}`)
          if ("changes" in verdict) verdict.changes.forEach(({ leaf }) => touched.add(leaf))
        }
        // No leaf is without a mutation; the record's own form is a constant.
        const untouched = Object.keys(record).filter((leaf) => leaf !== "format" && !touched.has(leaf))
        expect(untouched, `leaves of ${instance.id} without a mutation`).toEqual([])
      }
      expect(misses).toEqual([])
    })
  }
})
