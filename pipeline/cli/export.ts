import { Console, Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { exportProvenance, isProvenance, provenanceFormats } from "./export-provenance.ts"
import { exportResult } from "./export-result.ts"
import * as Format from "./format.ts"
import { inStore, open } from "./session.ts"

export const exporting = Command.make(
  "export",
  {
    what: Argument.String("what").pipe(
      Argument.withDescription(
        "Instance, e.g. checkpoint/nano/full-rank/42/400 or report; of provenance also a run's id"
      )
    ),
    format: Flag.String("format").pipe(
      Flag.withMetavar("NAME"),
      Flag.withDescription(
        "safetensors: weights, config.json and tokenizer.json as Hugging Face has them; ro-crate, prov-json, openlineage: where " +
          "it comes from, back to data and code"
      ),
      Flag.withDefault("safetensors")
    ),
    to: Flag.String("to").pipe(
      Flag.withMetavar("PATH"),
      Flag.withDescription(
        "Folder to write to, of prov-json and openlineage the file (default: export, and below it the instance's path)"
      ),
      Flag.withDefault("")
    ),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))
  },
  Effect.fn(function*({ format, json, to, what }) {
    const session = yield* open()
    const written = yield* (isProvenance(format)
      ? exportProvenance(session, what, format, to)
      : exportResult(session, what, format, to))
    if (json) return yield* Console.log(JSON.stringify(written, null, 2))
    for (const { bytes, file } of written.files) yield* Console.log(`${file}  ${Format.bytes(bytes)}`)
  }, inStore)
).pipe(
  Command.withDescription("Writes a result, or where it comes from, in a form that other programs read"),
  Command.withExamples([
    {
      command: "pipeline export checkpoint/nano/full-rank/42/400 --to a-llama",
      description: "A model that transformers loads by LlamaForCausalLM.from_pretrained(\"a-llama\")"
    },
    {
      command: "pipeline export report --format ro-crate --to a-crate",
      description: `The report with its provenance, as a Workflow Run RO-Crate; others: ${provenanceFormats.join(", ")}`
    }
  ])
)
