/** What the composition root gives the engine: which stages there are and how a study becomes a graph. */
import type { KeyRecord } from "../schemas/key.ts"
import type { Slurm } from "../schemas/slurm.ts"
import type { Graph, Instance, Ref } from "./graph.ts"
import type { AnyStage } from "./stage.ts"

export interface LoadedStudy {
  readonly name: string
  /** Study file as named on the command line. */
  readonly file: string
  readonly graph: Graph
  /** Resolved settings by path, defaults filled in. */
  readonly settings: KeyRecord
  /** Tensor engine that the study asks for, where it does. */
  readonly engine?: string
  /** Resources of jobs, where Slurm runs them. */
  readonly slurm?: Slurm
  /** 1-based line of a setting, or of its nearest parent, in the study file. */
  readonly line: (setting: string) => number | undefined
}

/** One thing that `pipeline doctor` looks at. */
export interface Check {
  readonly name: string
  /** poor: there, but likely to make trouble; absent: optional, and not there; missing: essential, and not there. */
  readonly status: "found" | "poor" | "absent" | "missing"
  /** What is there, or what is wrong. */
  readonly detail: string
  /** How to mend it. */
  readonly remedy?: string
}

/** A tensor engine that a name was found to mean on this machine. */
export interface ResolvedEngine {
  /** As stages are told it. */
  readonly name: string
  /** What numbers depend on: in the key of every stage that uses the engine. */
  readonly identity: string
  /** Why it is not the one that might be expected. */
  readonly note?: string
}

/** Tensor engines, of which the pipeline knows names and identities alone. */
export interface Engines {
  /** Name that is meant where none is given. */
  readonly default: string
  /** Finds what a name means here; fails with an error that has the remedy in it. */
  readonly resolve: (name: string) => Promise<ResolvedEngine>
  /** Fails, with the remedy, where a resolved engine does not compute what it should. */
  readonly prove: (name: string) => Promise<void>
  /** One check an engine; that of the chosen one is essential. */
  readonly checks: (chosen: string) => Promise<ReadonlyArray<Check>>
}

/** Writes results in a form that other programs read. `Tables` are columns by the names that `takes` gives. */
export interface Exporter<Tables = never> {
  /** Outputs that are read for an instance; an error whose message says why where it cannot be exported. */
  readonly takes: (instance: Instance, graph: Graph) => Readonly<Record<string, Ref>>
  /** Files of the folder to write. */
  readonly files: (
    tables: Tables,
    instance: Instance,
    graph: Graph
  ) => ReadonlyArray<{ readonly name: string; readonly content: Uint8Array }>
}

/** How the figures that a stage tells on its way become curves that go on from instance to instance. */
export interface Curves {
  /** The curve that an instance's figures belong to, and what its progress is counted from; undefined where they make none. */
  readonly of: (instance: Instance) => { readonly series: string; readonly from: number } | undefined
  /** Output that holds the figures of every step once the instance is done, its column for the steps, and that of each figure. */
  readonly output: string
  readonly steps: string
  readonly figures: Readonly<Record<string, string>>
}

export interface App {
  /** Name of the program, and the licence (SPDX) of what it makes: exports of provenance name them. */
  readonly name?: string
  readonly license?: string
  readonly version: string
  readonly stages: ReadonlyArray<AnyStage>
  readonly engines: Engines
  readonly defaultStudy: string
  /** Reads a study; fails with an error whose message lists every mistake. */
  readonly load: (file: string) => LoadedStudy
  /** File with the fingerprints that the build wrote. */
  readonly fingerprints: string
  /** Script that a worker process runs, with "worker" as its argument. */
  readonly script: string
  /** Measures in about a second how many floating-point operations a second an engine may be expected to do here. */
  readonly rate?: (engine: string, threads: number) => Promise<number>
  /** Curves to watch while a run goes on; without them each instance's figures are a curve of their own. */
  readonly curves?: Curves
  /** Forms of `pipeline export`, by name. */
  readonly exporters?: Readonly<Record<string, Exporter>>
  /** What else a machine needs: the application's data, say. */
  readonly checks?: () => ReadonlyArray<Check> | Promise<ReadonlyArray<Check>>
}
