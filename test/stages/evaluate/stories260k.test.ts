/** Perplexities of a real model by PyTorch (test/fixtures/stories260k.py). */
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { parameters } from "../../../model/parameters.ts"
import { fromRows, toRows } from "../../../schemas/table.ts"
import { Checkpoint, Files, Pairs, Perplexity, Texts } from "../../../schemas/tables.ts"
import { body } from "../../../stages/evaluate/body.ts"
import { evaluate } from "../../../stages/evaluate/stage.ts"
import { train } from "../../../stages/tokenize/trainer.ts"
import { load, present } from "../../fixtures/stories260k.ts"
import { runBody } from "../run-body.ts"

interface Measures {
  readonly rows: ReadonlyArray<Record<string, string | number>>
}
const torch = JSON.parse(readFileSync(new URL("../../fixtures/stories260k.json", import.meta.url), "utf8")) as {
  readonly window: number
  readonly stride: number
  readonly texts: ReadonlyArray<{ source: string; domain: string; ids: ReadonlyArray<number> }>
  readonly truncated: Measures
  readonly sliding: Measures
}

const inputs = () => {
  const { shape, tensors } = load()
  const texts = torch.texts.flatMap(({ domain, ids, source }, text) =>
    ids.map((token) => ({ source, domain, text, token }))
  )
  const tokenizer = new TextEncoder().encode(train(new Map(), 257).toJson())
  return {
    shape,
    tables: {
      checkpoint: fromRows(
        Checkpoint,
        parameters(shape).map(({ name, shape: dimensions }) => {
          const { values } = tensors.get(name)!
          return { name, part: "effective", shape: dimensions.join("x"), data: new Uint8Array(values.buffer) }
        })
      ),
      heldout: [],
      texts: ["a", "b"].map((name) => ({
        labels: {},
        value: fromRows(Texts, texts.filter(({ source }) => source === name))
      })),
      tokenizer: fromRows(Files, [{ path: "tokenizer.json", content: tokenizer }]),
      pairs: fromRows(Pairs, [])
    }
  }
}

describe.skipIf(!present)("stories260K, a real model", () => {
  it.each(["truncated", "sliding"] as const)("has PyTorch's perplexities of texts that are %s", async (how) => {
    const { shape, tables } = inputs()
    const config = {
      step: 0,
      model: shape,
      sequenceLength: torch.window,
      stride: how === "sliding" ? torch.stride : null,
      textsPerDomain: 1,
      pairsPerParadigm: 0,
      startToken: null
    }
    const { outputs } = await runBody(evaluate, (io) => body({ ...io, engine: "onnx" }), config, tables)
    const rows = toRows(Perplexity, outputs.perplexity)
    expect(rows).toHaveLength(torch[how].rows.length)
    for (const [at, { domain, source, texts, tokens, ...measures }] of torch[how].rows.entries()) {
      expect(rows[at]).toMatchObject({ domain, source, texts, tokens })
      for (const [name, value] of Object.entries(measures) as ReadonlyArray<[keyof (typeof rows)[0], number]>) {
        expect(Math.abs(Number(rows[at]![name]) / value - 1), `${name} of ${domain}`).toBeLessThan(1e-5)
      }
    }
  })
})
