/**
 * What is seen of a study's runs while they go on, by reading alone: the journal as it grows, whichever process writes it, and the
 * leases of what it says has begun. Nothing is read twice, nothing is decided anew unless something has happened, and then not at
 * once where deciding takes long: whoever watches a run does not slow it down.
 */
import { Clock, Effect } from "effect"
import type { Event } from "../../schemas/event.ts"
import type { RunProgress, RunView } from "../../schemas/run-view.ts"
import { words } from "../cli/log.ts"
import { runView } from "../cli/run-view.ts"
import type { Session } from "../cli/session.ts"
import { byLease } from "../cli/standing.ts"
import { decideAll, previous, type Verdict } from "../decide.ts"
import type { Disk } from "../disk.ts"
import { stampOf } from "../external.ts"
import { fold, type Success } from "../journal/fold.ts"
import { Journal } from "../journal/journal.ts"
import type { CurrentRun, Feed, LogLine } from "../page/feed.ts"
import { isPublished } from "../publish.ts"
import type { Store } from "../store/store.ts"
import * as Upgrade from "../upgrade.ts"
import { currentRun } from "./current.ts"
import { curvesOf } from "./curves.ts"

export type Message = { readonly [K in keyof Feed]: { readonly name: K; readonly data: Feed[K] } }[keyof Feed]

/** Lines of the log that whoever comes later is given. */
const remembered = 200
/** Milliseconds between two decisions: at least so many, and so many times what the last one took. */
const rest = { least: 1000, times: 10 }
/** Milliseconds between two looks at who is alive. */
const look = 5000

type Progressed = Extract<Event, { type: "StageProgressed" }>

const isProgress = (event: Event): event is Progressed => event.type === "StageProgressed"

const lineOf = (event: Event): LogLine => ({ seq: event.seq, at: event.at, text: words(event) })

/** Starts watching. `reopen` reads the study again; it gives nothing, or why, where that fails. */
export const watch = Effect.fn("watch")(function*<E, R>(
  opened: Session,
  reopen: Effect.Effect<Session | string, E, R>
) {
  const journal = yield* Journal
  const services = yield* Effect.context<Journal | Store | Disk | R>()
  const curves = yield* curvesOf(opened.app.curves)
  const began = yield* journal.follow()
  let session = opened
  let verdicts: ReadonlyMap<string, Verdict> = new Map()
  let view: RunView = { study: session.study.name, file: session.study.file, seq: 0, instances: [] }
  /** Each instance as it was told last. */
  let told = new Map<string, string>()
  let run: CurrentRun | null = null
  let report: Success | undefined
  let log = began.events.filter((event) => !isProgress(event)).slice(-remembered).map(lineOf)
  /** Where each instance that runs was when it first told how far it is: its pace counts from there. */
  const firsts = new Map<string, { readonly key: string; readonly done: number; readonly at: string }>()
  const studies = new Map<string, string>()
  const outcomes = new Map<string, CurrentRun["state"]>()
  const decisions = { due: true, after: 0, made: 0 }
  /** Whether there may be results whose curves have not been read. */
  const tables = { due: true }
  let lookAfter = 0
  let stamp = stampOf(session.study.file)

  const note = (event: Event) => {
    if (event.type === "RunStarted") studies.set(event.run, event.study)
    if (event.type === "RunFinished") outcomes.set(event.run, event.outcome)
    if (event.type === "StageStarted") firsts.delete(event.instance)
  }

  /** Progress of an instance of this study, and what it adds to curves. */
  const progressed = (event: Progressed) => {
    const { at, done, figures, instance: id, key, total, unit } = event
    const instance = session.study.graph.byId.get(id)
    if (instance === undefined || studies.get(event.run) !== session.study.name) return undefined
    const first = firsts.get(id)
    if (first?.key !== key) firsts.set(id, { key, done, at })
    const progress: RunProgress = { done, total, unit, figures, at }
    const left = leftOf(id, progress)
    return {
      data: { id, progress, ...(left === undefined ? {} : { left }) },
      added: curves.progressed(instance, event)
    }
  }

  /** Seconds left of an instance, by its pace since it first told how far it is. */
  const leftOf = (id: string, { at, done, total }: RunProgress): number | undefined => {
    const first = firsts.get(id)
    if (first === undefined || done <= first.done) return undefined
    return (Date.parse(at) - Date.parse(first.at)) / 1000 / (done - first.done) * (total - done)
  }

  /** Decides anew, and gives what stands otherwise than before. */
  const decide = Effect.gen(function*() {
    const begun = yield* Clock.currentTimeMillis
    const { graph, name } = session.study
    // Input files are looked at again: their digests are known as long as they have not been touched.
    for (const { files } of graph.instances) {
      for (const { path } of Object.values(files).flat()) session.facts.external.touched(path)
    }
    const { events } = yield* journal.present
    const state = fold(Upgrade.events(events, session.app.stages), name)
    session = { ...session, facts: { ...session.facts, state } }
    verdicts = decideAll(graph, session.facts)
    view = yield* runView(session, verdicts, byLease)
    const texts = new Map(view.instances.map((instance) => [instance.id, JSON.stringify(instance)]))
    const changed = view.instances.filter(({ id }) => told.get(id) !== texts.get(id))
    told = texts
    const published = graph.instances.find(isPublished)
    const verdict = published && verdicts.get(published.id)
    report = published && (verdict?.status === "fresh" ? verdict.result : previous(published.id, state))
    const ended = yield* Clock.currentTimeMillis
    decisions.due = false
    tables.due = true
    decisions.made += 1
    decisions.after = ended + Math.max(rest.least, rest.times * (ended - begun))
    lookAfter = ended + look
    return changed
  })

  const all = (): Feed["all"] => ({
    view,
    run,
    log,
    curves: curves.all(),
    report: report?.outputs.files?.digest ?? null
  })

  /** Reads the study again where its file has changed; whether it did. */
  const renew = Effect.gen(function*() {
    const now = stampOf(session.study.file)
    if (now === stamp) return undefined
    stamp = now
    const next = yield* reopen
    decisions.due = true
    if (typeof next === "string") return next
    session = next
    return ""
  })

  /** What has happened since it was last asked. */
  const poll = Effect.gen(function*() {
    const now = yield* Clock.currentTimeMillis
    const messages: Array<Message> = []
    const events = yield* began.next
    for (const event of events) note(event)
    const lines = events.filter((event) => !isProgress(event)).map(lineOf)
    const renewed = yield* renew
    if (renewed !== undefined && renewed !== "") {
      lines.push({ seq: view.seq, at: new Date(now).toISOString(), text: renewed })
    }
    if (lines.length > 0) {
      log = [...log, ...lines].slice(-remembered)
      decisions.due = true
      messages.push({ name: "log", data: lines })
    }
    for (const event of events.filter(isProgress)) {
      const progress = progressed(event)
      if (progress === undefined) continue
      messages.push({ name: "progress", data: progress.data })
      if (progress.added.length > 0) messages.push({ name: "curves", data: progress.added })
      const { id } = progress.data
      view = {
        ...view,
        instances: view.instances.map((one) =>
          one.id === id && one.state === "running" ? { ...one, progress: progress.data.progress } : one
        )
      }
    }
    // Whoever is killed says nothing.
    if (now >= lookAfter && view.instances.some(({ state }) => state === "running")) decisions.due = true
    // Another study has other instances: what is known of the one before says nothing of it.
    if (decisions.due && (now >= decisions.after || renewed === "")) {
      const before = report?.outputs.files?.digest
      const changed = yield* decide
      if (renewed === "") messages.push({ name: "all", data: all() })
      else if (changed.length > 0) messages.push({ name: "instances", data: changed })
      const digest = report?.outputs.files?.digest
      if (digest !== before) messages.push({ name: "report", data: digest ?? null })
    }
    if (tables.due) {
      const added = yield* curves.finished(session.study.graph, verdicts)
      tables.due = added.length > 0
      if (added.length > 0) messages.push({ name: "curves", data: added })
    }
    const next = currentRun(session, view, (id) => outcomes.get(id), now)
    if (JSON.stringify(next) !== JSON.stringify(run)) {
      run = next
      messages.push({ name: "run", data: run })
    }
    return messages
  }).pipe(Effect.provideContext(services))

  for (const event of began.events) note(event)
  for (const event of began.events.filter(isProgress)) progressed(event)
  yield* poll

  return {
    poll,
    all,
    /** What is known by now, without the curves. */
    known: () => ({ view, run, log }),
    session: () => session,
    verdicts: () => verdicts,
    /** Seconds left of a running instance, where it has told enough to say. */
    left: (id: string): number | undefined => {
      const progress = view.instances.find((instance) => instance.id === id)?.progress
      return progress === undefined ? undefined : leftOf(id, progress)
    },
    /** The first figure that an instance tells, as it came. */
    recent: curves.recent,
    /** What the report that is shown was made by; undefined where there is none. */
    report: () => report,
    /** How often was decided: for tests. */
    decided: () => decisions.made
  }
})

export type Watch = Effect.Success<ReturnType<typeof watch>>
