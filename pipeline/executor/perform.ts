/** Runs a task in this process: gives the body its inputs, takes its outputs, reads them back and digests them. */
import { statSync } from "node:fs"
import * as nodePath from "node:path"
import { resourceUsage } from "node:process"
import type { Output } from "../../schemas/event.ts"
import { type AnyTable, rowCount } from "../../schemas/table.ts"
import { ofFileAside } from "../digest.ts"
import { isMany } from "../graph.ts"
import { tellingMemory } from "../memory.ts"
import type { AnyStage, IO, Labelled, Outputs, Ports, Progress, Saving as StageSaving } from "../stage.ts"
import { syncFile, system, type SystemCalls } from "../system-calls.ts"
import * as TableFile from "../table-file.ts"
import { type Attendant, type Outcome, reasonOf, type Saving, type Task } from "./executor.ts"

/** Checks of inputs that have begun, by path. */
type Checks = ReadonlyMap<string, Promise<void>>

/** Objects are named by their digest (store/store.ts): one that holds other bytes would make wrong numbers silently. */
const checkObject = async (path: string, bytes: string) => {
  if (await ofFileAside(path) !== bytes) {
    throw new Error(
      `${path} does not hold the bytes it was committed with: the disk damaged it, or it was edited. ` +
        "Delete that file and run again: it is made anew"
    )
  }
}

/** Of the time of a stage, saving may take this share at most, unless it is wanted at every occasion. */
const savingShare = 1 / 20

/** The part of a body's IO by which it saves its state, and reads what was saved. */
const savingOf = (
  stage: AnyStage,
  task: Task,
  attendant: Attendant,
  signal: AbortSignal,
  checks: Checks,
  calls: SystemCalls
): StageSaving<Outputs> => {
  const { saving } = task
  const tables = Object.entries(stage.saves)
  // Clocks serve the times of saving alone.
  let next = performance.now() + (saving?.every ?? 0) * 1000
  let count = 0
  return {
    saved: async () => {
      if (task.saved === undefined) return undefined
      try {
        const found: Array<[string, unknown]> = []
        for (const [name, table] of tables) {
          const { bytes, path } = task.saved[name]!
          await checkObject(path, bytes)
          found.push([name, await TableFile.read(path, table)])
        }
        return Object.fromEntries(found) as never
      } catch (error) {
        attendant.remark(`begins anew, since what was saved cannot be used: ${reasonOf(error)}`)
        return undefined
      }
    },
    saveDue: () => saving !== undefined && (signal.aborted || performance.now() >= next),
    save: async (state, reached: Progress) => {
      if (saving === undefined) return
      // What came of a damaged input must not outlive this attempt.
      await Promise.all(checks.values())
      const begun = performance.now()
      count += 1
      try {
        const drafts: Array<[string, Saving["drafts"][string]]> = []
        for (const [name, table] of tables) {
          const path = nodePath.join(saving.folder, `saved-${count}-${name}.parquet`)
          await TableFile.write(path, table, state[name]!, calls)
          syncFile(calls, path)
          drafts.push([name, { table: table.name, bytes: await ofFileAside(path), size: statSync(path).size, path }])
        }
        await attendant.save({ drafts: Object.fromEntries(drafts), reached })
      } catch (error) {
        attendant.remark(`could not save its state: ${reasonOf(error)}`)
      }
      const now = performance.now()
      next = saving.every === 0 ? now : now + Math.max(saving.every * 1000, (now - begun) / savingShare)
    }
  }
}

const ioOf = (
  stage: AnyStage,
  task: Task,
  written: Set<string>,
  attendant: Attendant,
  signal: AbortSignal,
  checks: Checks,
  calls: SystemCalls
): IO<unknown, Ports, Outputs, Outputs> => {
  /** A table, read while its file's bytes are still hashed; damage is told before what reading made of it. */
  const intact = async (path: string, table: AnyTable) => {
    const columns = TableFile.read(path, table)
    columns.catch(() => {})
    await checks.get(path)
    return columns
  }
  const read = Object.entries(stage.inputs).map(([name, port]) => [
    name,
    isMany(port)
      ? async () => {
        const all: Array<unknown> = []
        for (const { labels, value } of task.inputs[name] as ReadonlyArray<Labelled<string>>) {
          all.push({ labels, value: await intact(value, port.many) })
        }
        return all
      }
      : () => intact(task.inputs[name] as string, port)
  ])
  const write = Object.entries(stage.outputs).map(([name, table]) => [
    name,
    async (columns: never) => {
      if (written.has(name)) throw new Error(`output ${name} was written twice`)
      written.add(name)
      await TableFile.write(task.drafts[name]!, table, columns, calls)
    }
  ])
  return {
    config: stage.config.parse(task.config),
    read: Object.fromEntries(read),
    paths: task.inputs as never,
    digests: task.logical as never,
    write: Object.fromEntries(write),
    files: task.files,
    acceptances: task.acceptances,
    progress: attendant.progress,
    threads: task.threads,
    // A stage that does not say that it uses an engine gets none: the engine would be in no key.
    engine: stage.usesEngine ? task.engine : "",
    signal,
    ...savingOf(stage, task, attendant, signal, checks, calls)
  }
}

/** Runs a task to its end. Outputs are synced drafts, checked against their tables, when it returns. */
export const perform = async (
  stage: AnyStage,
  task: Task,
  attendant: Attendant,
  signal: AbortSignal,
  calls = system
): Promise<Outcome> => {
  const written = new Set<string>()
  const checks: Checks = new Map(Object.entries(task.digests).map(([path, bytes]) => [path, checkObject(path, bytes)]))
  for (const check of checks.values()) check.catch(() => {})
  const { body } = await stage.load()
  try {
    await body(ioOf(stage, task, written, attendant, signal, checks, calls) as never)
  } catch (error) {
    throw tellingMemory(error, task.remedy)
  }
  // Also those of inputs that the body read by path, or not at all.
  await Promise.all(checks.values())
  const outputs: Record<string, Output> = {}
  for (const [name, table] of Object.entries(stage.outputs)) {
    const path = task.drafts[name]!
    if (!written.has(name)) throw new Error(`output ${name} was not written`)
    const readBack = async () => {
      const columns = await TableFile.read(path, table)
      return { digest: TableFile.digest(table, columns), rows: rowCount(columns) }
    }
    // At once: the bytes are hashed on another thread.
    const hashed = ofFileAside(path)
    hashed.catch(() => {})
    syncFile(calls, path)
    const found = await readBack()
    outputs[name] = { table: table.name, bytes: await hashed, size: statSync(path).size, ...found }
  }
  return { outputs, memory: resourceUsage().maxRSS * 1024 }
}
