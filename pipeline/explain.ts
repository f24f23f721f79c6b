/**
 * Why an instance runs, or last ran: the changed leaves, followed upstream to where the change began, with old and new
 * value, and the line of the study file where they come from it.
 */
import { type Event, runOf } from "../schemas/event.ts"
import type { KeyRecord, LeafValue } from "../schemas/key.ts"
import { isWithin } from "../schemas/leaf.ts"
import type { LoadedStudy } from "./app.ts"
import type * as Code from "./code.ts"
import { type Facts, previous, type Verdict } from "./decide.ts"
import { type Graph, type Instance, isMany, type LabelledRef, type Ref } from "./graph.ts"
import { fold, type State, type Success } from "./journal/fold.ts"
import * as Key from "./key.ts"
import type { Acceptance } from "./stage.ts"
import { newSince } from "./upgrade.ts"

/** Where a change began. */
export interface Root {
  /** Instance in whose key the leaf is. */
  readonly instance: string
  /** From `instance` to the instance asked about. */
  readonly path: ReadonlyArray<string>
  readonly leaf: string
  readonly before: LeafValue | undefined
  readonly after: LeafValue | undefined
  /** The study's setting that the leaf comes from. */
  readonly setting?: string
  /** Study file and line of the setting. */
  readonly place?: string
  /** Of records of an earlier form: what is new since. */
  readonly about?: string
  /** Of changed code: the definitions that differ, where both codes are known. */
  readonly definitions?: ReadonlyArray<Code.Changed>
  /** Of changed code that was bundled by another version of the bundler, or analysed in another way: before and after. */
  readonly bundlers?: { readonly before: string; readonly after: string }
  /** Of a changed package: the packages that differ, itself and those it depends on, where both are known. */
  readonly packages?: ReadonlyArray<Code.Moved>
}

export interface Explanation {
  readonly instance: string
  readonly status: Verdict["status"]
  readonly reason: "never ran" | "accepted" | "changed" | "lost" | "blocked" | "same" | "differs" | "absent"
  readonly roots: ReadonlyArray<Root>
  /** Input files that are not there. */
  readonly missing: ReadonlyArray<string>
  /** Changes that somebody accepted, where they are all that sets it apart from the result that counts. */
  readonly accepted?: ReadonlyArray<Acceptance>
  /** When the compared results were made: run ids. */
  readonly before?: string
  readonly after?: string
}

interface Context {
  readonly graph: Graph
  readonly state: State
  readonly code: Code.Reader | undefined
  /** The study as it was at the later of what is compared. */
  readonly study: LoadedStudy
  /** Settings of the study file as it is now. */
  readonly present: KeyRecord
}

/** The study path that a config path comes from, by the longest prefix in `origins`. */
export const settingOf = (instance: Instance, leaf: string): string | undefined => {
  if (leaf === "salt") return instance.origins["salt"] ?? "salt"
  if (!leaf.startsWith("config.")) return undefined
  const path = leaf.slice("config.".length)
  const prefix = Object.keys(instance.origins)
    .filter((origin) => isWithin(path, origin))
    .sort((a, b) => b.length - a.length)[0]
  return prefix === undefined ? undefined : instance.origins[prefix]! + path.slice(prefix.length)
}

/** Settings that differ between the study of an earlier run and the study now. */
const settingChanges = (context: Context, run: string | undefined): ReadonlyArray<Key.Change> => {
  const before = run === undefined ? undefined : context.state.runs.get(run)?.settings
  return before === undefined ? [] : Key.changes(before, context.study.settings)
}

/** What a change of code or of a package consists of, where that is known. */
const within = ({ code }: Context, { after, before, leaf }: Key.Change): Partial<Root> => {
  if (leaf === "format") return typeof before === "number" ? { about: newSince(before) } : {}
  if (typeof before !== "string" || typeof after !== "string") return {}
  const packages = /^(engine\.)?package\./.test(leaf) ? code?.moves(before, after) : undefined
  return { ...(/^(engine\.)?code$/.test(leaf) && code?.changes(before, after)), ...(packages && { packages }) }
}

/** A config change told in the study's words where the study's settings explain it. */
const inTheStudy = (
  context: Context,
  instance: Instance,
  change: Key.Change,
  run: string | undefined,
  path: ReadonlyArray<string>
): ReadonlyArray<Root> => {
  const base = { instance: instance.id, path }
  // A line is told where the file still says what is explained.
  const place = (setting: string, value: LeafValue | undefined) => {
    const line = context.study.line(setting)
    const still =
      Key.changes({ [setting]: context.present[setting] ?? null }, { [setting]: value ?? null }).length === 0
    return line === undefined || !still ? {} : { place: `${context.study.file}:${line}` }
  }
  const isSetting = change.leaf.startsWith("config.") || change.leaf === "salt"
  if (!isSetting) return [{ ...base, ...change, ...within(context, change) }]
  const setting = settingOf(instance, change.leaf)
  const changed = settingChanges(context, run)
  const near = setting === undefined
    ? []
    : changed.filter(({ leaf }) => isWithin(leaf, setting) || isWithin(setting, leaf))
  // A setting of a stage may follow from several of the study's: the learning rates, say, from steps and schedule.
  const told = near.length > 0 ? near : changed
  if (told.length === 0) {
    return [{ ...base, ...change, ...(setting === undefined ? {} : { setting }) }]
  }
  return told.map(({ after, before, leaf }) => ({
    ...base,
    leaf: change.leaf,
    before,
    after,
    setting: leaf,
    ...place(leaf, after)
  }))
}

/** The reference behind an input leaf, as the instance is wired now. */
const refOf = (instance: Instance, leaf: string): Ref | undefined => {
  for (const [port, given] of Object.entries(instance.inputs)) {
    if (!isMany(instance.stage.inputs[port]!)) {
      if (leaf === `input.${port}`) return given as Ref
      continue
    }
    const list = given as ReadonlyArray<LabelledRef>
    const index = Number(leaf.slice(`input.${port}[`.length).split(":")[0])
    const found = list[index]
    if (found !== undefined && Key.labelledLeaf(port, index, found.labels) === leaf) return found.ref
  }
  return undefined
}

/** The result of an instance that had this output, newest first. */
const resultWith = (state: State, ref: Ref, digest: LeafValue | undefined): Success | undefined =>
  (state.standings.get(ref.instance) ?? []).toReversed()
    .map(({ key }) => state.results.get(key))
    .find((result) => result?.outputs[ref.output]?.digest === digest)

/** Changes, with those of the accepted changes that an instance rests on told as one: how many they are. */
const withoutAcceptances = (changes: ReadonlyArray<Key.Change>): ReadonlyArray<Key.Change> => {
  const isAccepted = ({ leaf }: Key.Change) => leaf.startsWith("accepted[")
  const number = (side: "before" | "after") =>
    changes.filter((change) => /^accepted\[\d+\]\.instance$/.test(change.leaf) && change[side] !== undefined).length
  const one = { leaf: "accepted", before: number("before"), after: number("after") }
  return [...changes.filter((change) => !isAccepted(change)), ...(changes.some(isAccepted) ? [one] : [])]
}

/** Changes without those that follow from another form of the records, which cannot be told from changes of their own. */
const withoutForm = (changes: ReadonlyArray<Key.Change>): ReadonlyArray<Key.Change> =>
  changes.some(({ leaf }) => leaf === "format")
    ? changes.filter(({ leaf }) => leaf === "format" || !isOfStage(leaf))
    : changes

/** Follows the difference of two records to its roots. */
const trace = (
  context: Context,
  instance: Instance,
  before: { readonly record: KeyRecord; readonly run: string | undefined },
  after: KeyRecord,
  path: ReadonlyArray<string>,
  seen: Set<string>
): ReadonlyArray<Root> => {
  if (seen.has(instance.id)) return []
  seen.add(instance.id)
  return withoutForm(withoutAcceptances(Key.changes(before.record, after))).flatMap((change): ReadonlyArray<Root> => {
    const ref = refOf(instance, change.leaf)
    if (ref === undefined) return inTheStudy(context, instance, change, before.run, path)
    if (change.before === undefined) return [{ instance: instance.id, path, ...change }]
    const older = resultWith(context.state, ref, change.before)
    const newer = resultWith(context.state, ref, change.after)
    const from = context.graph.byId.get(ref.instance)
    if (older === undefined || newer === undefined || from === undefined) {
      return [{ instance: instance.id, path, ...change }]
    }
    return trace(context, from, older, newer.record, [from.id, ...path], seen)
  })
}

/** Whether a leaf is the same for all instances of a stage. */
export const isOfStage = (leaf: string): boolean =>
  /^(format|code|engine|engine\.code|(engine\.)?package\..*)$/.test(leaf)

/** The stage of an instance, by its id. */
export const stageOf = (instance: string): string => instance.split("/")[0]!

/** One root a leaf and value: what reaches an instance by several ways is told once. */
const distinct = (roots: ReadonlyArray<Root>): ReadonlyArray<Root> => {
  const told = new Map<string, Root>()
  for (const root of roots) {
    const where = isOfStage(root.leaf) ? stageOf(root.instance) : root.instance
    const name = JSON.stringify([root.setting ?? `${where} ${root.leaf}`, root.before, root.after])
    if (!told.has(name)) told.set(name, root)
  }
  return [...told.values()]
}

/** Explains an instance: why it would run now or, where it is fresh, why it last ran. */
export const explain = (
  graph: Graph,
  study: LoadedStudy,
  facts: Facts,
  verdicts: ReadonlyMap<string, Verdict>,
  id: string
): Explanation => {
  const context: Context = { graph, state: facts.state, code: facts.code, study, present: study.settings }
  const instance = graph.byId.get(id)!
  const verdict = verdicts.get(id)!
  const about = { instance: id, status: verdict.status, missing: [] }
  const before = previous(id, facts.state)
  switch (verdict.status) {
    case "blocked":
      return { ...about, reason: "blocked", roots: [], missing: verdict.missing }
    case "fresh": {
      const { accepted } = verdict
      if (accepted.length > 0) return { ...about, reason: "accepted", roots: [], accepted, after: verdict.result.run }
      const standings = facts.state.standings.get(id) ?? []
      const index = standings.findLastIndex(({ key }) => key === verdict.key)
      const older = index > 0 ? facts.state.results.get(standings[index - 1]!.key) : undefined
      if (older === undefined) return { ...about, reason: "never ran", roots: [], after: verdict.result.run }
      const roots = trace(
        { ...context, study: asOf(context, standings[index]!.run) },
        instance,
        { record: older.record, run: standings[index - 1]!.run },
        verdict.record,
        [id],
        new Set()
      )
      return { ...about, reason: "changed", roots: distinct(roots), before: older.run, after: standings[index]!.run }
    }
    case "waiting": {
      // The change began further up: in those of its ancestors that are known to run.
      const roots: Array<Root> = []
      const seen = new Set<string>()
      const visit = (at: string, path: ReadonlyArray<string>) => {
        if (seen.has(at)) return
        seen.add(at)
        const found = verdicts.get(at)!
        const run = facts.state.standings.get(at)?.at(-1)?.run
        if (found.status === "waiting") {
          roots.push(...found.changes.flatMap((change) => inTheStudy(context, graph.byId.get(at)!, change, run, path)))
          for (const next of found.on) visit(next, [next, ...path])
        } else if (found.status === "stale" || found.status === "missing" || found.status === "shared") {
          const older = previous(at, facts.state)
          if (older !== undefined) {
            roots.push(
              ...trace(context, graph.byId.get(at)!, { record: older.record, run }, found.record, path, new Set())
            )
          } else roots.push({ instance: at, path, leaf: "result", before: undefined, after: "never made" })
        }
      }
      visit(id, [id])
      return { ...about, reason: before === undefined ? "never ran" : "changed", roots: distinct(roots) }
    }
    default: {
      if (before === undefined) return { ...about, reason: "never ran", roots: [] }
      const run = facts.state.standings.get(id)!.at(-1)!.run
      const roots = distinct(trace(context, instance, { record: before.record, run }, verdict.record, [id], new Set()))
      const lost = "lost" in verdict && verdict.lost
      return { ...about, reason: roots.length === 0 && lost ? "lost" : "changed", roots, before: before.run }
    }
  }
}

/** What an instance stood for at the end of a run. */
const standingAt = (context: Context, events: ReadonlyArray<Event>, run: string, id: string) => {
  const last = events.findLast((event) => runOf(event) === run)
  const { standings } = fold(events, context.study.name, last?.seq ?? 0)
  const standing = standings.get(id)?.at(-1)
  return standing === undefined ? undefined : { ...standing, result: context.state.results.get(standing.key) }
}

/** Explains how what an instance stood for at the end of one run differs from what it stood for at the end of another. */
export const between = (
  graph: Graph,
  study: LoadedStudy,
  { code, state }: Facts,
  events: ReadonlyArray<Event>,
  runs: { readonly before: string; readonly after: string },
  id: string
): Explanation => {
  const context: Context = { graph, state, code, study, present: study.settings }
  const before = standingAt(context, events, runs.before, id)
  const after = standingAt(context, events, runs.after, id)
  const about = { instance: id, status: "fresh", missing: [], ...runs } as const
  if (before?.result === undefined || after?.result === undefined) return { ...about, reason: "absent", roots: [] }
  const roots = trace(
    { ...context, study: asOf(context, runs.after) },
    graph.byId.get(id)!,
    { record: before.result.record, run: runs.before },
    after.result.record,
    [id],
    new Set()
  )
  return { ...about, reason: roots.length === 0 ? "same" : "differs", roots: distinct(roots) }
}

/** The study as a past run read it: its settings, with the lines of the file as it is now. */
const asOf = (context: Context, run: string): LoadedStudy => {
  const settings = context.state.runs.get(run)?.settings
  return settings === undefined ? context.study : { ...context.study, settings }
}
