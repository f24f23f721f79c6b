/**
 * llama2.c's "version 0" checkpoint (github.com/karpathy/llama2.c, export.py): seven little-endian int32 (width, hidden,
 * layers, heads, key and value heads, vocabulary, context), then float32 tensors by kind, row-major; the vocabulary is
 * negative where the output layer is a matrix of its own, which then comes last, after two tables of rotations.
 */
import { elements, headWidth, parameters } from "../../model/parameters.ts"
import { ModelShape } from "../../schemas/model-shape.ts"

const headerBytes = 28

/** Layers' tensors in the file's order: gate, down and up of the SwiGLU are w1, w2 and w3 there. */
const kinds = [
  "attention_norm",
  "attention.q_proj",
  "attention.k_proj",
  "attention.v_proj",
  "attention.o_proj",
  "swiglu_norm",
  "swiglu.w_0",
  "swiglu.w_2",
  "swiglu.w_1"
]

const headerOf = (file: Uint8Array) => {
  if (file.length < headerBytes) throw new Error(`a llama2.c checkpoint has a header of ${headerBytes} bytes`)
  const view = new DataView(file.buffer, file.byteOffset, headerBytes)
  const [width, hidden, layers, heads, kvHeads, vocabulary, context] = Array.from(
    { length: 7 },
    (_, at) => view.getInt32(4 * at, true)
  ) as [number, number, number, number, number, number, number]
  const shape = ModelShape.safeParse({
    width,
    hidden,
    layers,
    heads,
    kvHeads,
    vocabulary: Math.abs(vocabulary),
    normEpsilon: 1e-5
  })
  if (shape.data === undefined || width % (2 * heads) !== 0 || heads % kvHeads !== 0) {
    throw new Error("not a llama2.c checkpoint of version 0: its header is no model's shape")
  }
  return { shape: shape.data, tied: vocabulary > 0, context }
}

/** Shape of the model, from the file's first 28 bytes. */
export const llama2cShape = (file: Uint8Array): ModelShape => headerOf(file).shape

/** The model's parameters. A tied output layer is a copy of the embedding. */
export const readLlama2c = (
  file: Uint8Array
): { readonly shape: ModelShape; readonly weights: Map<string, Float32Array> } => {
  const { context, shape, tied } = headerOf(file)
  const sizes = new Map(parameters(shape).map((parameter) => [parameter.name, elements(parameter.shape)]))
  const rotations = context * headWidth(shape)
  const wanted = [...sizes].reduce((sum, [name, size]) => sum + (tied && name === "de_embedding_proj" ? 0 : size), 0)
  if (file.length !== headerBytes + 4 * (wanted + rotations)) {
    throw new Error(
      `a llama2.c checkpoint of this shape has ${
        headerBytes + 4 * (wanted + rotations)
      } bytes and this file ${file.length}`
    )
  }
  const values = new Float32Array(Uint8Array.from(file.subarray(headerBytes)).buffer)
  const weights = new Map<string, Float32Array>()
  let at = 0
  const take = (name: string) => weights.set(name, values.slice(at, at += sizes.get(name)!))
  take("embedding_proj")
  for (const kind of kinds) for (let layer = 0; layer < shape.layers; layer++) take(`layers.${layer}.${kind}`)
  take("output_norm")
  at += rotations
  if (tied) weights.set("de_embedding_proj", weights.get("embedding_proj")!.slice())
  else take("de_embedding_proj")
  return { shape, weights }
}
