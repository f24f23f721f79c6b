/** Runs stages in this process: for tests and for stages that need no other. */
import { Effect, Layer } from "effect"
import type { AnyStage } from "../stage.ts"
import { brokenBy, Executor, StageBroke } from "./executor.ts"
import { perform } from "./perform.ts"

export const layer = (stages: ReadonlyArray<AnyStage>) => {
  const byName = new Map(stages.map((stage) => [stage.name, stage]))
  return Layer.succeed(
    Executor,
    Executor.of({
      run: (task, progress) =>
        Effect.tryPromise({
          try: (signal) => perform(byName.get(task.stage)!, task, progress, signal),
          catch: (error) => new StageBroke({ instance: task.instance, ...brokenBy(error) })
        })
    })
  )
}
