/**
 * Runs each task in a worker process, one task a process at a time; idle processes are kept for the next task. A stage
 * that exhausts memory, or a native library that crashes, costs its own task only.
 */
import { Effect, Layer } from "effect"
import { type ChildProcess, fork } from "node:child_process"
import { ranOut } from "../memory.ts"
import { Executor, type Outcome, reasonOf, StageBroke } from "./executor.ts"
import type { FromWorker, ToWorker } from "./worker.ts"

interface Worker {
  readonly child: ChildProcess
  /** The end of what it printed to standard error. */
  readonly tail: () => string
  /** What to do when the process cannot be started or reached; while it is idle, nothing. */
  onError: (error: Error) => void
}

const ignore = () => {}

/** Signals that end a process that does not listen yet, and milliseconds in which this process hears of one sent to both. */
const ending = new Set<NodeJS.Signals>(["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"])
const hearing = 500

const start = (script: string): Worker => {
  const child = fork(script, ["worker"], { serialization: "advanced", stdio: ["ignore", "ignore", "pipe", "ipc"] })
  let printed = ""
  child.stderr?.on("data", (chunk: Buffer) => {
    printed = (printed + chunk.toString()).slice(-4000)
  })
  const worker: Worker = { child, tail: () => printed, onError: ignore }
  child.on("error", (error) => worker.onError(error))
  return worker
}

/** Why a process is no more, by its end and by what it printed. */
const died = (
  code: number | null,
  signal: NodeJS.Signals | null,
  printed: string,
  remedy: string | undefined
): string => {
  if (signal === "SIGKILL") {
    return ranOut("its process was killed (SIGKILL), if by nobody, then since the machine was out of memory", remedy)
  }
  if (/heap out of memory/.test(printed)) return ranOut("its process ended, JavaScript heap out of memory", remedy)
  if (/bad_alloc/.test(printed)) return ranOut("its process ended, std::bad_alloc", remedy)
  return `its process ended early (${signal ?? `exit code ${code}`})`
}

export const layer = (script: string): Layer.Layer<Executor> =>
  Layer.effect(
    Executor,
    Effect.gen(function*() {
      const idle: Array<Worker> = []
      const all = new Set<Worker>()
      const killAll = () => {
        for (const { child } of all) child.kill("SIGKILL")
      }
      // Where this process leaves without ado, no worker shall go on in a native call.
      process.on("exit", killAll)
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          process.off("exit", killAll)
          killAll()
        })
      )
      const take = () => {
        for (let worker = idle.pop(); worker !== undefined; worker = idle.pop()) {
          if (worker.child.connected) return worker
        }
        const worker = start(script)
        all.add(worker)
        worker.child.once("exit", () => all.delete(worker))
        return worker
      }
      return Executor.of({
        run: (task, { progress, remark, save, stop }) =>
          Effect.callback<Outcome, StageBroke>((resume) => {
            const worker = take()
            const { child } = worker
            const send = (message: ToWorker) => void (child.connected && child.send(message))
            const quit = () => {
              child.off("message", onMessage)
              child.off("exit", onExit)
              stop.removeEventListener("abort", onStop)
              worker.onError = ignore
            }
            const finish = (result: Effect.Effect<Outcome, StageBroke>) => {
              quit()
              resume(result)
            }
            const broke = (reason: string, detail: string) =>
              finish(Effect.fail(new StageBroke({ instance: task.instance, reason, detail })))
            const onMessage = (message: FromWorker) => {
              if (message.type === "progress") return progress(message.progress)
              if (message.type === "remark") return remark(message.text)
              if (message.type === "saving") {
                return void save(message.saving).then(
                  () => send({ type: "kept", failure: undefined }),
                  (error: unknown) => send({ type: "kept", failure: reasonOf(error) })
                )
              }
              idle.push(worker)
              if (message.type === "done") finish(Effect.succeed(message.outcome))
              else if (message.type === "stopped") finish(Effect.interrupt)
              else broke(message.reason, message.detail)
            }
            /** A stage that saves is asked to; any other is ended. */
            const onStop = () => {
              if (task.saving !== undefined) return send({ type: "stop" })
              child.kill("SIGKILL")
              finish(Effect.interrupt)
            }
            const onExit = (code: number | null, signal: NodeJS.Signals | null) => {
              const end = () =>
                stop.aborted
                  ? finish(Effect.interrupt)
                  : broke(died(code, signal, worker.tail(), task.remedy), worker.tail())
              // What is sent to all processes at once meets a worker that has just begun, and may reach it before this one.
              if (signal !== null && ending.has(signal)) setTimeout(end, hearing)
              else end()
            }
            child.on("message", onMessage)
            child.once("exit", onExit)
            worker.onError = (error) => broke(`its process cannot be reached: ${error.message}`, worker.tail())
            child.send({ type: "task", task } satisfies ToWorker)
            if (stop.aborted) onStop()
            else stop.addEventListener("abort", onStop, { once: true })
            return Effect.sync(() => {
              quit()
              child.kill("SIGKILL")
            })
          })
      })
    })
  )
