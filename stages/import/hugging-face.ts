/** Hugging Face's form of a LLaMA: config.json, and safetensors by its names. */
import { elements, headWidth, type Parameter, parameters } from "../../model/parameters.ts"
import type { ExchangedTensor } from "../../model/safetensors.ts"
import { ModelShape } from "../../schemas/model-shape.ts"

const layerNames: Readonly<Record<string, string>> = {
  "attention_norm": "input_layernorm",
  "attention.q_proj": "self_attn.q_proj",
  "attention.k_proj": "self_attn.k_proj",
  "attention.v_proj": "self_attn.v_proj",
  "attention.o_proj": "self_attn.o_proj",
  "swiglu_norm": "post_attention_layernorm",
  "swiglu.w_0": "mlp.gate_proj",
  "swiglu.w_1": "mlp.up_proj",
  "swiglu.w_2": "mlp.down_proj"
}
const outerNames: Readonly<Record<string, string>> = {
  embedding_proj: "model.embed_tokens",
  output_norm: "model.norm",
  de_embedding_proj: "lm_head"
}

/** Name of a parameter there. */
export const huggingFaceName = (name: string): string => {
  const [, layer, kind] = /^layers\.(\d+)\.(.+)$/.exec(name) ?? []
  return `${kind === undefined ? outerNames[name] : `model.layers.${layer}.${layerNames[kind]}`}.weight`
}

/**
 * Rotary embedding turns neighbouring rows of a head's queries and keys here, as in Meta's code, and rows half a head
 * apart there. Place, within a head of K rows, of row i in the other order.
 */
const halvesOf = (i: number, K: number): number => (i % 2) * (K / 2) + Math.floor(i / 2)

/** Rows of a query or key matrix in the other order. */
const reordered = (values: Float32Array, { shape: [rows, columns] }: Parameter, K: number, toHalves: boolean) => {
  const moved = new Float32Array(values.length)
  for (let row = 0; row < rows!; row++) {
    const other = row - row % K + halvesOf(row % K, K)
    const [from, to] = toHalves ? [row, other] : [other, row]
    moved.set(values.subarray(from * columns!, (from + 1) * columns!), to * columns!)
  }
  return moved
}

const isRotated = (name: string): boolean => /\.attention\.[qk]_proj$/.test(name)

type Json = Readonly<Record<string, unknown>>

/** Shape of the model of a config.json; what this decoder does not have is refused by name. */
export const shapeOfConfig = (text: string): { readonly shape: ModelShape; readonly tied: boolean } => {
  let config: Json
  try {
    config = JSON.parse(text) as Json
  } catch (cause) {
    throw new Error(`config.json is not JSON: ${(cause as Error).message}`, { cause })
  }
  const refuse = (what: string): never => {
    throw new Error(`config.json: ${what}; read are LLaMA decoders as Hugging Face's LlamaForCausalLM has them`)
  }
  if (config["model_type"] !== "llama") refuse(`model_type is ${JSON.stringify(config["model_type"])}`)
  for (const bias of ["attention_bias", "mlp_bias"]) if (config[bias] === true) refuse(`${bias} is true`)
  if ((config["hidden_act"] ?? "silu") !== "silu") refuse(`hidden_act is ${JSON.stringify(config["hidden_act"])}`)
  // Since version 5 of transformers the rotary settings are together in rope_parameters.
  const rope = { ...config["rope_parameters"] as Json | undefined, ...config["rope_scaling"] as Json | undefined }
  const scaled = rope["rope_type"] ?? rope["type"] ?? "default"
  if (scaled !== "default") refuse(`rotary embeddings are scaled (${JSON.stringify(scaled)})`)
  const width = config["hidden_size"]
  const heads = config["num_attention_heads"]
  const shape = ModelShape.safeParse({
    width,
    hidden: config["intermediate_size"],
    layers: config["num_hidden_layers"],
    heads,
    kvHeads: config["num_key_value_heads"] ?? heads,
    vocabulary: config["vocab_size"],
    ropeTheta: config["rope_theta"] ?? rope["rope_theta"],
    normEpsilon: config["rms_norm_eps"]
  })
  if (shape.data === undefined) return refuse(`no model's shape: ${shape.error.issues[0]!.path.join(".")}`)
  const own = config["head_dim"]
  if (typeof own === "number" && own !== headWidth(shape.data)) {
    refuse(`head_dim ${own} is not hidden_size / num_attention_heads`)
  }
  return { shape: shape.data, tied: config["tie_word_embeddings"] === true }
}

/** Parameters from tensors by their names there. A tied output layer, or one that is left out, is the embedding. */
export const fromHuggingFace = (
  tensors: ReadonlyMap<string, ExchangedTensor>,
  { shape, tied }: { readonly shape: ModelShape; readonly tied: boolean }
): Map<string, Float32Array> =>
  new Map(
    parameters(shape).map((parameter) => {
      const { name, shape: dimensions } = parameter
      const theirs = huggingFaceName(tied && name === "de_embedding_proj" ? "embedding_proj" : name)
      const tensor = tensors.get(theirs)
      if (tensor === undefined) throw new Error(`the safetensors hold no ${theirs}, which config.json asks for`)
      if (tensor.shape.join() !== dimensions.join() || tensor.data.length !== elements(dimensions)) {
        throw new Error(`${theirs} is ${tensor.shape.join("x")} and config.json asks for ${dimensions.join("x")}`)
      }
      const values = Float32Array.from(tensor.data)
      return [name, isRotated(name) ? reordered(values, parameter, headWidth(shape), false) : values]
    })
  )

/** Tensors by their names there, and the config.json. */
export const toHuggingFace = (
  weights: ReadonlyMap<string, Float32Array>,
  shape: ModelShape,
  tokens: { readonly context: number; readonly endOfText: number }
): { readonly tensors: Map<string, ExchangedTensor>; readonly config: string } => {
  const tensors = parameters(shape).map((parameter) => {
    const values = weights.get(parameter.name)!
    const data = isRotated(parameter.name) ? reordered(values, parameter, headWidth(shape), true) : values
    return [huggingFaceName(parameter.name), { shape: parameter.shape, data }] as const
  })
  const config = {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_size: shape.width,
    intermediate_size: shape.hidden,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.kvHeads,
    head_dim: headWidth(shape),
    vocab_size: shape.vocabulary,
    max_position_embeddings: tokens.context,
    rms_norm_eps: shape.normEpsilon,
    rope_theta: shape.ropeTheta,
    hidden_act: "silu",
    attention_bias: false,
    mlp_bias: false,
    tie_word_embeddings: false,
    bos_token_id: tokens.endOfText,
    eos_token_id: tokens.endOfText,
    torch_dtype: "float32"
  }
  return { tensors: new Map(tensors), config: `${JSON.stringify(config, null, 2)}\n` }
}
