/**
 * Runs tasks on a disk of the node's own: inputs are copied there, drafts written there, and copied out when they are done. What is
 * copied in is checked by whoever takes it, as every input is, against the digest it was committed with; what is copied out is read
 * back and checked against the digest it was written with.
 */
import { Effect, Layer } from "effect"
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs"
import * as nodePath from "node:path"
import { ofFileAside } from "../digest.ts"
import { syncFile, system } from "../system-calls.ts"
import { Executor, reasonOf, type Saving, StageBroke, type Task } from "./executor.ts"

/** `$NAME` in a path as the environment has it. */
export const expanded = (
  path: string,
  environment: Readonly<Record<string, string | undefined>> = process.env
): string =>
  path.replace(/\$\{?(\w+)\}?/g, (_, name: string) => {
    const value = environment[name]
    if (value === undefined || value === "") throw new Error(`scratch is ${path}, and ${name} is not set on this node`)
    return value
  })

const copyOut = async (from: string, to: string, bytes: string) => {
  copyFileSync(from, to)
  syncFile(system, to)
  const copied = await ofFileAside(to)
  if (copied !== bytes) throw new Error(`the copy of ${from} to ${to} is not what was written: the disk is damaged`)
}

/** The task with all its files in a folder. */
const staged = (task: Task, folder: string): Task => {
  const local = new Map<string, string>()
  const take = (path: string) => {
    const there = local.get(path)
    if (there !== undefined) return there
    const copy = nodePath.join(folder, `input-${local.size}-${nodePath.basename(path)}`)
    copyFileSync(path, copy)
    local.set(path, copy)
    return copy
  }
  return {
    ...task,
    inputs: Object.fromEntries(
      Object.entries(task.inputs).map(([port, given]) => [
        port,
        typeof given === "string" ? take(given) : given.map(({ labels, value }) => ({ labels, value: take(value) }))
      ])
    ),
    digests: Object.fromEntries(Object.entries(task.digests).map(([path, bytes]) => [take(path), bytes])),
    drafts: Object.fromEntries(
      Object.keys(task.drafts).map((name) => [name, nodePath.join(folder, `${name}.parquet`)])
    ),
    saved: task.saved &&
      Object.fromEntries(
        Object.entries(task.saved).map(([name, { bytes, path }]) => [name, { bytes, path: take(path) }])
      ),
    saving: task.saving && { ...task.saving, folder }
  }
}

/** An executor around another, which sees files below a folder only. */
export const layer = (scratch: string) =>
  Layer.effect(
    Executor,
    Effect.map(Executor, (inner) =>
      Executor.of({
        run: (task, attendant) => {
          const broke = (error: unknown) =>
            new StageBroke({ instance: task.instance, reason: `scratch: ${reasonOf(error)}`, detail: "" })
          const folder = Effect.acquireRelease(
            Effect.try({
              try: () => {
                const parent = expanded(scratch)
                mkdirSync(parent, { recursive: true })
                return mkdtempSync(nodePath.join(parent, "pipeline-"))
              },
              catch: broke
            }),
            (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
          )
          return Effect.scoped(Effect.gen(function*() {
            const here = yield* folder
            const local = yield* Effect.try({ try: () => staged(task, here), catch: broke })
            const save = async ({ drafts, reached }: Saving) => {
              const out: Record<string, Saving["drafts"][string]> = {}
              for (const [name, draft] of Object.entries(drafts)) {
                const path = nodePath.join(task.saving!.folder, nodePath.basename(draft.path))
                await copyOut(draft.path, path, draft.bytes)
                rmSync(draft.path)
                out[name] = { ...draft, path }
              }
              await attendant.save({ drafts: out, reached })
            }
            const outcome = yield* inner.run(local, { ...attendant, save })
            yield* Effect.tryPromise({
              try: async () => {
                for (const [name, { bytes, size }] of Object.entries(outcome.outputs)) {
                  await copyOut(local.drafts[name]!, task.drafts[name]!, bytes)
                  if (statSync(task.drafts[name]!).size !== size) throw new Error(`the copy of ${name} is short`)
                }
              },
              catch: broke
            })
            return outcome
          }))
        }
      }))
  )
