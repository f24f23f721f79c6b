/** Checkpoints as other programs read them: for `pipeline export`. */
import { encode } from "../model/safetensors.ts"
import type { Exporter } from "../pipeline/app.ts"
import type { Graph, Instance, Ref } from "../pipeline/graph.ts"
import type { ModelShape } from "../schemas/model.ts"
import type { Columns } from "../schemas/table.ts"
import type { Checkpoint, Files } from "../schemas/tables.ts"
import { effectiveWeights } from "./checkpoint/forward-weights.ts"
import { toHuggingFace } from "./import/hugging-face.ts"
import { Tokenizer } from "./tokenize/tokenizer.ts"

interface Tables {
  readonly checkpoint: Columns<typeof Checkpoint>
  readonly tokenizer: Columns<typeof Files>
}

/** Settings of tokenize, as far as an exported model states them. */
interface TokenizeConfig {
  readonly sequenceLength: number
  readonly tokenizer: { readonly endOfText?: string }
}

/** Shape of the model whose state a checkpoint is taken of. */
const shapeOf = ({ inputs }: Instance, graph: Graph): ModelShape => {
  const { instance } = inputs["state"] as Ref
  return (graph.byId.get(instance)!.config as { readonly model: ModelShape }).model
}

const tokenizeOf = (graph: Graph): Instance => graph.byId.get("tokenize")!

/** A folder that Hugging Face's LlamaForCausalLM loads: effective weights, so that an adapter is merged in. */
const safetensors: Exporter<Tables> = {
  takes: (instance, graph) => {
    if (instance.stage.name !== "checkpoint") {
      throw new Error(`${instance.id} is no checkpoint; safetensors are written of checkpoint/SIZE/ARM/SEED/STEP`)
    }
    const output = ({ id, stage: { outputs } }: Instance, name: string): Ref => ({
      instance: id,
      output: name,
      table: outputs[name]!
    })
    return { checkpoint: output(instance, "checkpoint"), tokenizer: output(tokenizeOf(graph), "tokenizer") }
  },
  files: ({ checkpoint, tokenizer }, instance, graph) => {
    const shape = shapeOf(instance, graph)
    const { sequenceLength, tokenizer: { endOfText } } = tokenizeOf(graph).config as TokenizeConfig
    const json = tokenizer.content[tokenizer.path.indexOf("tokenizer.json")]!
    const { config, tensors } = toHuggingFace(effectiveWeights(checkpoint, shape), shape, {
      context: sequenceLength,
      endOfText: Tokenizer.fromJson(new TextDecoder().decode(json), endOfText).endOfText
    })
    return [
      { name: "config.json", content: new TextEncoder().encode(config) },
      { name: "model.safetensors", content: Buffer.concat(encode(tensors, { format: "pt" })) },
      { name: "tokenizer.json", content: json }
    ]
  }
}

export const exporters = { safetensors }
