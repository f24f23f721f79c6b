import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Digest from "../../pipeline/digest.ts"
import * as Key from "../../pipeline/key.ts"

const leaf = fc.oneof(
  fc.integer(),
  fc.string(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.integer(), { maxLength: 3 })
)
const record = fc.dictionary(fc.string({ minLength: 1 }), leaf)

describe("a key", () => {
  it("does not depend on the order of leaves", () => {
    fc.assert(
      fc.property(record, (leaves) => {
        const reversed = Object.fromEntries(Object.entries(leaves).toReversed())
        expect(Key.of(reversed)).toBe(Key.of(leaves))
      }),
      { seed: 4 }
    )
  })

  it("differs exactly when a leaf differs", () => {
    fc.assert(
      fc.property(record, record, (a, b) => {
        expect(Key.of(a) === Key.of(b)).toBe(Key.changes(a, b).length === 0)
      }),
      { seed: 5 }
    )
  })

  it("is a format: these keys must never change", () => {
    expect(Key.of({})).toBe(Digest.ofJson("key/1", {}))
    expect(Digest.ofJson("key/1", { a: 1, b: [true, null, "x"] })).toBe(
      // printf 'key/1\n{"a":1,"b":[true,null,"x"]}' | sha256sum
      "8be493b9a45dbf62283c54f701dd12df3f307992fa9de02136b155a3a343a42e"
    )
  })

  it("has no place for NaN or infinity", () => {
    expect(() => Key.of({ a: NaN })).toThrow("NaN has no place in a key")
  })
})

describe("leaves", () => {
  it("are named by their path; lists of plain values stay whole", () => {
    expect(Key.flatten({ a: { b: 1, c: [1, 2] }, d: [{ e: "x" }], f: undefined, g: [] }, "config")).toEqual({
      "config.a.b": 1,
      "config.a.c": [1, 2],
      "config.d[0].e": "x",
      "config.g": []
    })
  })

  it("that changed are told with old and new value, absent ones as undefined", () => {
    expect(Key.changes({ a: 1, b: 2 }, { a: 1, b: 3, c: 4 })).toEqual([
      { leaf: "b", before: 2, after: 3 },
      { leaf: "c", before: undefined, after: 4 }
    ])
  })
})
