/**
 * Keys: one line of theory. Two instances with equal key records have equal results, on one machine, and one is run.
 *
 * A key record holds one leaf for everything that may change a result: the stage's name and code, the packages the code
 * imports, each resolved setting, the digest of each input and external file, the shape of the outputs, the tensor
 * engine where numbers depend on it. It never holds a path, a time, a thread count, an attempt or a label of the
 * instance itself.
 */
import type { KeyRecord, LeafValue } from "../schemas/key.ts"
import { labelledLeaf } from "../schemas/leaf.ts"
import type { AnyTable } from "../schemas/table.ts"
import * as Digest from "./digest.ts"
import type { Fingerprint } from "./fingerprint.ts"
import { type Instance, type LabelledRef, type Ref } from "./graph.ts"
import type { Acceptance } from "./stage.ts"

/**
 * Version of the record's form. It must change when the meaning of a leaf changes, and only then; upgrade.ts says what becomes of
 * records of earlier forms.
 */
export const format = 2

/** Splits a value into leaves. Lists of plain values are one leaf: a schedule changes as a whole. */
export const flatten = (
  value: unknown,
  path: string,
  into: Record<string, LeafValue> = {}
): Record<string, LeafValue> => {
  if (Array.isArray(value) && value.some((item) => item !== null && typeof item === "object")) {
    value.forEach((item, index) => flatten(item, `${path}[${index}]`, into))
  } else if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    for (const [name, item] of Object.entries(value)) {
      if (item !== undefined) flatten(item, path === "" ? name : `${path}.${name}`, into)
    }
  } else into[path] = value as LeafValue
  return into
}

const tableLeaf = (table: AnyTable): string =>
  Digest.ofJson("columns/1", [
    table.name,
    ...Object.entries(table.columns).map(([name, { physical }]) => [name, physical])
  ]).slice(0, 16)

export { labelledLeaf }

/** Names the leaf of one external file. */
export const fileLeaf = (group: string, name: string): string => `file.${group}.${name}`

const fingerprintLeaves = (fingerprint: Fingerprint, prefix: string, into: Record<string, LeafValue>) => {
  into[`${prefix}code`] = fingerprint.code
  for (const [name, version] of Object.entries(fingerprint.packages)) into[`${prefix}package.${name}`] = version
}

/** Makes the record of an instance whose inputs are known. */
export const record = (
  instance: Instance,
  known: {
    readonly fingerprint: Fingerprint
    /** The tensor engine in use: counts where the stage uses one. */
    readonly engine: { readonly name: string; readonly fingerprint: Fingerprint }
    readonly input: (ref: Ref) => string
    /** Digest of an external file. */
    readonly file: (path: string) => string
    /** Accepted changes that the inputs rest on, where the stage tells them. */
    readonly acceptances?: ReadonlyArray<Acceptance>
  }
): KeyRecord => {
  const { stage } = instance
  const leaves: Record<string, LeafValue> = { format, stage: stage.name }
  fingerprintLeaves(known.fingerprint, "", leaves)
  for (const [name, table] of Object.entries(stage.outputs)) leaves[`output.${name}`] = tableLeaf(table)
  if (stage.usesEngine) {
    leaves.engine = known.engine.name
    fingerprintLeaves(known.engine.fingerprint, "engine.", leaves)
  }
  if (instance.salt !== undefined) leaves.salt = instance.salt
  flatten(instance.config, "config", leaves)
  for (const [port, given] of Object.entries(instance.inputs)) {
    if (Array.isArray(given)) {
      ;(given as ReadonlyArray<LabelledRef>).forEach(({ labels, ref }, index) => {
        leaves[labelledLeaf(port, index, labels)] = known.input(ref)
      })
    } else leaves[`input.${port}`] = known.input(given as Ref)
  }
  for (const [group, files] of Object.entries(instance.files)) {
    // A stage may depend on the order of its files, and leaves have none.
    leaves[`files.${group}`] = files.map(({ name }) => name)
    for (const { name, path } of files) leaves[fileLeaf(group, name)] = known.file(path)
  }
  known.acceptances?.forEach((acceptance, index) => flatten(acceptance, `accepted[${index}]`, leaves))
  return leaves
}

/** The key of a record. */
export const of = (record: KeyRecord): string => Digest.ofJson("key/1", record)

export interface Change {
  readonly leaf: string
  readonly before: LeafValue | undefined
  readonly after: LeafValue | undefined
}

/** Whether two leaves, or none, are the same. */
export const equal = (a: LeafValue | undefined, b: LeafValue | undefined) =>
  a === b || (a !== undefined && b !== undefined && Digest.canonical(a) === Digest.canonical(b))

/** Leaves that differ, in the order of the newer record, then those that it lacks. */
export const changes = (before: KeyRecord, after: KeyRecord): ReadonlyArray<Change> =>
  [...Object.keys(after), ...Object.keys(before).filter((leaf) => !(leaf in after))]
    .filter((leaf) => !equal(before[leaf], after[leaf]))
    .map((leaf) => ({ leaf, before: before[leaf], after: after[leaf] }))
