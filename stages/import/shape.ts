/** Shape of a model from elsewhere, as its file's head says it. */
import { closeSync, existsSync, openSync, readFileSync, readSync } from "node:fs"
import type { ExternalFile } from "../../pipeline/stage.ts"
import { ModelShape } from "../../schemas/model-shape.ts"
import { shapeOfConfig } from "./hugging-face.ts"
import { llama2cShape } from "./llama2c.ts"

/** Stands for a model whose files are not there: nothing that takes from it can run before they are. */
const unknown: ModelShape = ModelShape.parse({ width: 2, hidden: 1, layers: 1, heads: 1, kvHeads: 1, vocabulary: 1 })

const beginning = (path: string, bytes: number): Uint8Array => {
  const file = openSync(path, "r")
  try {
    const head = new Uint8Array(bytes)
    return head.subarray(0, readSync(file, head))
  } finally {
    closeSync(file)
  }
}

export const shapeOf = (format: "llama2.c" | "safetensors", files: ReadonlyArray<ExternalFile>): ModelShape => {
  const file = format === "llama2.c" ? files[0] : files.find(({ name }) => name === "config.json")
  if (file === undefined || !existsSync(file.path)) return unknown
  try {
    return format === "llama2.c"
      ? llama2cShape(beginning(file.path, 28))
      : shapeOfConfig(readFileSync(file.path, "utf8")).shape
  } catch (cause) {
    throw new Error(`${file.path}: ${(cause as Error).message}`, { cause })
  }
}
