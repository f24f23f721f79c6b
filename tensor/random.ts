/**
 * Random numbers that are the same on every machine, in any order, from a seed and a name.
 *
 * Threefry-4x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011) turns a counter
 * and a key into four random words. The key is a hash of the seed and the stream's names, so each tensor, mask and
 * shuffle has numbers of its own, and drawing more for one of them changes none of the others. Only +, −, ×, ÷, √ and
 * integer operations are used: no result rests on a platform's logarithm.
 */
import { createHash } from "node:crypto"
import { wasm } from "./kernels/compiled/threefry.ts"
import { type Instance, instance } from "./kernels/instance.ts"

const parity = 0x1bd11bda

/** Random words of `count` consecutive counters (word 0 counts on), four a counter, written to `out`. */
export const threefry = (
  key: Uint32Array,
  counter: readonly [number, number, number, number],
  count: number,
  out: Uint32Array
): void => {
  const counter0 = counter[0] | 0
  const counter1 = counter[1] | 0
  const counter2 = counter[2] | 0
  const counter3 = counter[3] | 0
  const key0 = key[0]! | 0
  const key1 = key[1]! | 0
  const key2 = key[2]! | 0
  const key3 = key[3]! | 0
  const key4 = parity ^ key0 ^ key1 ^ key2 ^ key3
  for (let block = 0; block < count; block++) {
    let k1 = key1
    let k2 = key2
    let k3 = key3
    let k4 = key4
    let k0 = key0
    let a = (counter0 + block + k0) | 0
    let b = (counter1 + k1) | 0
    let c = (counter2 + k2) | 0
    let d = (counter3 + k3) | 0
    // Four rounds and an injection of the key; each round mixes (a,b),(c,d) or (a,d),(c,b); rotations repeat after eight.
    for (let injection = 1;; injection++) {
      if ((injection & 1) === 1) {
        a = (a + b) | 0
        b = ((b << 10) | (b >>> 22)) ^ a
        c = (c + d) | 0
        d = ((d << 26) | (d >>> 6)) ^ c
        a = (a + d) | 0
        d = ((d << 11) | (d >>> 21)) ^ a
        c = (c + b) | 0
        b = ((b << 21) | (b >>> 11)) ^ c
        a = (a + b) | 0
        b = ((b << 13) | (b >>> 19)) ^ a
        c = (c + d) | 0
        d = ((d << 27) | (d >>> 5)) ^ c
        a = (a + d) | 0
        d = ((d << 23) | (d >>> 9)) ^ a
        c = (c + b) | 0
        b = ((b << 5) | (b >>> 27)) ^ c
      } else {
        a = (a + b) | 0
        b = ((b << 6) | (b >>> 26)) ^ a
        c = (c + d) | 0
        d = ((d << 20) | (d >>> 12)) ^ c
        a = (a + d) | 0
        d = ((d << 17) | (d >>> 15)) ^ a
        c = (c + b) | 0
        b = ((b << 11) | (b >>> 21)) ^ c
        a = (a + b) | 0
        b = ((b << 25) | (b >>> 7)) ^ a
        c = (c + d) | 0
        d = ((d << 10) | (d >>> 22)) ^ c
        a = (a + d) | 0
        d = ((d << 18) | (d >>> 14)) ^ a
        c = (c + b) | 0
        b = ((b << 20) | (b >>> 12)) ^ c
      }
      a = (a + k1) | 0
      b = (b + k2) | 0
      c = (c + k3) | 0
      d = (d + k4 + injection) | 0
      if (injection === 5) break
      const used = k0
      k0 = k1
      k1 = k2
      k2 = k3
      k3 = k4
      k4 = used
    }
    out[4 * block] = a
    out[4 * block + 1] = b
    out[4 * block + 2] = c
    out[4 * block + 3] = d
  }
}

const bits = new DataView(new ArrayBuffer(8))

/** Natural logarithm of a positive normal number by the series of artanh, from exactly rounded operations only. */
const logarithm = (x: number): number => {
  bits.setFloat64(0, x)
  const top = bits.getUint32(0)
  bits.setUint32(0, (top & 0xfffff) | 0x3ff00000)
  let mantissa = bits.getFloat64(0)
  let exponent = (top >>> 20) - 1023
  if (mantissa > Math.SQRT2) {
    mantissa /= 2
    exponent += 1
  }
  const ratio = (mantissa - 1) / (mantissa + 1)
  const square = ratio * ratio
  let sum = 0
  for (let odd = 23; odd >= 1; odd -= 2) sum = sum * square + 1 / odd
  return exponent * Math.LN2 + 2 * ratio * sum
}

const polynomial = (coefficients: ReadonlyArray<number>, x: number): number => {
  let sum = 0
  for (let i = 0; i < coefficients.length; i++) sum = sum * x + coefficients[i]!
  return sum
}

/** Coefficients of Wichura's algorithm AS 241 (Applied Statistics 37, 1988), PPND16, highest power first. */
const quantile = {
  centre: [
    [
      2509.0809287301226727,
      33430.575583588128105,
      67265.770927008700853,
      45921.953931549871457,
      13731.693765509461125,
      1971.5909503065514427,
      133.14166789178437745,
      3.387132872796366608
    ],
    [
      5226.495278852545925,
      28729.085735721942674,
      39307.89580009271061,
      21213.794301586595867,
      5394.1960214247511077,
      687.1870074920579083,
      42.313330701600911252,
      1
    ]
  ],
  shoulder: [
    [
      7.7454501427834140764e-4,
      0.0227238449892691845833,
      0.24178072517745061177,
      1.27045825245236838258,
      3.64784832476320460504,
      5.7694972214606914055,
      4.6303378461565452959,
      1.42343711074968357734
    ],
    [
      1.05075007164441684324e-9,
      5.475938084995344946e-4,
      0.0151986665636164571966,
      0.14810397642748007459,
      0.68976733498510000455,
      1.6763848301838038494,
      2.05319162663775882187,
      1
    ]
  ],
  tail: [
    [
      2.01033439929228813265e-7,
      2.71155556874348757815e-5,
      0.0012426609473880784386,
      0.026532189526576123093,
      0.29656057182850489123,
      1.7848265399172913358,
      5.4637849111641143699,
      6.6579046435011037772
    ],
    [
      2.04426310338993978564e-15,
      1.4215117583164458887e-7,
      1.8463183175100546818e-5,
      7.868691311456132591e-4,
      0.0148753612908506148525,
      0.13692988092273580531,
      0.59983220655588793769,
      1
    ]
  ]
} as const

/** Value that a standard normal variable stays below with probability p, 0 < p < 1. */
export const normalQuantile = (p: number): number => {
  const centred = p - 0.5
  if (Math.abs(centred) <= 0.425) {
    const r = 0.180625 - centred * centred
    return centred * polynomial(quantile.centre[0], r) / polynomial(quantile.centre[1], r)
  }
  const depth = Math.sqrt(-logarithm(centred < 0 ? p : 1 - p))
  const [region, r] = depth <= 5 ? [quantile.shoulder, depth - 1.6] as const : [quantile.tail, depth - 5] as const
  const magnitude = polynomial(region[0], r) / polynomial(region[1], r)
  return centred < 0 ? -magnitude : magnitude
}

/** Blocks made at once by the bulk fills. */
const blocksAtOnce = 256
const maskBytes = 16 * blocksAtOnce

interface Kernel {
  readonly mask: (
    key0: number,
    key1: number,
    key2: number,
    key3: number,
    block: number,
    count: number,
    coarse: number,
    fine: number,
    spare: number
  ) => void
}

let kernel: Instance<Kernel> | undefined

/** A sequence of random numbers. Methods take the next words of the sequence; bulk fills start at a whole block. */
export class Stream {
  readonly #key: Uint32Array
  readonly #buffer = new Uint32Array(4 * blocksAtOnce)
  #block = 0
  #used = 4

  constructor(key: Uint32Array) {
    this.#key = key
  }

  /** Four words of a numbered block, without moving on. */
  block(counter: number): Uint32Array {
    const out = new Uint32Array(4)
    threefry(this.#key, [counter, 0, 0, 0], 1, out)
    return out
  }

  #blocks(count: number): Uint32Array {
    threefry(this.#key, [this.#advance(count), 0, 0, 0], count, this.#buffer)
    return this.#buffer
  }

  /** Next word, 0 … 2³²−1. */
  word(): number {
    if (this.#used === 4) {
      this.#blocks(1)
      this.#used = 0
    }
    return this.#buffer[this.#used++]!
  }

  /** Next multiple of 2⁻⁵³ in [0, 1). */
  uniform(): number {
    const upper = this.word() >>> 5
    const lower = this.word() >>> 6
    return (upper * 2 ** 26 + lower) * 2 ** -53
  }

  /** Next standard normal number. */
  normal(): number {
    return normalQuantile((this.word() + 0.5) * 2 ** -32)
  }

  /** Next whole number in [0, n), without bias; n at most 2³². */
  below(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) throw new RangeError(`below(${n}): n must be in 1 … 2³²`)
    const limit = 2 ** 32 - 2 ** 32 % n
    for (;;) {
      const word = this.word()
      if (word < limit) return word % n
    }
  }

  /** Puts the elements in random order, in place (Fisher–Yates). */
  shuffle<A extends { readonly length: number; [index: number]: unknown }>(array: A): A {
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const kept = array[i]
      array[i] = array[j]
      array[j] = kept
    }
    return array
  }

  /** A random order of 0 … n−1. */
  permutation(n: number): Int32Array {
    return this.shuffle(Int32Array.from({ length: n }, (_, i) => i))
  }

  /** Fills with numbers uniform in [low, high), of 24 bits each. */
  fillUniform(out: Float32Array, low: number, high: number): Float32Array {
    const step = (high - low) * 2 ** -24
    return this.#fill(out, (word) => low + (word >>> 8) * step)
  }

  /** Fills with standard normal numbers. */
  fillNormal(out: Float32Array): Float32Array {
    return this.#fill(out, (word) => normalQuantile((word + 0.5) * 2 ** -32))
  }

  #fill(out: Float32Array, value: (word: number) => number): Float32Array {
    const stride = 4 * blocksAtOnce
    for (let start = 0; start < out.length; start += stride) {
      const count = Math.min(stride, out.length - start)
      const words = this.#blocks(Math.ceil(count / 4))
      for (let i = 0; i < count; i++) out[start + i] = value(words[i]!)
    }
    return out
  }

  /**
   * Fills with 0 (probability `drop`, in steps of 2⁻¹⁶) and 1. A byte decides; where it ties, a second one does: that of
   * its number in the block of counters (first block of 256, word among their 1,024, 1).
   */
  fillMask(out: Uint8Array, drop: number): Uint8Array {
    const threshold = Math.round(drop * 65_536)
    if (threshold > 65_535) return out.fill(0)
    const { exports, memory } = kernel ??= instance<Kernel>(wasm, 2 * maskBytes)
    const [key0, key1, key2, key3] = this.#key as unknown as [number, number, number, number]
    for (let start = 0; start < out.length; start += maskBytes) {
      const count = Math.min(maskBytes, out.length - start)
      const blocks = Math.ceil(count / 16)
      const first = this.#advance(blocks)
      // The kernel makes four blocks at a time.
      exports.mask(key0, key1, key2, key3, first, (blocks + 3) & ~3, threshold >>> 8, threshold & 0xff, maskBytes)
      out.set(new Uint8Array(memory, 0, count), start)
    }
    return out
  }

  /** Takes the next blocks; gives the number of the first. */
  #advance(count: number): number {
    if (this.#block + count > 2 ** 32) throw new RangeError("a stream holds 2³² blocks; name another stream")
    const first = this.#block
    this.#block += count
    this.#used = 4
    return first
  }
}

/** The stream of a seed and names, e.g. stream(42, "initialise", "layers.0.attention.q_proj"). */
export const stream = (seed: number, ...names: ReadonlyArray<string | number>): Stream => {
  // JSON keeps lists of names apart: ["a","b"] and ["ab"] are different texts.
  const digest = createHash("sha256").update(JSON.stringify(["threefry4x32-20", seed, ...names])).digest()
  return new Stream(Uint32Array.from({ length: 4 }, (_, i) => digest.readUInt32LE(4 * i)))
}
