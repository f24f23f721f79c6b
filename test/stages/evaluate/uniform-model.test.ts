import { describe, expect, it } from "vitest"
import { parameters } from "../../../model/parameters.ts"
import { fromRows } from "../../../schemas/table.ts"
import { Checkpoint, Files, HeldOut, Pairs } from "../../../schemas/tables.ts"
import { body } from "../../../stages/evaluate/body.ts"
import { evaluate } from "../../../stages/evaluate/stage.ts"
import { train } from "../../../stages/tokenize/trainer.ts"
import { runBody } from "../run-body.ts"

describe("a model whose output layer is zero", () => {
  it("has the vocabulary's size for a perplexity, and finds the shorter sentence likelier", async () => {
    const model = evaluate.config.shape.model.parse({
      width: 4,
      hidden: 6,
      layers: 1,
      heads: 2,
      kvHeads: 1,
      vocabulary: 257
    })
    const tokenizer = train(new Map(), 257)
    const { outputs } = await runBody(
      evaluate,
      body,
      { step: 0, model, sequenceLength: 32, stride: null, textsPerDomain: 5, pairsPerParadigm: 5, startToken: null },
      {
        checkpoint: fromRows(
          Checkpoint,
          parameters(model).map(({ name, shape }) => {
            const values = new Float32Array(shape.reduce((a, b) => a * b)).fill(name === "de_embedding_proj" ? 0 : 0.5)
            return { name, part: "effective", shape: shape.join("x"), data: new Uint8Array(values.buffer) }
          })
        ),
        heldout: [{
          labels: {},
          value: fromRows(
            HeldOut,
            ["a text of some length", "another", "and the last, which is the longest of all of them"].flatMap((
              content,
              text
            ) => Array.from(tokenizer.encode(content), (token) => ({ domain: "fiction", text, token })))
          )
        }],
        texts: [],
        tokenizer: fromRows(Files, [{ path: "tokenizer.json", content: new TextEncoder().encode(tokenizer.toJson()) }]),
        pairs: fromRows(
          Pairs,
          [["Short.", "Longer."], ["Longer.", "Short."], ["Same.", "Size."]].map(([good, bad], pair) => ({
            suite: "generated",
            phenomenon: "length",
            paradigm: "length",
            pair,
            good: good!,
            bad: bad!
          }))
        )
      }
    )
    expect(outputs.perplexity.texts[0]).toBe(3)
    expect(outputs.perplexity.tokens[0]).toBe(20 + 6 + 31)
    expect(outputs.perplexity.token_weighted[0]).toBeCloseTo(257, 3)
    expect(outputs.perplexity.mean_of_texts[0]).toBeCloseTo(257, 3)
    expect([...outputs.accuracy.correct, ...outputs.accuracy.ties]).toEqual([1, 1])
  })
})
