/** Body of the imported stage. */
import { readFile } from "node:fs/promises"
import { parameters } from "../../model/parameters.ts"
import { decode, type ExchangedTensor } from "../../model/safetensors.ts"
import type { Body, ExternalFile } from "../../pipeline/stage.ts"
import { fromRows } from "../../schemas/table.ts"
import { Checkpoint, Files } from "../../schemas/tables.ts"
import { fromHuggingFace, shapeOfConfig } from "./hugging-face.ts"
import { readLlama2c } from "./llama2c.ts"
import type { imported } from "./stage.ts"

const named = async <A>({ name, path }: ExternalFile, read: (content: Buffer) => A): Promise<A> => {
  try {
    return read(await readFile(path))
  } catch (cause) {
    throw new Error(`${name}: ${(cause as Error).message}`, { cause })
  }
}

const readSafetensors = async (files: ReadonlyArray<ExternalFile>) => {
  const config = files.find(({ name }) => name === "config.json")
  if (config === undefined) throw new Error("a model in safetensors needs its config.json in the same folder")
  const about = await named(config, (content) => shapeOfConfig(content.toString("utf8")))
  const tensors = new Map<string, ExchangedTensor>()
  for (const file of files.filter(({ name }) => name.endsWith(".safetensors"))) {
    for (const [name, tensor] of await named(file, decode)) tensors.set(name, tensor)
  }
  return { shape: about.shape, weights: fromHuggingFace(tensors, about) }
}

export const body = async (io: Body<typeof imported>): Promise<void> => {
  const files = io.files["model"] ?? []
  const { shape, weights } = io.config.format === "llama2.c"
    ? await named(files[0]!, readLlama2c)
    : await readSafetensors(files)
  await io.write.checkpoint(fromRows(
    Checkpoint,
    parameters(shape).map(({ name, shape: dimensions }) => ({
      name,
      part: "effective",
      shape: dimensions.join("x"),
      data: new Uint8Array(weights.get(name)!.buffer)
    }))
  ))
  const [tokenizer] = io.files["tokenizer"] ?? []
  if (tokenizer === undefined) throw new Error("a model from elsewhere needs its tokenizer")
  await io.write.tokenizer(fromRows(Files, [{
    path: io.config.format === "llama2.c" ? "tokenizer.bin" : "tokenizer.json",
    content: await named(tokenizer, (content) => new Uint8Array(content))
  }]))
}
