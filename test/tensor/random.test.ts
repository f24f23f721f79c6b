import { describe, expect, it } from "vitest"
import { normalQuantile, stream, threefry } from "../../tensor/random.ts"

const words = (key: ReadonlyArray<number>, counter: readonly [number, number, number, number]) => {
  const out = new Uint32Array(4)
  threefry(Uint32Array.from(key), counter, 1, out)
  return Array.from(out, (word) => word.toString(16).padStart(8, "0"))
}

describe("Threefry-4x32-20", () => {
  // Known answers of the Random123 distribution (kat_vectors).
  it("gives the published words", () => {
    expect(words([0, 0, 0, 0], [0, 0, 0, 0])).toEqual(["9c6ca96a", "e17eae66", "fc10ecd4", "5256a7d8"])
    const ones = [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff] as const
    expect(words(ones, ones)).toEqual(["2a881696", "57012287", "f6c7446e", "a16a6732"])
    expect(
      words([0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89], [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344])
    ).toEqual(["59cd1dbb", "b8879579", "86b5d00c", "ac8b6d84"])
  })
})

describe("a stream", () => {
  it("depends on the seed and on each name, and on nothing else", () => {
    const first = (...of: [number, ...Array<string | number>]) => stream(...of).word()
    expect(first(1, "a", "b")).toBe(first(1, "a", "b"))
    expect(new Set([first(1, "a", "b"), first(2, "a", "b"), first(1, "ab"), first(1, "b", "a")]).size).toBe(4)
  })

  it("keeps its numbers: they are a format", () => {
    const numbers = stream(42, "format")
    expect([numbers.word(), numbers.uniform(), numbers.normal(), numbers.below(10)]).toMatchInlineSnapshot(`
      [
        2253869448,
        0.2576389364120666,
        0.18658346720577693,
        7,
      ]
    `)
    expect(Array.from(numbers.permutation(6))).toMatchInlineSnapshot(`
      [
        3,
        0,
        1,
        5,
        4,
        2,
      ]
    `)
  })

  it("reads the words of its numbered blocks in order", () => {
    const numbers = stream(7)
    const read = Array.from({ length: 8 }, () => numbers.word())
    expect(read).toEqual([...stream(7).block(0), ...stream(7).block(1)])
  })

  it("permutes: every element once, every order about equally often", () => {
    const numbers = stream(3, "permutation")
    const counts = new Map<string, number>()
    for (let i = 0; i < 6000; i++) {
      const order = numbers.permutation(3)
      expect([...order].sort()).toEqual([0, 1, 2])
      counts.set(order.join(), (counts.get(order.join()) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(1000))
  })

  it("draws uniform and normal numbers with the right moments", () => {
    const n = 200_000
    const moments = (values: Float32Array) => {
      const mean = values.reduce((sum, x) => sum + x, 0) / n
      return [mean, values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n] as const
    }
    const [uniformMean, uniformVariance] = moments(stream(1).fillUniform(new Float32Array(n), -2, 2))
    expect(uniformMean).toBeCloseTo(0, 1.9)
    expect(uniformVariance).toBeCloseTo(16 / 12, 1.7)
    const [normalMean, normalVariance] = moments(stream(2).fillNormal(new Float32Array(n)))
    expect(normalMean).toBeCloseTo(0, 2)
    expect(normalVariance).toBeCloseTo(1, 1.9)
  })

  it("drops the asked share of a mask, whatever its length", () => {
    for (const length of [1, 7, 2048, 2049, 100_001]) {
      const mask = stream(9, length).fillMask(new Uint8Array(length).fill(9), 0.1)
      const kept = mask.reduce((sum, bit) => sum + bit, 0)
      expect(Math.max(...mask.subarray(0, 1000))).toBeLessThanOrEqual(1)
      expect(Math.abs(kept - 0.9 * length)).toBeLessThan(5 * Math.sqrt(length * 0.09) + 1)
    }
    for (const drop of [0.001, 0.37, 0.5, 0.51, 0.9]) {
      const dropped = stream(8).fillMask(new Uint8Array(1 << 20), drop).reduce((sum, bit) => sum + 1 - bit, 0) / 2 ** 20
      expect(Math.abs(dropped - drop)).toBeLessThan(5 * Math.sqrt(drop * (1 - drop) / 2 ** 20))
    }
    expect(Math.min(...stream(9).fillMask(new Uint8Array(5000), 0))).toBe(1)
  })
})

it("the normal quantile has the tabulated values", () => {
  // R: qnorm(c(0.25, 0.001, 1e-20)), and the symmetry of the law.
  expect(normalQuantile(0.25)).toBeCloseTo(-0.6744897501960817, 14)
  expect(normalQuantile(0.001)).toBeCloseTo(-3.090232306167814, 13)
  expect(normalQuantile(1e-20)).toBeCloseTo(-9.262340089798408, 13)
  expect(normalQuantile(0.999)).toBeCloseTo(3.090232306167814, 12)
})
