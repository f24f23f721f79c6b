import { expect, it } from "vitest"
import { isHeldOut } from "../../../stages/tokenize/document.ts"

/** The share from which a document is held out, to six digits, by bisection. */
const threshold = (name: string): string => {
  let [low, high] = [0, 1]
  while (high - low > 1e-9) {
    const middle = (low + high) / 2
    if (isHeldOut(name, middle)) high = middle
    else low = middle
  }
  return high.toFixed(6)
}

it("holds a document out by a hash of its name that no later version may change", () => {
  const names = ["austen-emma/001", "corpus.jsonl:1", "dolma-00000.parquet:0"]
  expect(names.map(threshold)).toMatchInlineSnapshot(`
    [
      "0.092687",
      "0.423625",
      "0.289825",
    ]
  `)
  expect(isHeldOut(names[0]!, 0)).toBe(false)
  expect(isHeldOut(names[0]!, 1)).toBe(true)
})
