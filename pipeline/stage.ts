/**
 * A stage: what it is called, what settings and tables it takes, what tables it makes, and where its code is.
 *
 * A declaration and its body are two files. The declaration (this module's `make`) is cheap to load, so that `status`
 * and `plan` start fast. The body is loaded only where it runs, and it alone is fingerprinted: a body is plain
 * TypeScript that imports what makes its numbers and nothing of the engine, so that changing the engine, or a
 * library that only the engine uses, reruns nothing.
 */
import type * as z from "zod"
import type { KeyRecord, LeafValue } from "../schemas/key.ts"
import type { HoldsOperational } from "../schemas/operational.ts"
import type { AnyTable, Columns } from "../schemas/table.ts"

/** What tells instances of one stage apart for a reader: size, arm, seed, step. Labels are never part of a key. */
export type Labels = Readonly<Record<string, string | number>>

/** Any number of tables of one kind, each with labels that the consumer sees (and that are in its key). */
export interface Many<T extends AnyTable> {
  readonly many: T
}
export const many = <T extends AnyTable>(table: T): Many<T> => ({ many: table })

export type Port = AnyTable | Many<AnyTable>
export type Ports = Readonly<Record<string, Port>>
export type Outputs = Readonly<Record<string, AnyTable>>

export interface Labelled<A> {
  readonly labels: Labels
  readonly value: A
}

/** A file outside the store that a stage reads: its digest is in the key, its path is not. */
export interface ExternalFile {
  /** Name by which the stage and the key know the file. */
  readonly name: string
  readonly path: string
}

/** A change of a leaf of an instance's key that somebody accepted: the result of before counts. */
export interface Acceptance {
  readonly instance: string
  readonly leaf: string
  /** Left out where the record had, or has, no such leaf. */
  readonly before?: LeafValue | undefined
  readonly after?: LeafValue | undefined
  readonly reason: string
  readonly author: string
  /** When, ISO 8601. */
  readonly at: string
}

/** How much two numbers may differ by: the larger of `absolute` and `relative` times the larger of the two. */
export interface Tolerance {
  readonly relative?: number
  readonly absolute?: number
}

/** Tolerances of a table's columns; text has none. */
type Tolerances<T extends AnyTable> = {
  readonly [K in keyof T["columns"]]?: T["columns"][K]["physical"] extends "string" | "boolean" ? never : Tolerance
}

/** What two runs of one key may differ by (determinism.ts). Columns hold numbers, or payloads of numbers beside a column `shape`. */
export type Determinism<Out extends Outputs = Outputs> =
  | { readonly class: "bit-exact" }
  /** `seeds`: settings that all that is random follows from. */
  | { readonly class: "seeded"; readonly seeds: ReadonlyArray<string> }
  | {
    readonly class: "tolerance"
    readonly columns: { readonly [O in keyof Out]?: Tolerances<Out[O]> }
  }

export interface Progress {
  readonly done: number
  readonly total: number
  /** Unit of `done` and `total`, e.g. "steps". */
  readonly unit: string
  /** Figures worth watching, e.g. { loss: 5.1, "tokens/s": 21000 }. */
  readonly figures?: Readonly<Record<string, number>>
}

/** Tables in memory by name. */
type Tables<T extends Outputs> = { readonly [K in keyof T]: Columns<T[K]> }

/** What a body is given. `Config` is the stage's semantic settings; everything operational is named here. */
export type IO<Config, In extends Ports, Out extends Outputs, Saves extends Outputs = Record<never, never>> =
  & Given<Config, In, Out>
  & (keyof Saves extends never ? unknown : Saving<Saves>)

interface Given<Config, In extends Ports, Out extends Outputs> {
  readonly config: Config
  /** Reads an input, checked against its table. */
  readonly read: {
    readonly [K in keyof In]: In[K] extends Many<infer T> ? () => Promise<ReadonlyArray<Labelled<Columns<T>>>>
      : In[K] extends AnyTable ? () => Promise<Columns<In[K]>>
      : never
  }
  /** Parquet files of the inputs, for bodies that query them with DuckDB. */
  readonly paths: {
    readonly [K in keyof In]: In[K] extends Many<AnyTable> ? ReadonlyArray<Labelled<string>> : string
  }
  /** Logical digests of the inputs, as the key has them: for bodies that say what their numbers come from. */
  readonly digests: {
    readonly [K in keyof In]: In[K] extends Many<AnyTable> ? ReadonlyArray<Labelled<string>> : string
  }
  /** Writes an output, whole, once. */
  readonly write: { readonly [K in keyof Out]: (columns: Columns<Out[K]>) => Promise<void> }
  /** External files by group. */
  readonly files: Readonly<Record<string, ReadonlyArray<ExternalFile>>>
  /** Accepted changes that the inputs rest on; none unless the stage declares `tellsAcceptances`. */
  readonly acceptances: ReadonlyArray<Acceptance>
  readonly progress: (progress: Progress) => void
  /** Threads the body may keep busy; results do not depend on it. */
  readonly threads: number
  /** Tensor engine to use, its provider included: onnx:cpu, tensorflow; empty unless the stage declares `usesEngine`. */
  readonly engine: string
  /** Aborts when the stage is to stop; one that saves nothing is ended without being asked. */
  readonly signal: AbortSignal
}

/** What the body of a stage that saves its state is given besides. */
export interface Saving<Saves extends Outputs> {
  /** What an earlier attempt of the same key saved last; undefined where none did. The result must not depend on it. */
  readonly saved: () => Promise<Tables<Saves> | undefined>
  /** Whether to save now: some time has gone by since it was last done, or the stage is to stop. */
  readonly saveDue: () => boolean
  /** Keeps a state that a later attempt of the same key can go on from, and how far it got. */
  readonly save: (state: Tables<Saves>, reached: Progress) => Promise<void>
}

export interface Stage<
  Name extends string = string,
  Config extends z.ZodType = z.ZodType,
  In extends Ports = Ports,
  Out extends Outputs = Outputs,
  Saves extends Outputs = Outputs
> {
  readonly name: Name
  /** One sentence for `pipeline show` and the documentation. */
  readonly about: string
  /** Semantic settings: all of them are in the key. */
  readonly config: Config
  readonly inputs: In
  readonly outputs: Out
  /** Tables of the state that the body saves on its way, so that a killed or interrupted attempt costs little. */
  readonly saves: Saves
  /** Whether the engine's name and version are in the key. */
  readonly usesEngine: boolean
  /** Whether the body is told which accepted changes its inputs rest on, to say so; they are in the key then. */
  readonly tellsAcceptances: boolean
  readonly determinism: Determinism<Out>
  /**
   * What becomes of this stage's own leaves in records of an earlier form, by the form they lead on from (upgrade.ts). Without an
   * entry, nothing.
   */
  readonly upgrades: Readonly<Record<number, (record: KeyRecord) => KeyRecord>>
  /** Source file of the body, from the project's root: the entry of its fingerprint. */
  readonly source: string
  readonly load: () => Promise<{ readonly body: (io: IO<z.output<Config>, In, Out, Saves>) => Promise<void> }>
}

/** A stage of which the types are not known: the engine checks what it gives the body at run time. */
export interface AnyStage extends Omit<Stage, "load" | "determinism"> {
  readonly determinism: Determinism
  readonly load: () => Promise<{ readonly body: (io: never) => Promise<void> }>
}

/** What the body of a stage is given: `export const body = async (io: Body<typeof spectra>) => …`. */
export type Body<S> = S extends Stage<string, infer C, infer In, infer Out, infer Saves>
  ? IO<z.output<C>, In, Out, Saves>
  : never

/**
 * What a declaration's `load` gives. Declarations name it, `load: (): Promise<Loaded> => import("./body.ts")`, because a
 * body's type comes from its declaration: inferring the declaration from its body would go in a circle.
 */
export interface Loaded {
  readonly body: (io: never) => Promise<void>
}

/** Refuses settings of a stage that hold an operational one: everything in them is in the key. */
type WithoutOperational<Config extends z.ZodType> = HoldsOperational<z.output<Config>> extends true ? {
    readonly config: "an operational setting (schemas/operational.ts) has no place in a key"
  }
  : unknown

/** Declares a stage. */
export const make = <
  const Name extends string,
  Config extends z.ZodType,
  In extends Ports,
  Out extends Outputs,
  Saves extends Outputs = Record<never, never>
>(
  stage:
    & WithoutOperational<Config>
    & Omit<
      Stage<Name, Config, In, Out, Saves>,
      "usesEngine" | "tellsAcceptances" | "determinism" | "saves" | "upgrades" | "load"
    >
    & {
      readonly load: () => Promise<Loaded>
      readonly usesEngine?: boolean
      readonly tellsAcceptances?: boolean
      readonly determinism?: Determinism<Out>
      readonly saves?: Saves
      readonly upgrades?: Stage["upgrades"]
    }
): Stage<Name, Config, In, Out, Saves> =>
  ({
    usesEngine: false,
    tellsAcceptances: false,
    determinism: { class: "bit-exact" },
    saves: {},
    upgrades: {},
    ...stage
  }) as Stage<Name, Config, In, Out, Saves>
