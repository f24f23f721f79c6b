/**
 * The one decision: does an instance need to run? `status`, `run`, `run --dry-run` and `why` all ask here, so that what
 * is announced is what is done.
 */
import type { Output } from "../schemas/event.ts"
import type { KeyRecord } from "../schemas/key.ts"
import * as Accept from "./accept.ts"
import type * as Code from "./code.ts"
import type { External } from "./external.ts"
import * as Fingerprint from "./fingerprint.ts"
import { type Graph, type Instance, type Ref, references } from "./graph.ts"
import type { State, Success } from "./journal/fold.ts"
import * as Key from "./key.ts"
import type { Acceptance } from "./stage.ts"

export type Verdict =
  /** Its result is in the store, by its key; or the one it last stood for counts, since all that changed is `accepted`. */
  | {
    readonly status: "fresh"
    readonly key: string
    readonly record: KeyRecord
    readonly result: Success
    readonly accepted: ReadonlyArray<Acceptance>
    /** What its body is told of accepted changes further up; nothing unless its stage asks. */
    readonly told: ReadonlyArray<Acceptance>
  }
  /** It must run; `changes` against what it last stood for, none where it never ran. */
  | {
    readonly status: "stale" | "missing"
    readonly key: string
    readonly record: KeyRecord
    readonly changes: ReadonlyArray<Key.Change>
    readonly told: ReadonlyArray<Acceptance>
    /** The result is recorded, but an object of it is not in the store any more. */
    readonly lost: boolean
  }
  /** Another instance of the same key must run; this one will share its result. */
  | { readonly status: "shared"; readonly key: string; readonly record: KeyRecord; readonly with: string }
  /**
   * Its inputs are not known before these have run. It ran before (`known`): it must run again for its own changes
   * where it has some that nobody accepted, else equal inputs would spare it.
   */
  | {
    readonly status: "waiting"
    readonly on: ReadonlyArray<string>
    readonly known: boolean
    readonly changes: ReadonlyArray<Key.Change>
    /** An instance that waits for the same and will have the same key: one of the two runs. */
    readonly with: string | undefined
  }
  /** It cannot run: external files are missing, here or further up. */
  | { readonly status: "blocked"; readonly missing: ReadonlyArray<string> }

type Waiting = Extract<Verdict, { status: "waiting" }>

/** What a decision looks at besides the graph. */
export interface Facts {
  readonly state: State
  readonly fingerprints: Fingerprint.Fingerprints
  /** Identity of the tensor engine in use. */
  readonly engine: string
  readonly external: External
  /** Whether the store has an object, whole. */
  readonly holds: (output: Output) => boolean
  /** What past and present code consists of; only explanations look at it. */
  readonly code?: Code.Reader
  /** Instances that are to run even where their result is in the store. */
  readonly forced?: ReadonlySet<string>
}

/** What is known of an instance's inputs: the result of each instance it takes from. */
export type Upstream = (instance: string) => Pick<Success, "outputs"> | undefined

const outputOf = (upstream: Upstream, ref: Ref): Output => {
  const output = upstream(ref.instance)?.outputs[ref.output]
  if (output === undefined) throw new Error(`${ref.instance} has no output ${ref.output}`)
  return output
}

/** Accepted changes that the result of an instance rests on, its own and those further up. */
export type Resting = (instance: string) => ReadonlyArray<Acceptance>

/** What an instance's inputs rest on. */
const restingOf = (instance: Instance, resting: Resting): ReadonlyArray<Acceptance> =>
  Accept.union(references(instance).map((ref) => resting(ref.instance)))

/** What the result that a verdict found rests on. */
export const restsOn = (instance: Instance, verdict: Verdict, resting: Resting): ReadonlyArray<Acceptance> =>
  Accept.union([verdict.status === "fresh" ? verdict.accepted : [], restingOf(instance, resting)])

const recordOf = (
  instance: Instance,
  facts: Facts,
  input: (ref: Ref) => string,
  acceptances: ReadonlyArray<Acceptance>
): KeyRecord =>
  Key.record(instance, {
    fingerprint: Fingerprint.of(facts.fingerprints, instance.stage.source),
    engine: { name: facts.engine, fingerprint: Fingerprint.ofEngine(facts.fingerprints, facts.engine) },
    input,
    file: (path) => facts.external.digest(path)!,
    acceptances
  })

const missingFiles = (instance: Instance, facts: Facts): ReadonlyArray<string> =>
  Object.values(instance.files).flat().map(({ path }) => path).filter((path) =>
    facts.external.digest(path) === undefined
  )

/** Decides about an instance all of whose inputs are there. */
export const decide = (instance: Instance, upstream: Upstream, facts: Facts, resting: Resting = () => []): Verdict => {
  const missing = missingFiles(instance, facts)
  if (missing.length > 0) return { status: "blocked", missing }
  const told = instance.stage.tellsAcceptances ? restingOf(instance, resting) : []
  const record = recordOf(instance, facts, (ref) => outputOf(upstream, ref).digest, told)
  const key = Key.of(record)
  const result = facts.state.results.get(key)
  const isWhole = ({ outputs }: Success) => Object.values(outputs).every(facts.holds)
  const lost = result !== undefined && !isWhole(result)
  const forced = facts.forced?.has(instance.id) ?? false
  if (result !== undefined && !lost && !forced) return { status: "fresh", key, record, result, accepted: [], told }
  const before = previous(instance.id, facts.state)
  if (before === undefined) return { status: "missing", key, record, changes: [], told, lost }
  const changes = Key.changes(before.record, record)
  const { accepted, open } = Accept.split(facts.state.acceptances.get(instance.id) ?? [], changes)
  if (accepted.length > 0 && open.length === 0 && isWhole(before) && !forced) {
    return { status: "fresh", key, record, result: before, accepted, told }
  }
  return { status: "stale", key, record, changes, told, lost }
}

/** The result that an instance last stood for. */
export const previous = (instance: string, state: State): Success | undefined => {
  const standing = state.standings.get(instance)?.at(-1)
  return standing === undefined ? undefined : state.results.get(standing.key)
}

/** Decides about an instance of which some inputs are not known yet; `record` has stand-ins for these. */
const wait = (instance: Instance, on: ReadonlyArray<string>, facts: Facts, record: KeyRecord): Waiting => {
  const before = previous(instance.id, facts.state)
  if (before === undefined) return { status: "waiting", on, known: false, changes: [], with: undefined }
  const changes = Key.changes(before.record, record)
    .filter(({ leaf }) => !leaf.startsWith("input.") && !leaf.startsWith("accepted["))
  const { open } = Accept.split(facts.state.acceptances.get(instance.id) ?? [], changes)
  return { status: "waiting", on, known: true, changes: open, with: undefined }
}

/** The instance whose result another one is to share, where both must run. */
export const sharesWith = (verdict: Verdict): string | undefined =>
  verdict.status === "shared" || verdict.status === "waiting" ? verdict.with : undefined

/** Decides about a whole graph, in its order. */
export const decideAll = (graph: Graph, facts: Facts): ReadonlyMap<string, Verdict> => {
  const verdicts = new Map<string, Verdict>()
  const results = new Map<string, Success>()
  const makers = new Map<string, string>()
  const rests = new Map<string, ReadonlyArray<Acceptance>>()
  const resting: Resting = (id) => rests.get(id) ?? []
  /** What stands for the outputs of an instance that must run: its key, or one of the same made from such stand-ins. */
  const standIns = new Map<string, string>()
  const inputOf = ({ instance, output }: Ref) =>
    results.get(instance)?.outputs[output]?.digest ?? `${standIns.get(instance)} ${output}`
  /** The instance that is to run for all of a key; the first of them. */
  const makerOf = (key: string, id: string) => {
    const maker = makers.get(key)
    if (maker === undefined) makers.set(key, id)
    standIns.set(id, key)
    return maker
  }
  for (const instance of graph.instances) {
    const above = [...new Set(references(instance).map((ref) => ref.instance))]
    const blocked = above.flatMap((id) => {
      const verdict = verdicts.get(id)
      return verdict?.status === "blocked" ? verdict.missing : []
    })
    const on = above.filter((id) => !results.has(id))
    let verdict: Verdict
    if (blocked.length > 0) verdict = { status: "blocked", missing: [...new Set(blocked)] }
    else if (on.length > 0) {
      const missing = missingFiles(instance, facts)
      if (missing.length > 0) verdict = { status: "blocked", missing }
      else {
        const record = recordOf(instance, facts, inputOf, [])
        const waits = wait(instance, on, facts, record)
        verdict = { ...waits, with: makerOf(Key.of(record), instance.id) }
      }
    } else {
      verdict = decide(instance, (id) => results.get(id), facts, resting)
      if (verdict.status === "fresh") {
        results.set(instance.id, verdict.result)
        if (facts.state.acceptances.size > 0) rests.set(instance.id, restsOn(instance, verdict, resting))
      } else if (verdict.status === "stale" || verdict.status === "missing") {
        const maker = makerOf(verdict.key, instance.id)
        if (maker !== undefined) verdict = { status: "shared", key: verdict.key, record: verdict.record, with: maker }
      }
    }
    verdicts.set(instance.id, verdict)
  }
  return verdicts
}
