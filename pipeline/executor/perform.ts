/** Runs a task in this process: gives the body its inputs, takes its outputs, reads them back and digests them. */
import { open, stat } from "node:fs/promises"
import { resourceUsage } from "node:process"
import type { Output } from "../../schemas/event.ts"
import { type AnyTable, rowCount } from "../../schemas/table.ts"
import { ofFileAside } from "../digest.ts"
import { isMany } from "../graph.ts"
import { tellingMemory } from "../memory.ts"
import type { AnyStage, IO, Labelled, Outputs, Ports, Progress } from "../stage.ts"
import * as TableFile from "../table-file.ts"
import type { Outcome, Task } from "./executor.ts"

const syncFile = async (path: string) => {
  const file = await open(path, "r+")
  await file.sync()
  await file.close()
}

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

const ioOf = (
  stage: AnyStage,
  task: Task,
  written: Set<string>,
  progress: (progress: Progress) => void,
  signal: AbortSignal,
  checks: Checks
): IO<unknown, Ports, Outputs> => {
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
      await TableFile.write(task.drafts[name]!, table, columns)
    }
  ])
  return {
    config: stage.config.parse(task.config),
    read: Object.fromEntries(read),
    paths: task.inputs as never,
    write: Object.fromEntries(write),
    files: task.files,
    acceptances: task.acceptances,
    progress,
    threads: task.threads,
    // A stage that does not say that it uses an engine gets none: the engine would be in no key.
    engine: stage.usesEngine ? task.engine : "",
    signal
  }
}

/** Runs a task to its end. Outputs are synced drafts, checked against their tables, when it returns. */
export const perform = async (
  stage: AnyStage,
  task: Task,
  progress: (progress: Progress) => void,
  signal: AbortSignal
): Promise<Outcome> => {
  const written = new Set<string>()
  const checks: Checks = new Map(Object.entries(task.digests).map(([path, bytes]) => [path, checkObject(path, bytes)]))
  for (const check of checks.values()) check.catch(() => {})
  const { body } = await stage.load()
  try {
    await body(ioOf(stage, task, written, progress, signal, checks) as never)
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
    // At once: the bytes are hashed on another thread, and the disk has its own pace.
    const [bytes, found] = await Promise.all([ofFileAside(path), readBack(), syncFile(path)])
    outputs[name] = { table: table.name, bytes, size: (await stat(path)).size, ...found }
  }
  return { outputs, memory: resourceUsage().maxRSS * 1024 }
}
