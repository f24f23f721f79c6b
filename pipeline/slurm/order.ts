/**
 * An order: all that a job needs to know to make an instance, so that it does not read the study, which may be edited while the
 * job waits. Orders of one submission lie in <store>/slurm/SUBMISSION.json.
 */
import * as nodePath from "node:path"
import * as z from "zod"
import { Output } from "../../schemas/event.ts"
import { KeyRecord, Leaf } from "../../schemas/key.ts"
import type { Upstream } from "../decide.ts"
import { type Instance, type LabelledRef, type Ref, references } from "../graph.ts"
import type { Acceptance, AnyStage } from "../stage.ts"

/** Version of the form. */
const form = 1

const RefOf = z.object({ instance: z.string(), output: z.string() })
const Labels = z.record(z.string(), z.union([z.string(), z.number()]))
const Change = z.object({
  instance: z.string(),
  leaf: z.string(),
  before: Leaf.optional(),
  after: Leaf.optional(),
  reason: z.string(),
  author: z.string(),
  at: z.string()
})

const Order = z.object({
  instance: z.string(),
  stage: z.string(),
  labels: Labels,
  config: z.unknown(),
  inputs: z.record(z.string(), z.union([z.array(z.object({ labels: Labels, ref: RefOf })), RefOf])),
  files: z.record(z.string(), z.array(z.object({ name: z.string(), path: z.string() }))),
  flops: z.number(),
  memory: z.object({ bytes: z.number(), remedy: z.string() }).optional(),
  key: z.string(),
  record: KeyRecord,
  /** Accepted changes that the body is told of. */
  told: z.array(Change),
  /** Outputs of the instances that it takes from. */
  upstream: z.record(z.string(), z.record(z.string(), Output)),
  /** Whether it is to be made though it has been made before. */
  forced: z.boolean()
})
export type Order = z.output<typeof Order>

const Submission = z.object({
  form: z.literal(form),
  run: z.string(),
  study: z.string(),
  /** Events of the jobs come after this one. */
  after: z.int(),
  engine: z.string(),
  /** Identity of the engine, as keys have it. */
  identity: z.string(),
  saveEvery: z.number(),
  threads: z.int().optional(),
  /** Folder on the node's own disk. */
  scratch: z.string().optional(),
  /** Whether the job is to be requeued when it was stopped ahead of its time limit. */
  requeues: z.boolean(),
  tasks: z.array(z.array(Order))
})
export type Submission = Omit<z.output<typeof Submission>, "form">

export const folderOf = (root: string) => nodePath.join(root, "slurm")
export const fileOf = (root: string, submission: string) => nodePath.join(folderOf(root), `${submission}.json`)
export const scriptOf = (root: string, submission: string) => nodePath.join(folderOf(root), `${submission}.sh`)
/** What a job printed: `%a` stands for the number of an array's element, as Slurm has it. */
export const outputOf = (root: string, submission: string, task: number | "%a" | undefined) =>
  nodePath.join(folderOf(root), `${submission}${task === undefined ? "" : `_${task}`}.out`)

export const encode = (submission: Submission): string => `${JSON.stringify({ form, ...submission })}\n`
export const decode = (text: string): Submission => Submission.parse(JSON.parse(text))

const bare = ({ instance, output }: Ref) => ({ instance, output })

/** The order of an instance whose inputs are known. */
export const orderOf = (
  instance: Instance,
  made: {
    readonly key: string
    readonly record: KeyRecord
    readonly told: ReadonlyArray<Acceptance>
    readonly forced: boolean
  },
  upstream: Upstream
): Order => ({
  instance: instance.id,
  stage: instance.stage.name,
  labels: instance.labels,
  config: instance.config,
  inputs: Object.fromEntries(
    Object.entries(instance.inputs).map(([port, given]) => [
      port,
      Array.isArray(given)
        ? (given as ReadonlyArray<LabelledRef>).map(({ labels, ref }) => ({ labels, ref: bare(ref) }))
        : bare(given as Ref)
    ])
  ),
  files: Object.fromEntries(Object.entries(instance.files).map(([group, files]) => [group, [...files]])),
  flops: instance.flops,
  ...(instance.memory === undefined ? {} : { memory: instance.memory }),
  key: made.key,
  record: made.record,
  told: [...made.told],
  upstream: Object.fromEntries(
    references(instance).map((ref) => [ref.instance, { ...upstream(ref.instance)!.outputs }])
  ),
  forced: made.forced
})

/** The instance that an order is about, as far as making it needs to know. */
export const instanceOf = (order: Order, stage: AnyStage): Instance => {
  const ref = ({ instance, output }: { readonly instance: string; readonly output: string }): Ref => ({
    instance,
    output,
    table: { name: output, about: "", columns: {} }
  })
  return {
    id: order.instance,
    stage,
    labels: order.labels,
    config: order.config,
    inputs: Object.fromEntries(
      Object.entries(order.inputs).map(([port, given]) => [
        port,
        Array.isArray(given) ? given.map(({ labels, ref: one }) => ({ labels, ref: ref(one) })) : ref(given)
      ])
    ),
    files: order.files,
    origins: {},
    flops: order.flops,
    traffic: 0,
    size: undefined,
    memory: order.memory,
    expects: []
  }
}
