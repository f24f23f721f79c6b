/** The main function of a worker process: takes tasks from its parent one after another, and dies with it. */
import type { App } from "../app.ts"
import type { Progress } from "../stage.ts"
import { brokenBy, type Outcome, type Saving, type Task } from "./executor.ts"
import { perform } from "./perform.ts"

export type ToWorker =
  | { readonly type: "task"; readonly task: Task }
  /** Stop when your state is saved. */
  | { readonly type: "stop" }
  /** What you saved is kept, or could not be. */
  | { readonly type: "kept"; readonly failure: string | undefined }

export type FromWorker =
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "saving"; readonly saving: Saving }
  | { readonly type: "remark"; readonly text: string }
  | { readonly type: "done"; readonly outcome: Outcome }
  | { readonly type: "stopped" }
  | { readonly type: "broke"; readonly reason: string; readonly detail: string }

/** Signals that end a process. A terminal, or a scheduler, sends them to the whole process group. */
const ending = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const

export const main = (app: App): void => {
  const stages = new Map(app.stages.map((stage) => [stage.name, stage]))
  const send = (message: FromWorker) => void process.send?.(message)
  let stop = new AbortController()
  let kept: (failure: string | undefined) => void = () => {}
  const save = (saving: Saving) =>
    new Promise<void>((resolve, reject) => {
      kept = (failure) => failure === undefined ? resolve() : reject(new Error(failure))
      send({ type: "saving", saving })
    })
  const work = (task: Task) => {
    stop = new AbortController()
    const { signal } = stop
    perform(
      stages.get(task.stage)!,
      task,
      {
        progress: (progress) => send({ type: "progress", progress }),
        remark: (text) => send({ type: "remark", text }),
        save,
        stop: signal
      },
      signal
    ).then(
      (outcome) => send({ type: "done", outcome }),
      (error: unknown) =>
        send(signal.aborted && error === signal.reason ? { type: "stopped" } : { type: "broke", ...brokenBy(error) })
    )
  }
  // The parent decides what becomes of the worker.
  for (const signal of ending) process.on(signal, () => {})
  process.on("disconnect", () => process.exit(1))
  process.on("message", (message: ToWorker) => {
    if (message.type === "task") work(message.task)
    else if (message.type === "stop") stop.abort()
    else kept(message.failure)
  })
}
