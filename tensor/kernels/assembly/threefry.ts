/**
 * Threefry-4x32-20 on four counters at a time, and masks of zeros and ones made of its bytes. What it gives is defined by
 * tensor/random.ts, which has the same in plain TypeScript.
 */

const parity: i32 = 0x1bd11bda

// @ts-ignore: decorator

function turn(x: v128, by: i32): v128 {
  return v128.or(i32x4.shl(x, by), i32x4.shr_u(x, 32 - by))
}

/** Random words of counters (block + i, second, third, 0), i < count, written to `out`; count is a multiple of 4. */
export function words(
  key0: i32,
  key1: i32,
  key2: i32,
  key3: i32,
  block: i32,
  second: i32,
  third: i32,
  count: i32,
  out: usize
): void {
  const key4 = parity ^ key0 ^ key1 ^ key2 ^ key3
  const lanes = i32x4(0, 1, 2, 3)
  for (let i: i32 = 0; i < count; i += 4) {
    let k0 = key0, k1 = key1, k2 = key2, k3 = key3, k4 = key4
    let a = i32x4.add(i32x4.splat(block + i + k0), lanes)
    let b = i32x4.splat(second + k1)
    let c = i32x4.splat(third + k2)
    let d = i32x4.splat(k3)
    for (let injection: i32 = 1; injection <= 5; injection++) {
      if (injection & 1) {
        a = i32x4.add(a, b)
        b = v128.xor(turn(b, 10), a)
        c = i32x4.add(c, d)
        d = v128.xor(turn(d, 26), c)
        a = i32x4.add(a, d)
        d = v128.xor(turn(d, 11), a)
        c = i32x4.add(c, b)
        b = v128.xor(turn(b, 21), c)
        a = i32x4.add(a, b)
        b = v128.xor(turn(b, 13), a)
        c = i32x4.add(c, d)
        d = v128.xor(turn(d, 27), c)
        a = i32x4.add(a, d)
        d = v128.xor(turn(d, 23), a)
        c = i32x4.add(c, b)
        b = v128.xor(turn(b, 5), c)
      } else {
        a = i32x4.add(a, b)
        b = v128.xor(turn(b, 6), a)
        c = i32x4.add(c, d)
        d = v128.xor(turn(d, 20), c)
        a = i32x4.add(a, d)
        d = v128.xor(turn(d, 17), a)
        c = i32x4.add(c, b)
        b = v128.xor(turn(b, 11), c)
        a = i32x4.add(a, b)
        b = v128.xor(turn(b, 25), a)
        c = i32x4.add(c, d)
        d = v128.xor(turn(d, 10), c)
        a = i32x4.add(a, d)
        d = v128.xor(turn(d, 18), a)
        c = i32x4.add(c, b)
        b = v128.xor(turn(b, 20), c)
      }
      const first = k0
      k0 = k1
      k1 = k2
      k2 = k3
      k3 = k4
      k4 = first
      a = i32x4.add(a, i32x4.splat(k0))
      b = i32x4.add(b, i32x4.splat(k1))
      c = i32x4.add(c, i32x4.splat(k2))
      d = i32x4.add(d, i32x4.splat(k3 + injection))
    }
    // Lanes are blocks: a block's four words come from one lane of each.
    const ab = i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
    const cd = i8x16.shuffle(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
    const ab2 = i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
    const cd2 = i8x16.shuffle(c, d, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
    const at = out + (<usize> i << 4)
    v128.store(at, i8x16.shuffle(ab, cd, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23))
    v128.store(at + 16, i8x16.shuffle(ab, cd, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
    v128.store(at + 32, i8x16.shuffle(ab2, cd2, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23))
    v128.store(at + 48, i8x16.shuffle(ab2, cd2, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
  }
}

/**
 * Zeros and ones of one byte each in the place of the words of `count` blocks at 0 (a multiple of 4): 1 where a byte is
 * above `coarse`; where it is equal, 1 where a byte of a second draw is at least `fine`. Blocks at `spare` are lost.
 */
export function mask(
  key0: i32,
  key1: i32,
  key2: i32,
  key3: i32,
  block: i32,
  count: i32,
  coarse: i32,
  fine: i32,
  spare: usize
): void {
  words(key0, key1, key2, key3, block, 0, 0, count, 0)
  const limit = i8x16.splat(<i8> coarse)
  for (let i: i32 = 0; i < count; i++) {
    const drawn = v128.load(<usize> i << 4)
    const ties = i8x16.eq(drawn, limit)
    v128.store(<usize> i << 4, v128.and(i8x16.gt_u(drawn, limit), i8x16.splat(1)))
    let left = i8x16.bitmask(ties)
    for (let word: i32 = 0; left !== 0; word++, left >>>= 4) {
      if ((left & 15) === 0) continue
      words(key0, key1, key2, key3, block, 4 * i + word, 1, 4, spare)
      for (let byte: i32 = 0; byte < 4; byte++) {
        if (((left >>> byte) & 1) === 0) continue
        if (<i32> load<u8>(spare + (<usize> byte << 2)) >= fine) store<u8>((<usize> i << 4) + 4 * word + byte, 1)
      }
    }
  }
}
