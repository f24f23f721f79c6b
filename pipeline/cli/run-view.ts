/** Makes the view of a study's runs (schemas/run-view.ts) from what a session knows. */
import { Effect } from "effect"
import type { KeyRecord } from "../../schemas/key.ts"
import type { RunInput, RunInstance, RunProgress, RunView } from "../../schemas/run-view.ts"
import { previous, type Verdict } from "../decide.ts"
import { type Instance, isMany, type LabelledRef, type Ref } from "../graph.ts"
import type { Attempt, State } from "../journal/fold.ts"
import * as Key from "../key.ts"
import type { Session } from "./session.ts"
import { type Alive, joined, placeOf, type Standing, standings } from "./standing.ts"

/** What an instance takes, leaf by leaf, as it is wired; digests by the record. */
const inputsOf = (instance: Instance, record: KeyRecord | undefined): ReadonlyArray<RunInput> =>
  Object.entries(instance.inputs).flatMap(([port, given]) =>
    (isMany(instance.stage.inputs[port]!)
      ? (given as ReadonlyArray<LabelledRef>).map(({ labels, ref }, index) =>
        [Key.labelledLeaf(port, index, labels), ref] as const
      )
      : [[`input.${port}`, given as Ref] as const]).map(([leaf, { instance: from, output }]) => ({
        leaf,
        ...(record?.[leaf] === undefined ? {} : { digest: String(record[leaf]) }),
        from,
        output
      }))
  )

const filesOf = (record: KeyRecord | undefined) =>
  Object.entries(record ?? {}).filter(([leaf]) => leaf.startsWith("file."))
    .map(([leaf, digest]) => ({ name: leaf.slice("file.".length), digest: String(digest) }))

/** How far an attempt has told that it is. */
export const progressOf = ({ progress }: Attempt): RunProgress | undefined =>
  progress && {
    done: progress.done,
    total: progress.total,
    unit: progress.unit,
    figures: progress.figures,
    at: progress.at
  }

const instanceOf = (
  state: State,
  instance: Instance,
  verdict: Verdict,
  { note, running, status }: Standing
): RunInstance => {
  const result = verdict.status === "fresh" ? verdict.result : previous(instance.id, state)
  const record = result?.record ?? ("record" in verdict ? verdict.record : undefined)
  const key = result?.key ?? ("key" in verdict ? verdict.key : undefined)
  const host = result === undefined ? undefined : result.job?.node ?? state.runs.get(result.run)?.host
  const progress = running === undefined ? undefined : progressOf(running.attempt)
  const where = running === undefined ? "" : placeOf(running)
  const reason = joined(where, note)
  return {
    id: instance.id,
    stage: instance.stage.name,
    labels: instance.labels,
    state: status,
    ...(reason === "" ? {} : { reason }),
    ...(key === undefined ? {} : { key }),
    ...(record?.code === undefined ? {} : { code: String(record.code) }),
    ...(result === undefined ? {} : {
      event: {
        seq: result.seq,
        writer: result.writer,
        run: result.run,
        at: result.at,
        ...(host === undefined ? {} : { host })
      },
      seconds: result.seconds,
      threads: result.threads,
      memory: result.memory
    }),
    inputs: [...inputsOf(instance, record)],
    files: filesOf(record),
    outputs: Object.fromEntries(Object.entries(result?.outputs ?? {}).map(([name, { digest }]) => [name, digest])),
    ...(running === undefined ? {} : { since: running.attempt.event.at }),
    ...(progress === undefined ? {} : { progress })
  }
}

/** The view of a study's runs; `alive` says which attempts go on. */
export const runView = Effect.fn("runView")(function*<E, R>(
  session: Session,
  verdicts: ReadonlyMap<string, Verdict>,
  alive: Alive<E, R>
) {
  const { facts: { state }, study: { file, graph, name } } = session
  const found = yield* standings(session, verdicts, graph.instances, alive)
  const instances = graph.instances.map((instance, index) =>
    instanceOf(state, instance, verdicts.get(instance.id)!, found[index]!)
  )
  // The events that the view rests on, not those that came and changed nothing: so the same facts give the same view.
  const seq = graph.instances.reduce((last, { id }, index) =>
    Math.max(
      last,
      instances[index]!.event?.seq ?? 0,
      found[index]!.handed?.seq ?? 0,
      found[index]!.running?.attempt.event.seq ?? 0,
      found[index]!.running?.attempt.progress?.seq ?? 0,
      found[index]!.status === "failed" ? state.failures.get(id)!.seq : 0
    ), 0)
  return { study: name, file, seq, instances } satisfies RunView
})
