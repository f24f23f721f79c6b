import { describe, expect, it } from "vitest"
import { initialise, parameters } from "../../model/parameters.ts"
import { decode } from "../../model/safetensors.ts"
import { fromRows } from "../../schemas/table.ts"
import { Checkpoint, Files } from "../../schemas/tables.ts"
import { exporters } from "../../stages/export.ts"
import { fromHuggingFace, shapeOfConfig } from "../../stages/import/hugging-face.ts"
import { readStudy } from "../../stages/study-file.ts"
import { graphOf } from "../../stages/study.ts"
import { train } from "../../stages/tokenize/trainer.ts"

const file = new URL("../../studies/smoke.yaml", import.meta.url).pathname
const { study } = readStudy(file)
const graph = graphOf(study, { folder: ".", environment: {} })
const { files, takes } = exporters.safetensors

describe("a checkpoint in Hugging Face's form", () => {
  const instance = graph.byId.get("checkpoint/pico/relora-published/42/40")!
  const { model } = graph.byId.get("initialise/pico/42")!.config as { model: Parameters<typeof initialise>[0] }
  const weights = initialise(model, 9)
  const tokenizer = train(new Map(), 257).toJson()
  const written = () =>
    new Map(
      files(
        {
          checkpoint: fromRows(
            Checkpoint,
            parameters(model).flatMap(({ name, shape }) =>
              ["base", "effective"].map((part) => ({
                name,
                part,
                shape: shape.join("x"),
                data: part === "effective"
                  ? new Uint8Array(weights.get(name)!.buffer)
                  : new Uint8Array(4 * weights.get(name)!.length)
              }))
            )
          ),
          tokenizer: fromRows(Files, [{ path: "tokenizer.json", content: new TextEncoder().encode(tokenizer) }])
        },
        instance,
        graph
      ).map(({ content, name }) => [name, content])
    )

  it("is made of the checkpoint and the study's tokenizer", () => {
    expect(takes(instance, graph)).toMatchObject({
      checkpoint: { instance: instance.id, output: "checkpoint" },
      tokenizer: { instance: "tokenize", output: "tokenizer" }
    })
    expect(() => takes(graph.byId.get("report")!, graph)).toThrow("report is no checkpoint")
  })

  it("holds the effective weights, bit for bit, the tokenizer and the model's shape", () => {
    const found = written()
    const text = (name: string) => new TextDecoder().decode(found.get(name))
    expect([...found.keys()]).toEqual(["config.json", "model.safetensors", "tokenizer.json"])
    const about = shapeOfConfig(text("config.json"))
    expect(about.shape).toEqual(model)
    const back = fromHuggingFace(decode(found.get("model.safetensors")!), about)
    for (const [name, values] of weights) expect(back.get(name), name).toEqual(values)
    expect(text("tokenizer.json")).toBe(tokenizer)
    expect(JSON.parse(text("config.json"))).toMatchObject({
      max_position_embeddings: study.sequenceLength,
      eos_token_id: 256
    })
  })
})
