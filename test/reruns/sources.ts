/** A copy of the project's sources that a test may edit, and the key records that the edited sources give. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { rolldown } from "rolldown"
import type { Definitions } from "../../pipeline/code.ts"
import type { Fingerprint } from "../../pipeline/fingerprint.ts"
import type { KeyRecord } from "../../schemas/key.ts"
import { textModules } from "../../scripts/text-modules.mjs"

export const project = fileURLToPath(new URL("../..", import.meta.url))

const built = await import(new URL("../../scripts/fingerprint.mjs", import.meta.url).href) as {
  readonly fingerprint: (root: string, source: string) => Promise<Fingerprint>
  readonly stageSources: (root: string) => ReadonlyArray<string>
  readonly engineSources: (root: string) => Readonly<Record<string, string>>
  readonly isPackage: (specifier: string) => boolean
  readonly lockedVersion: (root: string, name: string) => string
}
export const { engineSources, fingerprint, lockedVersion, stageSources } = built
export const { definitions } = await import(new URL("../../scripts/definitions.mjs", import.meta.url).href) as {
  readonly definitions: (root: string, source: string) => Promise<Definitions>
}

export type Fingerprints = Readonly<Record<string, Fingerprint>>
export type Records = Readonly<Record<string, KeyRecord>>

/** Entry of what is bundled from the edited sources: from a study file to the key records of all its instances. */
const entry = `
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { dirname } from "node:path"
import * as Key from "./pipeline/key.ts"
import { readStudy } from "./stages/study-file.ts"
import { graphOf } from "./stages/study.ts"

const sha256 = (text) => createHash("sha256").update(text).digest("hex")
const digests = new Map()
const file = (path) => {
  if (!digests.has(path)) digests.set(path, sha256(readFileSync(path)))
  return digests.get(path)
}

/** Outputs stand for the keys that made them: a key that changes changes every key after it. */
export const records = (study, fingerprints, engine) => {
  const keys = new Map()
  return Object.fromEntries(graphOf(readStudy(study).study, { folder: dirname(study) }).instances.map((instance) => {
    const record = Key.record(instance, {
      fingerprint: fingerprints[instance.stage.source],
      engine: { name: engine.name, fingerprint: fingerprints[engine.source] },
      input: ({ instance, output }) => sha256(keys.get(instance) + output),
      file
    })
    keys.set(instance.id, Key.of(record))
    return [instance.id, record]
  }))
}
`

export interface Sources {
  readonly root: string
  readonly path: (file: string) => string
  readonly read: (file: string) => string
  readonly write: (file: string, text: string) => void
  readonly remove: (file: string) => void
  readonly rename: (from: string, to: string) => void
  /** Puts back what was written and removed. */
  readonly restore: () => void
  /** Fingerprints of all stages and engines, or of those named by their sources. */
  readonly fingerprints: (only?: ReadonlyArray<string>) => Promise<Fingerprints>
  /** Key records of every instance of a study, by the sources as they now are. */
  readonly records: (study: string, known?: { readonly engine?: string }) => Promise<Records>
  readonly dispose: () => void
}

interface Engine {
  readonly name: string
  /** Source of its entry. */
  readonly source: string
}

interface Built {
  readonly fingerprints: Fingerprints
  readonly records: (study: string, fingerprints: Fingerprints, engine: Engine) => Records
}

/** Copies the sources into a folder of their own; packages are links, so that one can be replaced. */
export const copySources = (): Sources => {
  const root = mkdtempSync(join(tmpdir(), "relora-pipeline-reruns-"))
  const ignored = new Set([".git", "node_modules", "dist", "artifacts"])
  for (const name of readdirSync(project)) {
    if (!ignored.has(name)) cpSync(join(project, name), join(root, name), { recursive: true })
  }
  mkdirSync(join(root, "node_modules"))
  for (const name of readdirSync(join(project, "node_modules"))) {
    if (name.startsWith("@")) {
      mkdirSync(join(root, "node_modules", name))
      for (const scoped of readdirSync(join(project, "node_modules", name))) {
        symlinkSync(join(project, "node_modules", name, scoped), join(root, "node_modules", name, scoped))
      }
    } else symlinkSync(join(project, "node_modules", name), join(root, "node_modules", name))
  }
  writeFileSync(join(root, "records-of-a-study.ts"), entry)
  let bundles = 0
  /** What the sources gave as they are in the project: edits of studies alone need no other. */
  let untouched: Built | undefined
  const before = new Map<string, string | undefined>()
  const path = (file: string) => join(root, file)
  const read = (file: string) => readFileSync(path(file), "utf8")
  const remember = (file: string) => {
    if (before.has(file)) return
    try {
      before.set(file, read(file))
    } catch {
      before.set(file, undefined)
    }
  }
  const write = (file: string, text: string) => {
    remember(file)
    mkdirSync(dirname(path(file)), { recursive: true })
    writeFileSync(path(file), text)
  }
  const remove = (file: string) => {
    remember(file)
    rmSync(path(file), { recursive: true, force: true })
  }
  const everything = () => [...stageSources(root), ...Object.values(engineSources(root))]
  const fingerprints: Sources["fingerprints"] = async (only = everything()) =>
    Object.fromEntries(
      await Promise.all(only.map(async (source) => [source, await fingerprint(root, source)] as const))
    )
  const build = async (): Promise<Built> => {
    const bundle = await rolldown({
      input: path("records-of-a-study.ts"),
      platform: "node",
      external: built.isPackage,
      plugins: [textModules()],
      logLevel: "warn",
      cwd: root
    })
    const file = path(`records-${++bundles}.mjs`)
    await bundle.write({ file, format: "esm", codeSplitting: false })
    await bundle.close()
    const { records } = await import(/* @vite-ignore */ pathToFileURL(file).href) as Pick<Built, "records">
    return { records, fingerprints: await fingerprints() }
  }
  return {
    root,
    path,
    read,
    write,
    remove,
    rename: (from, to) => {
      write(to, read(from))
      remove(from)
    },
    restore: () => {
      for (const [file, text] of before) {
        if (text === undefined) rmSync(path(file), { recursive: true, force: true })
        else writeFileSync(path(file), text)
      }
      before.clear()
    },
    fingerprints,
    records: async (study, { engine = "onnx" } = {}) => {
      const touched = [...before.keys()].some((file) => !file.startsWith("studies/"))
      const built = touched || untouched === undefined ? await build() : untouched
      if (!touched) untouched = built
      return built.records(study, built.fingerprints, { name: engine, source: engineSources(root)[engine]! })
    },
    dispose: () => rmSync(root, { recursive: true, force: true })
  }
}
