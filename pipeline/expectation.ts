/** What the rest of a graph needs of an instance's outputs. */
import { Schema } from "effect"
import type { Verdict } from "./decide.ts"
import type { Instance } from "./graph.ts"
import type { Success } from "./journal/fold.ts"

/** A result that is what its key says, and too little for what is to be made of it. */
export class TooLittle extends Schema.TaggedError<TooLittle>()("TooLittle", {
  instance: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.instance}: ${this.reason}`
  }
}

/** What a result lacks, if anything. */
export const lacking = (instance: Instance, { outputs }: Success): TooLittle | undefined => {
  const unmet = instance.expects.find(({ output, rows }) => outputs[output]!.rows < rows)
  return unmet && new TooLittle({ instance: instance.id, reason: unmet.otherwise(outputs[unmet.output]!.rows) })
}

/** Results that are there and lack something: nothing that takes from them will run. */
export const lackingAmong = (
  instances: ReadonlyArray<Instance>,
  verdicts: ReadonlyMap<string, Verdict>
): ReadonlyArray<TooLittle> =>
  instances.flatMap((instance) => {
    const verdict = verdicts.get(instance.id)!
    return verdict.status === "fresh" ? lacking(instance, verdict.result) ?? [] : []
  })
