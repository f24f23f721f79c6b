/** Where results come from, in a form that exports are written from: results from the first to the last, each once. */
import type { Event } from "../../schemas/event.ts"
import { runOf } from "../../schemas/event.ts"
import type { KeyRecord, LeafValue } from "../../schemas/key.ts"
import { canonical, ofJson } from "../digest.ts"
import type { RunStarted, Success } from "../journal/fold.ts"
import { makersOf, type Source, sourcesOf } from "../lineage.ts"
import type { AnyStage } from "../stage.ts"

/** A package with the version that stands in the key. */
export interface Package {
  readonly name: string
  /** Version and, after `+`, what its dependencies are. */
  readonly version: string
}

/** The code that made a result: all that makes another one of it. */
export interface Code {
  readonly stage: string
  /** What the stage does, in a sentence. */
  readonly about: string | undefined
  /** Digest of the stage's code. */
  readonly digest: string
  /** Packages that the code uses, the engine's included. */
  readonly packages: ReadonlyArray<Package>
  /** The tensor engine, where the stage uses one, and the digest of its code. */
  readonly engine: { readonly name: string; readonly digest: string } | undefined
  /** Twelve digits that tell it from all other codes of the stage. */
  readonly id: string
}

export interface Named {
  readonly name: string
  readonly digest: string
}

export interface Made {
  readonly result: Success
  readonly code: Code
  /** Leaf of the record → value, as text where it is none. */
  readonly settings: ReadonlyArray<{ readonly name: string; readonly value: string | number | boolean }>
  readonly inputs: ReadonlyArray<Source>
  /** External files by group and name, with the SHA-256 of their bytes. */
  readonly files: ReadonlyArray<Named>
  /** When its making began and ended, ISO 8601. What it saved of earlier attempts is not counted in. */
  readonly begun: string
  readonly ended: string
  readonly run: RunStarted | undefined
  /** Machine that made it, as its run says. */
  readonly host: string | undefined
}

export interface Software {
  readonly name: string
  readonly version: string
  /** SPDX identifier. */
  readonly license: string
}

export interface Provenance {
  /** What was asked for: an instance, or a run. */
  readonly of: string
  readonly study: string
  /** Settings of the study as the run read them that made what was asked for last. */
  readonly settings: KeyRecord
  readonly software: Software
  /** What was asked for. */
  readonly asked: ReadonlyArray<Made>
  /** All that it was made from, and itself: makers before takers. */
  readonly results: ReadonlyArray<Made>
  /** Runs that made them, oldest first, and how they ended. */
  readonly runs: ReadonlyArray<{ readonly started: RunStarted; readonly finished: Finished | undefined }>
}
export type Finished = Extract<Event, { readonly type: "RunFinished" }>

const below = (record: KeyRecord, prefix: string): ReadonlyArray<readonly [string, LeafValue]> =>
  Object.entries(record).flatMap(([leaf, value]) =>
    leaf.startsWith(prefix) ? [[leaf.slice(prefix.length), value] as const] : []
  )

const codeOf = (record: KeyRecord, about: string | undefined): Code => {
  const leaves = Object.entries(record).filter(([leaf]) => /^(code|package\.|engine)/.test(leaf))
  const packages = [...below(record, "package."), ...below(record, "engine.package.")]
  return {
    stage: String(record.stage),
    about,
    digest: String(record.code),
    packages: [...new Map(packages)].map(([name, version]) => ({ name, version: String(version) })),
    engine: record.engine === undefined
      ? undefined
      : { name: String(record.engine), digest: String(record["engine.code"]) },
    id: ofJson("code-and-packages/1", Object.fromEntries(leaves)).slice(0, 12)
  }
}

const plain = (value: LeafValue): string | number | boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : canonical(value)

/** Settings in the key: those of the study, the salt, and accepted changes that it rests on. */
const settingsOf = (record: KeyRecord): Made["settings"] =>
  Object.entries(record).flatMap(([leaf, value]) =>
    /^(config\.|salt$|accepted\[)/.test(leaf) ? [{ name: leaf.replace(/^config\./, ""), value: plain(value) }] : []
  )

/** When the attempt began that gave a result: the last start of its key in its run before it. */
const begunAt = (starts: ReadonlyMap<string, ReadonlyArray<Event>>, result: Success): string => {
  const started = starts.get(`${result.run} ${result.key}`)?.findLast(({ seq }) => seq < result.seq)
  return started?.at ?? new Date(Date.parse(result.at) - result.seconds * 1000).toISOString()
}

/** Provenance of results of a store, from all its events. */
export const provenanceOf = (
  events: ReadonlyArray<Event>,
  results: ReadonlyMap<string, Success>,
  asked: ReadonlyArray<Success>,
  about: { readonly of: string; readonly software: Software; readonly stages: ReadonlyArray<AnyStage> }
): Provenance => {
  const makers = makersOf(results.values())
  const stages = new Map(about.stages.map((stage) => [stage.name, stage]))
  const starts = new Map<string, Array<Event>>()
  const started = new Map<string, RunStarted>()
  const finished = new Map<string, Finished>()
  for (const event of events) {
    if (event.type === "RunStarted") started.set(event.run, event)
    else if (event.type === "RunFinished") finished.set(event.run, event)
    else if (event.type === "StageStarted") {
      const name = `${event.run} ${event.key}`
      starts.set(name, [...(starts.get(name) ?? []), event])
    }
  }
  const found = new Map<string, Made>()
  const visit = (result: Success): Made => {
    const known = found.get(result.key)
    if (known !== undefined) return known
    const inputs = sourcesOf(result, makers)
    for (const { maker } of inputs) if (maker !== undefined) visit(maker)
    const run = started.get(result.run)
    const made: Made = {
      result,
      code: codeOf(result.record, stages.get(result.stage)?.about),
      settings: settingsOf(result.record),
      inputs,
      files: below(result.record, "file.").map(([name, digest]) => ({ name, digest: String(digest) })),
      begun: begunAt(starts, result),
      ended: result.at,
      run,
      host: run?.host
    }
    found.set(result.key, made)
    return made
  }
  const made = asked.map(visit)
  const last = made.toSorted((a, b) => a.result.seq - b.result.seq).at(-1)
  const runs = new Set([...found.values()].map(({ result }) => result.run))
  return {
    of: about.of,
    study: last?.run?.study ?? "",
    settings: last?.run?.settings ?? {},
    software: about.software,
    asked: made,
    results: [...found.values()],
    runs: [...started.values()].filter(({ run }) => runs.has(run))
      .map((started) => ({ started, finished: finished.get(started.run) }))
  }
}

/** Results that a run made or took up; where it did neither, what its study stood for at its end. */
export const resultsOfRun = (
  events: ReadonlyArray<Event>,
  results: ReadonlyMap<string, Success>,
  run: string
): ReadonlyArray<Success> => {
  const keys = new Map<string, string>()
  const standing = new Map<string, string>()
  const study = events.find((event) => event.type === "RunStarted" && event.run === run) as RunStarted | undefined
  const studies = new Map(
    events.flatMap((event) => event.type === "RunStarted" ? [[event.run, event.study] as const] : [])
  )
  const end = events.findLast((event) => runOf(event) === run)?.seq ?? 0
  for (const event of events) {
    if (event.seq > end || (event.type !== "StageSucceeded" && event.type !== "StageReused")) continue
    if (event.run === run) keys.set(event.instance, event.key)
    if (studies.get(event.run) === study?.study) standing.set(event.instance, event.key)
  }
  return [...(keys.size > 0 ? keys : standing).values()].flatMap((key) => results.get(key) ?? [])
}
