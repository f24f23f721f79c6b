/**
 * The graph of stage instances of one study.
 *
 * An instance may take only what an earlier instance gave, as a typed reference, so a graph is in topological order
 * and without circles by construction, and a reference to the wrong kind of table does not compile.
 */
import type * as z from "zod"
import type { AnyTable } from "../schemas/table.ts"
import type { AnyStage, ExternalFile, Labels, Many, Outputs, Port, Ports, Stage } from "./stage.ts"

/** One output of one instance. */
export interface Ref<T extends AnyTable = AnyTable> {
  readonly instance: string
  readonly output: string
  readonly table: T
}

export interface LabelledRef<T extends AnyTable = AnyTable> {
  readonly labels: Labels
  readonly ref: Ref<T>
}

/** What the ports of a stage take. */
export type Wiring<In extends Ports> = {
  readonly [K in keyof In]: In[K] extends Many<infer T> ? ReadonlyArray<LabelledRef<T>>
    : In[K] extends AnyTable ? Ref<In[K]>
    : never
}

/** What an instance gives. */
export type Given<Out extends Outputs> = { readonly [K in keyof Out]: Ref<Out[K]> }

export interface Instance {
  /** Stage and labels, e.g. pretrain/nano/relora/42/0-100. */
  readonly id: string
  readonly stage: AnyStage
  readonly labels: Labels
  /** Checked against the stage's schema when added. */
  readonly config: unknown
  readonly inputs: Readonly<Record<string, Ref | ReadonlyArray<LabelledRef>>>
  readonly files: Readonly<Record<string, ReadonlyArray<ExternalFile>>>
  /** Where settings come from in the study: config path → study path, e.g. { "method": "arms.relora" }; `salt` too. */
  readonly origins: Readonly<Record<string, string>>
  /** Disowns results that were made under another salt, or none. */
  readonly salt?: string
  /** Rough work to expect, in floating-point operations; for order and for estimates, never in a key. */
  readonly flops: number
  /** Bytes to expect to be moved between processor and memory, where the stage's speed may hang on it; likewise. */
  readonly traffic: number
  /** Bytes of outputs to expect; likewise. */
  readonly size: number | undefined
  /** Memory to expect, so that it is not begun where there is too little; never in a key. */
  readonly memory: Memory | undefined
  /** What the rest of the graph needs of its outputs: looked at when they are known, never in a key. */
  readonly expects: ReadonlyArray<Expectation>
}

/** Memory that an instance is expected to take. */
export interface Memory {
  readonly bytes: number
  /** What to do where that is too much, in words that follow "to need less": names settings. */
  readonly remedy: string
}

/** Least rows of an output. */
export interface Expectation {
  readonly output: string
  readonly rows: number
  /** What to say of fewer. */
  readonly otherwise: (rows: number) => string
}

export interface Graph {
  /** In topological order. */
  readonly instances: ReadonlyArray<Instance>
  readonly byId: ReadonlyMap<string, Instance>
}

export class MiswiredGraph extends Error {
  override readonly name = "MiswiredGraph"
}

export const isMany = (port: Port): port is Many<AnyTable> => "many" in port

/** References an instance depends on, in the order of its ports. */
export const references = (instance: Instance): ReadonlyArray<Ref> =>
  Object.values(instance.inputs).flatMap((input) =>
    Array.isArray(input) ? (input as ReadonlyArray<LabelledRef>).map(({ ref }) => ref) : [input as Ref]
  )

export interface Builder {
  /** Adds an instance and returns its outputs. */
  readonly add: <
    Name extends string,
    Config extends z.ZodType,
    In extends Ports,
    Out extends Outputs,
    Saves extends Outputs
  >(
    stage: Stage<Name, Config, In, Out, Saves>,
    instance: {
      /** What follows the stage's name in the id, e.g. ["nano", "relora", 42]. */
      readonly path?: ReadonlyArray<string | number>
      readonly labels?: Labels
      readonly config: z.input<Config>
      readonly inputs: Wiring<In>
      readonly files?: Readonly<Record<string, ReadonlyArray<ExternalFile>>>
      readonly origins?: Readonly<Record<string, string>>
      readonly flops?: number
      readonly traffic?: number
      readonly size?: number
      readonly memory?: Memory
      readonly expects?: ReadonlyArray<Expectation>
    }
  ) => Given<Out>
  readonly build: () => Graph
}

/** The salt of a stage's instances, and the study path that it comes from. */
export interface Salt {
  readonly value: string
  readonly origin: string
}

/** Starts an empty graph. `saltOf` gives the salt of a stage, where it has one. */
export const builder = (saltOf: (stage: string) => Salt | undefined = () => undefined): Builder => {
  const instances: Array<Instance> = []
  const byId = new Map<string, Instance>()
  const add: Builder["add"] = (stage, instance) => {
    const id = [stage.name, ...(instance.path ?? [])].join("/")
    if (byId.has(id)) throw new MiswiredGraph(`two instances are called ${id}`)
    const salt = saltOf(stage.name)
    const added: Instance = {
      id,
      stage,
      labels: instance.labels ?? {},
      config: stage.config.parse(instance.config),
      inputs: instance.inputs as Instance["inputs"],
      files: instance.files ?? {},
      origins: { ...instance.origins, ...(salt && { salt: salt.origin }) },
      ...(salt && { salt: salt.value }),
      flops: instance.flops ?? 0,
      traffic: instance.traffic ?? 0,
      size: instance.size,
      memory: instance.memory,
      expects: instance.expects ?? []
    }
    for (const [name, port] of Object.entries(stage.inputs)) {
      const given = added.inputs[name]
      if (given === undefined) throw new MiswiredGraph(`${id} lacks its input ${name}`)
      if (isMany(port) !== Array.isArray(given)) throw new MiswiredGraph(`${id} takes another number of ${name}`)
    }
    for (const [group, files] of Object.entries(added.files)) {
      const names = new Set<string>()
      for (const { name } of files) {
        if (names.has(name)) throw new MiswiredGraph(`${id} takes two files called ${name} in group ${group}`)
        names.add(name)
      }
    }
    for (const ref of references(added)) {
      if (!byId.has(ref.instance)) {
        throw new MiswiredGraph(`${id} takes from ${ref.instance}, which is not in the graph`)
      }
    }
    instances.push(added)
    byId.set(id, added)
    return Object.fromEntries(
      Object.entries(stage.outputs).map(([output, table]) => [output, { instance: id, output, table }])
    ) as never
  }
  return { add, build: () => ({ instances, byId }) }
}
