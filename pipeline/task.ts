/** Resolves an instance whose inputs are in the store to a task that an executor can run. */
import * as nodePath from "node:path"
import type { Output } from "../schemas/event.ts"
import type { Upstream } from "./decide.ts"
import type { Task } from "./executor/executor.ts"
import { type Instance, isMany, type LabelledRef, type Ref, references } from "./graph.ts"
import type { Acceptance } from "./stage.ts"

/** Something of each input, by port. */
const ofInputs = (instance: Instance, upstream: Upstream, of: (output: Output) => string): Task["inputs"] => {
  const value = (ref: Ref) => of(upstream(ref.instance)!.outputs[ref.output]!)
  return Object.fromEntries(
    Object.entries(instance.stage.inputs).map(([name, port]) => {
      const given = instance.inputs[name]!
      return [
        name,
        isMany(port)
          ? (given as ReadonlyArray<LabelledRef>).map(({ labels, ref }) => ({ labels, value: value(ref) }))
          : value(given as Ref)
      ]
    })
  )
}

const digestsOf = (instance: Instance, upstream: Upstream, path: (bytes: string) => string): Task["digests"] =>
  Object.fromEntries(
    references(instance).map(({ instance: id, output }) => {
      const { bytes } = upstream(id)!.outputs[output]!
      return [path(bytes), bytes]
    })
  )

/** The task of an instance. */
export const taskOf = (
  instance: Instance,
  upstream: Upstream,
  how: {
    /** File of an object. */
    readonly path: (bytes: string) => string
    /** Folder for the drafts. */
    readonly folder: string
    /** What an earlier attempt saved. */
    readonly saved?: Task["saved"]
    /** Seconds between two savings of a stage that saves; nothing is saved where it is absent. */
    readonly saveEvery?: number
    readonly threads: number
    readonly engine: string
    /** Accepted changes that the body is told of. */
    readonly acceptances: ReadonlyArray<Acceptance>
  }
): Task => ({
  instance: instance.id,
  stage: instance.stage.name,
  config: instance.config,
  inputs: ofInputs(instance, upstream, ({ bytes }) => how.path(bytes)),
  logical: ofInputs(instance, upstream, ({ digest }) => digest),
  digests: digestsOf(instance, upstream, how.path),
  files: instance.files,
  acceptances: how.acceptances,
  drafts: Object.fromEntries(
    Object.keys(instance.stage.outputs).map((name) => [name, nodePath.join(how.folder, `${name}.parquet`)])
  ),
  saved: how.saved,
  saving: how.saveEvery === undefined || Object.keys(instance.stage.saves).length === 0
    ? undefined
    : { folder: how.folder, every: how.saveEvery },
  threads: how.threads,
  engine: how.engine,
  remedy: instance.memory?.remedy
})
