/** The main function of a worker process: takes tasks from its parent one after another, and dies with it. */
import type { App } from "../app.ts"
import type { Progress } from "../stage.ts"
import { brokenBy, type Outcome, type Task } from "./executor.ts"
import { perform } from "./perform.ts"

export type FromWorker =
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "done"; readonly outcome: Outcome }
  | { readonly type: "broke"; readonly reason: string; readonly detail: string }

export const main = (app: App): void => {
  const stages = new Map(app.stages.map((stage) => [stage.name, stage]))
  const send = (message: FromWorker) => void process.send?.(message)
  // Ctrl-C reaches the whole process group: the parent decides what becomes of the worker.
  process.on("SIGINT", () => {})
  process.on("disconnect", () => process.exit(1))
  process.on("message", (task: Task) => {
    const abort = new AbortController()
    perform(stages.get(task.stage)!, task, (progress) => send({ type: "progress", progress }), abort.signal).then(
      (outcome) => send({ type: "done", outcome }),
      (error: unknown) => send({ type: "broke", ...brokenBy(error) })
    )
  })
}
