import * as z from "zod"
import * as Stage from "../../pipeline/stage.ts"
import { Checkpoint, Files } from "../../schemas/tables.ts"

/** Reads a model that was trained elsewhere. File groups: model, tokenizer. */
export const imported = Stage.make({
  name: "imported",
  about:
    "Reads a model that was trained elsewhere (llama2.c, or Hugging Face's LLaMA as safetensors), and its tokenizer",
  config: z.strictObject({ format: z.enum(["llama2.c", "safetensors"]) }),
  inputs: {},
  outputs: { checkpoint: Checkpoint, tokenizer: Files },
  source: "stages/import/body.ts",
  load: (): Promise<Stage.Loaded> => import("./body.ts")
})
