/** Runs a task in this process: gives the body its inputs, takes its outputs, reads them back and digests them. */
import { open, stat } from "node:fs/promises"
import { resourceUsage } from "node:process"
import type { Output } from "../../schemas/event.ts"
import { rowCount } from "../../schemas/table.ts"
import { ofFile } from "../digest.ts"
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

/** Objects are named by their digest (store/store.ts): one that holds other bytes would make wrong numbers silently. */
const checkObject = (path: string, bytes: string) => {
  if (ofFile(path) !== bytes) {
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
  signal: AbortSignal
): IO<unknown, Ports, Outputs> => {
  const read = Object.entries(stage.inputs).map(([name, port]) => [
    name,
    isMany(port)
      ? async () => {
        const all: Array<unknown> = []
        for (const { labels, value } of task.inputs[name] as ReadonlyArray<Labelled<string>>) {
          all.push({ labels, value: await TableFile.read(value, port.many) })
        }
        return all
      }
      : () => TableFile.read(task.inputs[name] as string, port)
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
    engine: task.engine,
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
  for (const [path, bytes] of Object.entries(task.digests)) checkObject(path, bytes)
  const { body } = await stage.load()
  try {
    await body(ioOf(stage, task, written, progress, signal) as never)
  } catch (error) {
    throw tellingMemory(error, task.remedy)
  }
  const outputs: Record<string, Output> = {}
  for (const [name, table] of Object.entries(stage.outputs)) {
    const path = task.drafts[name]!
    if (!written.has(name)) throw new Error(`output ${name} was not written`)
    const columns = await TableFile.read(path, table)
    await syncFile(path)
    outputs[name] = {
      table: table.name,
      digest: TableFile.digest(table, columns),
      bytes: ofFile(path),
      size: (await stat(path)).size,
      rows: rowCount(columns)
    }
  }
  return { outputs, memory: resourceUsage().maxRSS * 1024 }
}
