/** How two results of one instance differ, output by output and column by column. */
import { Effect } from "effect"
import type { Output, Payload } from "../schemas/event.ts"
import { compare, type Difference } from "./compare.ts"
import { isPromised, toleranceOf } from "./determinism.ts"
import type { Instance } from "./graph.ts"
import type { AnyStage } from "./stage.ts"
import * as TableFile from "./table-file.ts"

/** Outputs of a result, and the file of each. */
export interface Made {
  readonly outputs: Readonly<Record<string, Output>>
  readonly path: (output: string) => string
}

export interface Different {
  readonly output: string
  /** Columns that differ; none where one of the two tables cannot be read any more. */
  readonly columns: ReadonlyArray<Difference>
  /** Whether the stage promises no more than that. */
  readonly promised: boolean
}

/** Outputs of which the digest of the data differs. `sameMachine`: both were made on one. */
export const differing = Effect.fn("differing")(function*(
  stage: AnyStage,
  before: Made,
  after: Made,
  sameMachine: boolean
) {
  const found: Array<Different> = []
  for (const [output, table] of Object.entries(stage.outputs)) {
    if (before.outputs[output]!.digest === after.outputs[output]!.digest) continue
    const read = ({ path }: Made) => Effect.tryPromise(() => TableFile.read(path(output), table))
    const columns = yield* Effect.all([read(before), read(after)]).pipe(
      Effect.map(([a, b]) => compare(table, a, b, (column) => toleranceOf(stage, output, column))),
      Effect.orElseSucceed(() => [])
    )
    found.push({ output, columns, promised: isPromised(stage, columns, sameMachine) })
  }
  return found
})

/** The event that a key has given another result than before. */
export const resultDiffered = (
  study: string,
  instance: Instance,
  key: string,
  different: ReadonlyArray<Different>
): Payload => ({
  type: "ResultDiffered",
  study,
  instance: instance.id,
  key,
  stage: instance.stage.name,
  promised: different.every(({ promised }) => promised),
  outputs: different.map(({ columns, output }) => ({
    output,
    columns: columns.map(({ beyond, column, relative, rows }) => ({
      column,
      rows,
      beyond,
      // JSON has no infinity.
      relative: relative !== undefined && Number.isFinite(relative) ? relative : null
    }))
  }))
})
