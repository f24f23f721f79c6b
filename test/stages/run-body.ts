/** Runs a stage's body on tables in memory. */
import type * as z from "zod"
import type { IO, Outputs, Ports, Progress, Stage } from "../../pipeline/stage.ts"
import { type AnyTable, type Columns, rowCount } from "../../schemas/table.ts"

export interface Ran<Out extends Outputs> {
  readonly outputs: { readonly [K in keyof Out]: Columns<Out[K]> }
  readonly progress: ReadonlyArray<Progress>
}

/**
 * What a body writes, given its configuration and its inputs. Checks that every output is written once, with all of its
 * table's columns, equally long.
 */
export const runBody = async <C extends z.ZodType, In extends Ports, Out extends Outputs>(
  stage: Stage<string, C, In, Out>,
  body: (io: IO<z.output<C>, In, Out>) => Promise<void>,
  config: z.input<C>,
  inputs: { readonly [K in keyof In]: Awaited<ReturnType<IO<z.output<C>, In, Out>["read"][K]>> },
  signal = new AbortController().signal
): Promise<Ran<Out>> => {
  const outputs: Record<string, Columns<AnyTable>> = {}
  const progress: Array<Progress> = []
  const io = {
    config: stage.config.parse(config),
    read: Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, () => Promise.resolve(value)])),
    paths: {},
    digests: {},
    write: Object.fromEntries(
      Object.entries(stage.outputs).map(([name, table]) => [name, async (columns: Columns<AnyTable>) => {
        if (outputs[name]) throw new Error(`${stage.name} writes ${name} twice`)
        for (const column of Object.keys(table.columns)) {
          if (columns[column]?.length !== rowCount(columns)) throw new Error(`${name}.${column} is not of equal length`)
        }
        outputs[name] = columns
      }])
    ),
    files: {},
    progress: (made: Progress) => void progress.push(made),
    threads: 1,
    engine: "reference",
    signal
  }
  await body(io as never)
  for (const name of Object.keys(stage.outputs)) {
    if (!outputs[name]) throw new Error(`${stage.name} never writes ${name}`)
  }
  return { outputs: outputs as never, progress }
}
