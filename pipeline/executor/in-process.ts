/** Runs stages in this process: for tests and for stages that need no other. */
import { Effect, Layer } from "effect"
import type { AnyStage } from "../stage.ts"
import { system } from "../system-calls.ts"
import { brokenBy, Executor, StageBroke } from "./executor.ts"
import { perform } from "./perform.ts"

export const layer = (stages: ReadonlyArray<AnyStage>, calls = system) => {
  const byName = new Map(stages.map((stage) => [stage.name, stage]))
  return Layer.succeed(
    Executor,
    Executor.of({
      run: (task, attendant) => {
        const stage = byName.get(task.stage)!
        const { stop } = attendant
        const performed = Effect.tryPromise({
          try: (signal) => perform(stage, task, attendant, AbortSignal.any([signal, stop]), calls),
          catch: (error) => error
        }).pipe(
          Effect.catch((error) =>
            stop.aborted && error === stop.reason
              ? Effect.interrupt
              : Effect.fail(new StageBroke({ instance: task.instance, ...brokenBy(error) }))
          )
        )
        if (Object.keys(stage.saves).length > 0) return performed
        // It would save nothing: there is no use in waiting for it to look at its signal.
        const stopped = Effect.callback<never>((resume) => {
          const onStop = () => resume(Effect.interrupt)
          if (stop.aborted) onStop()
          stop.addEventListener("abort", onStop, { once: true })
          return Effect.sync(() => stop.removeEventListener("abort", onStop))
        })
        return Effect.raceFirst(performed, stopped)
      }
    })
  )
}
